//! Signing in: one question a page.

use askama::Template;

use super::{CodeError, FieldError, KeyError, KeysHere, NewPasswordError, Page, PasswordError, Ways};

/// Which organisation somebody signs in to.
#[derive(Clone, Debug)]
pub enum Organisation {
    /// Known from the address, or the only one.
    Known {
        /// Its id, posted as `tenant_id`.
        id: String,
        /// Its name, shown.
        name: String,
    },
    /// There are several: the page asks for the id.
    Ask {
        /// What was typed.
        typed: String,
        /// What was wrong with it.
        error: Option<FieldError>,
    },
}

/// Who is signing in, as shown on the pages after the first.
#[derive(Clone, Debug)]
pub struct SigningIn {
    /// What was typed as the user name or email address.
    pub identifier: String,
    /// The organisation's id, posted as `tenant_id`.
    pub tenant_id: String,
    /// The organisation's name; empty where it need not be said.
    pub tenant_name: String,
}

/// `/login`: who are you? Posts `tenant_id`, `username`, `next` to `/login`, or the same and `credential` to
/// `/login/passkey`.
#[derive(Debug, Template)]
#[template(path = "login/identifier.html")]
pub struct IdentifierPage {
    /// Common to all pages.
    pub page: Page,
    /// Which organisation.
    pub organisation: Organisation,
    /// What was typed.
    pub identifier: String,
    /// What was wrong with it (only ever that it is missing).
    pub error: Option<FieldError>,
    /// Where to go after signing in; empty for the account's home.
    pub next: String,
    /// Whether passkeys work here.
    pub keys: KeysHere,
    /// What was wrong with the passkey.
    pub key_error: Option<KeyError>,
}

/// `/login/change-password`: a password of one's own. Posts `new_password` to the same address.
#[derive(Debug, Template)]
#[template(path = "login/change_password.html")]
pub struct ChangePasswordPage {
    /// Common to all pages.
    pub page: Page,
    /// The user name, for password managers.
    pub username: String,
    /// The fewest characters a password needs.
    pub min_length: u32,
    /// What was wrong.
    pub error: Option<NewPasswordError>,
}

/// `/login/password`. Posts `tenant_id`, `username`, `password`, `next` to `/login/password`.
#[derive(Debug, Template)]
#[template(path = "login/password.html")]
pub struct PasswordPage {
    /// Common to all pages.
    pub page: Page,
    /// Who.
    pub who: SigningIn,
    /// What was wrong.
    pub error: Option<PasswordError>,
    /// Where to go after signing in.
    pub next: String,
}

/// What the page of the second lock asks of a security key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum KeyQuestion {
    /// To answer.
    Answer {
        /// What was wrong.
        error: Option<KeyError>,
    },
    /// Nothing: keys do not work under this name.
    Elsewhere {
        /// The public address.
        public_url: String,
    },
    /// Nothing: all were registered for another name of this server.
    Foreign,
}

/// `/login/mfa/key`: a security key. Posts `credential` to `/login/mfa/key`.
#[derive(Debug, Template)]
#[template(path = "login/key.html")]
pub struct KeyPage {
    /// Common to all pages.
    pub page: Page,
    /// Who.
    pub who: SigningIn,
    /// What else opens the second lock.
    pub ways: Ways,
    /// What is asked.
    pub question: KeyQuestion,
}

/// `/login/mfa/app`: the code from the app. Posts `code` to `/login/mfa/app`.
#[derive(Debug, Template)]
#[template(path = "login/app.html")]
pub struct AppCodePage {
    /// Common to all pages.
    pub page: Page,
    /// Who.
    pub who: SigningIn,
    /// What opens the second lock.
    pub ways: Ways,
    /// What was wrong.
    pub error: Option<CodeError>,
}

/// `/login/mfa/recovery`: one of the recovery codes. Posts `code` to `/login/mfa/recovery`.
#[derive(Debug, Template)]
#[template(path = "login/recovery.html")]
pub struct RecoveryCodePage {
    /// Common to all pages.
    pub page: Page,
    /// Who.
    pub who: SigningIn,
    /// What opens the second lock.
    pub ways: Ways,
    /// What was typed, to be corrected.
    pub typed: String,
    /// What was wrong.
    pub error: Option<CodeError>,
}

/// `/login/forgot`. Posts `tenant_id`, `email` to `/login/forgot`.
#[derive(Debug, Template)]
#[template(path = "login/forgot.html")]
pub struct ForgotPage {
    /// Common to all pages.
    pub page: Page,
    /// Which organisation.
    pub organisation: Organisation,
    /// What was typed.
    pub email: String,
    /// What was wrong with it.
    pub error: Option<FieldError>,
}

/// After `/login/forgot`: the same for addresses that exist and those that do not.
#[derive(Debug, Template)]
#[template(path = "login/forgot_sent.html")]
pub struct ForgotSentPage {
    /// Common to all pages.
    pub page: Page,
    /// The address as typed.
    pub email: String,
}

impl Organisation {
    /// Whether the page asks for it and it is missing or wrong: then it has the focus.
    fn comes_first(&self) -> bool {
        matches!(self, Self::Ask { typed, error } if typed.is_empty() || error.is_some())
    }
}

impl IdentifierPage {
    fn asks_only_who(&self) -> bool {
        !self.organisation.comes_first()
    }
}

impl ForgotPage {
    fn asks_only_email(&self) -> bool {
        !self.organisation.comes_first()
    }
}

impl PasswordPage {
    /// The page to reset the password, for the same organisation.
    fn forgot_url(&self) -> String {
        if self.who.tenant_id.is_empty() {
            "/login/forgot".to_owned()
        } else {
            format!("/t/{}/login/forgot", self.who.tenant_id)
        }
    }
}
