//! Who has a second factor, and who has not.

use askama::Template;

pub use twinlock_service::mfa_status::Reach;

use super::{Pager, chart::Chart, progress::Progress};
use crate::view::{Page, When};

/// `/console/mfa`. *Remind* posts `user_id` to `/console/mfa/remind`; without one, everybody in the list is reminded.
#[derive(Debug, Template)]
#[template(path = "console/mfa.html")]
pub struct MfaStatusPage {
    /// Common to all pages; `signed_in` is set.
    pub page: Page,
    /// How far the organisation is.
    pub progress: Progress,
    /// How it came to that.
    pub chart: Chart,
    /// Whether the visitor may remind.
    pub may_remind: bool,
    /// Whom reminders would reach now.
    pub reach: Reach,
    /// What became of the reminders that were just sent.
    pub reminded: Option<Reminded>,
    /// People without a factor that counts.
    pub people: Vec<Person>,
    /// Where the list goes on.
    pub pager: Pager,
}

impl MfaStatusPage {
    /// Whether there are more people than were counted.
    fn is_beyond_count(&self) -> bool {
        self.reach.reachable >= u64::from(twinlock_service::mfa_status::MOST_COUNTED)
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
