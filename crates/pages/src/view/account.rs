//! The account's own pages: home, profile, password, sessions, "confirm it is you".

use askama::Template;
use serde::{Deserialize, Serialize};

use super::{
    CodeError, FieldError, KeyError, MailCode, NewPasswordError, Page, PasswordError, Ways, When,
    readiness::Readiness, security::Mfa,
};

/// Something worth doing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Recommendation {
    /// MFA is off.
    EnableMfa,
    /// There is only one factor, or losing one thing takes all of them.
    EnrolBackup,
    /// Recovery codes run out.
    FewCodes {
        /// How many are left.
        left: u32,
    },
    /// Nobody has saved the recovery codes yet.
    SaveCodes,
    /// A key that was used in this session could sign in alone.
    LetKeySignInAlone {
        /// Its id.
        id: String,
        /// Its name.
        name: String,
    },
    /// The address has not been confirmed.
    ConfirmEmail {
        /// The address that waits.
        email: String,
    },
    /// There is no address: no notices, no reset by mail.
    AddEmail,
}

/// `/account`: home.
#[derive(Debug, Template)]
#[template(path = "account/home.html")]
pub struct HomePage {
    /// Common to all pages; `signed_in` is set.
    pub page: Page,
    /// The confirmed address, if any.
    pub email: Option<String>,
    /// The state of MFA.
    pub mfa: Mfa,
    /// How ready they are for losing one thing.
    pub readiness: Readiness,
    /// Whether the organisation requires a second factor.
    pub required: bool,
    /// Live sessions, this one included.
    pub sessions: u32,
    /// When this session began.
    pub signed_in_at: When,
    /// What is worth doing, most urgent first.
    pub recommendations: Vec<Recommendation>,
}

/// `/account/profile`. Posts `display_name`, `email` and, where asked, `current_password` and
/// `mail_code` to the same address.
#[derive(Debug, Template)]
#[template(path = "account/profile.html")]
pub struct ProfilePage {
    /// Common to all pages.
    pub page: Page,
    /// What they are called, as stored or typed.
    pub display_name: String,
    /// What was wrong with it.
    pub display_name_error: Option<FieldError>,
    /// The address, as stored or typed.
    pub email: String,
    /// What was wrong with it.
    pub email_error: Option<FieldError>,
    /// A new address that waits for its link to be opened.
    pub pending_email: Option<String>,
    /// Whether a new address needs the current password (accounts without MFA).
    pub ask_password: bool,
    /// What was wrong with it.
    pub password_error: Option<PasswordError>,
    /// Whether a new address needs a mailed code.
    pub mail_code: MailCode,
}

impl ProfilePage {
    /// The field with the first error, if any: it has the focus.
    fn focus(&self) -> &'static str {
        let marks = [
            ("display_name", self.display_name_error.is_some()),
            ("email", self.email_error.is_some()),
            ("current_password", self.password_error.is_some()),
        ];
        marks.into_iter().find(|(_, wrong)| *wrong).map_or("", |(field, _)| field)
    }

    /// The user name, for password managers.
    fn username(&self) -> &str {
        self.page.signed_in.as_ref().map_or("", |who| who.username.as_str())
    }
}

/// `/account/password`. Posts `current_password`, `new_password` and, where asked, `mail_code` to
/// the same address. With MFA on, the handler asks for step-up first.
#[derive(Debug, Template)]
#[template(path = "account/password.html")]
pub struct ChangePasswordPage {
    /// Common to all pages; `signed_in` is set.
    pub page: Page,
    /// The user name, for password managers.
    pub username: String,
    /// What was wrong with the current password.
    pub current_error: Option<PasswordError>,
    /// What was wrong with the new one.
    pub new_error: Option<NewPasswordError>,
    /// The fewest characters a password needs.
    pub min_length: u32,
    /// Whether a mailed code is asked for as well.
    pub mail_code: MailCode,
}

/// One place where somebody is signed in.
#[derive(Clone, Debug)]
pub struct SessionRow {
    /// The session's id.
    pub id: String,
    /// Browser and system in words, from the user agent; empty when unknown.
    pub browser: String,
    /// The network address it was last used from.
    pub address: String,
    /// When it began.
    pub began: When,
    /// When it was last used.
    pub last_used: When,
    /// Whether it is a program with an API token.
    pub api: bool,
    /// Whether it is the one that asks.
    pub current: bool,
}

/// `/account/sessions`.
#[derive(Debug, Template)]
#[template(path = "account/sessions.html")]
pub struct SessionsPage {
    /// Common to all pages.
    pub page: Page,
    /// The sessions of this part of the list, the current one first.
    pub sessions: Vec<SessionRow>,
    /// The cursor of the next part, for `?cursor=`.
    pub next_cursor: Option<String>,
}

impl SessionsPage {
    /// Whether there is any other session to end.
    pub fn has_others(&self) -> bool {
        self.next_cursor.is_some() || self.sessions.iter().any(|session| !session.current)
    }
}

/// `/account/sessions/{id}/end`, or `/account/sessions/end-others` where `session` is `None`:
/// asks first. Posts to the same address.
#[derive(Debug, Template)]
#[template(path = "account/end_session.html")]
pub struct EndSessionPage {
    /// Common to all pages.
    pub page: Page,
    /// The one to end; `None` for all others.
    pub session: Option<SessionRow>,
}

/// With what somebody proves that it is them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Proof {
    /// A security key or passkey.
    Key {
        /// What was wrong.
        error: Option<KeyError>,
    },
    /// A code: from the app, or a recovery code, whichever of them will do for what comes next.
    Code {
        /// What was wrong.
        error: Option<CodeError>,
    },
    /// The password, for accounts without a factor.
    Password {
        /// What was wrong.
        error: Option<PasswordError>,
    },
}

/// `/account/confirm`: "confirm it is you". Posts `code`, `credential` or `password`, and `next`, to the same
/// address. `?with=code` leads past the key.
#[derive(Debug, Template)]
#[template(path = "account/confirm.html")]
pub struct StepUpPage {
    /// Common to all pages; `signed_in` is set.
    pub page: Page,
    /// Where to go then: a path of this server.
    pub next: String,
    /// With what.
    pub proof: Proof,
    /// What will do for what comes next.
    pub ways: Ways,
    /// Where a key would work, if it does not here.
    pub key_elsewhere: Option<String>,
}

impl StepUpPage {
    fn asks_for_key(&self) -> bool {
        matches!(self.proof, Proof::Key { .. })
    }
}
