//! Who has a second factor, and who has not.

use askama::Template;

use super::Pager;
use crate::view::{Page, When};

/// `/console/mfa`. *Remind* posts `user_id` to `/console/mfa/remind`; without one, everybody in the list is reminded.
#[derive(Debug, Template)]
#[template(path = "console/mfa.html")]
pub struct MfaStatusPage {
    /// Common to all pages; `signed_in` is set.
    pub page: Page,
    /// The numbers.
    pub numbers: Numbers,
    /// Whether the visitor may remind.
    pub may_remind: bool,
    /// What became of the reminders that were just sent.
    pub reminded: Option<Reminded>,
    /// People without a factor that counts.
    pub people: Vec<Person>,
    /// Where the list goes on.
    pub pager: Pager,
}

/// What is counted.
#[derive(Clone, Copy, Debug)]
pub struct Numbers {
    /// Everybody.
    pub total: u64,
    /// Those with a factor that counts.
    pub enrolled: u64,
    /// Those with an authenticator app.
    pub apps: u64,
    /// Those with a security key or passkey.
    pub keys: u64,
    /// Whether a factor is required.
    pub required: bool,
    /// When the grace period ends, while it runs.
    pub grace: Option<When>,
}

impl Numbers {
    /// Enrolled people of a hundred; everybody of nobody.
    pub fn percent(&self) -> u64 {
        (self.enrolled * 100).checked_div(self.total).unwrap_or(100)
    }

    /// Those without a factor that counts.
    pub fn lacking(&self) -> u64 {
        self.total.saturating_sub(self.enrolled)
    }
}

/// What became of reminders.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reminded {
    /// Mails on their way.
    pub queued: u64,
    /// People without an address.
    pub no_email: u64,
    /// People who were reminded within a day.
    pub recently: u64,
}

/// Somebody without a factor that counts.
#[derive(Clone, Debug)]
pub struct Person {
    /// Id.
    pub id: String,
    /// User name.
    pub username: String,
    /// Name for people.
    pub display_name: String,
    /// Address, if any.
    pub email: Option<String>,
    /// Last complete sign-in.
    pub last_sign_in: Option<When>,
    /// Last reminder.
    pub reminded: Option<When>,
    /// By when they must enrol, or had to.
    pub deadline: Option<When>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_is_enrolled_completely() {
        let of = |enrolled, total| {
            Numbers { total, enrolled, apps: 0, keys: 0, required: false, grace: None }.percent()
        };
        assert_eq!([of(0, 0), of(0, 3), of(2, 3), of(3, 3)], [100, 0, 66, 100]);
    }
}
