//! The security page and what it changes, each with a page that asks first.

use askama::Template;

use super::{CodeError, FieldError, Page, When};

/// The state of MFA.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mfa {
    /// The server runs without MFA: nothing about it is shown.
    Absent,
    /// No factor is enrolled.
    Off,
    /// At least one factor is enrolled.
    On {
        /// How many factors.
        factors: u32,
        /// Recovery codes left.
        codes_left: u32,
    },
}

/// The kinds of factors.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MethodKind {
    /// An authenticator app.
    App,
}

/// One enrolled factor.
#[derive(Clone, Debug)]
pub struct Method {
    /// Its id.
    pub id: String,
    /// The name the person gave it.
    pub name: String,
    /// Its kind.
    pub kind: MethodKind,
    /// When it was added.
    pub added: When,
    /// When it was last used, if ever.
    pub last_used: Option<When>,
}

/// `/account/security`.
#[derive(Debug, Template)]
#[template(path = "security/index.html")]
pub struct SecurityPage {
    /// Common to all pages.
    pub page: Page,
    /// The state of MFA.
    pub mfa: Mfa,
    /// The enrolled factors, oldest first.
    pub methods: Vec<Method>,
    /// Recovery codes in a full set.
    pub codes_total: u32,
    /// Whether another factor may be added (ten at most).
    pub can_add: bool,
    /// When the password was set, if known.
    pub password_changed: Option<When>,
}

impl SecurityPage {
    /// For each code of a set, whether it is still left.
    pub fn pips(&self) -> Vec<bool> {
        let left = match self.mfa {
            Mfa::On { codes_left, .. } => codes_left,
            Mfa::Off | Mfa::Absent => 0,
        };
        (0..self.codes_total).map(|index| index < left).collect()
    }
}

/// `/account/security/enable`: what MFA does, with a link *Enable* to the enrolment. Where scripts
/// run it opens as a dialog.
#[derive(Debug, Template)]
#[template(path = "security/enable.html")]
pub struct EnablePage {
    /// Common to all pages.
    pub page: Page,
}

/// `/account/security/disable`. Posts `code` (app or recovery) to the same address.
#[derive(Debug, Template)]
#[template(path = "security/disable.html")]
pub struct DisablePage {
    /// Common to all pages.
    pub page: Page,
    /// What was wrong with the code.
    pub error: Option<CodeError>,
}

/// `/account/security/methods/{id}/rename`. Posts `name` to the same address.
#[derive(Debug, Template)]
#[template(path = "security/rename.html")]
pub struct RenamePage {
    /// Common to all pages.
    pub page: Page,
    /// The factor's id.
    pub id: String,
    /// Its name, as stored or typed.
    pub name: String,
    /// What was wrong with it.
    pub error: Option<FieldError>,
}

/// `/account/security/methods/{id}/remove`: asks first. Posts to the same address.
#[derive(Debug, Template)]
#[template(path = "security/remove.html")]
pub struct RemovePage {
    /// Common to all pages.
    pub page: Page,
    /// The factor's id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// Whether it is the last: then MFA goes off with it.
    pub last: bool,
}

/// `/account/security/codes`: asks before the old recovery codes are void. Posts to the same address.
#[derive(Debug, Template)]
#[template(path = "security/renew_codes.html")]
pub struct RenewCodesPage {
    /// Common to all pages.
    pub page: Page,
    /// Codes left in the present set.
    pub left: u32,
}
