//! The security page and what it changes, each with a page that asks first.

use askama::Template;

use super::{CodeError, FieldError, KeyError, KeysHere, Page, Ways, When, readiness::Readiness};

/// The state of MFA.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mfa {
    /// The server runs without MFA: nothing about it is shown.
    Absent,
    /// No factor is enrolled.
    Off,
    /// At least one factor is enrolled.
    On {
        /// How many authenticator apps.
        apps: u32,
        /// How many security keys and passkeys.
        keys: u32,
        /// Recovery codes left.
        codes_left: u32,
        /// Whether the person has saved them, as far as they said.
        codes_saved: bool,
    },
}

impl Mfa {
    /// How many factors of all kinds.
    pub fn factors(self) -> u32 {
        match self {
            Self::On { apps, keys, .. } => apps.saturating_add(keys),
            Self::Off | Self::Absent => 0,
        }
    }
}

/// The kinds of factors.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MethodKind {
    /// An authenticator app.
    App,
    /// A security key or passkey.
    Key,
}

/// One enrolled authenticator app.
#[derive(Clone, Debug)]
pub struct Method {
    /// Its id.
    pub id: String,
    /// The name the person gave it.
    pub name: String,
    /// When it was added.
    pub added: When,
    /// When it was last used, if ever.
    pub last_used: Option<When>,
    /// Whether it is the last that counts, where a second factor is required: it stays.
    pub kept: bool,
}

/// Where the private key of a credential lives, as far as its authenticator says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyHome {
    /// On a key that is plugged in or held near.
    SecurityKey,
    /// Built into one device.
    Device,
    /// Copied between devices.
    Synced,
}

/// One registered security key or passkey.
#[derive(Clone, Debug)]
pub struct Key {
    /// Its id.
    pub id: String,
    /// The name the person gave it.
    pub name: String,
    /// The credential id, base64url.
    pub key_id: String,
    /// Where it lives.
    pub home: KeyHome,
    /// Whether it signs in alone.
    pub alone: bool,
    /// Whether it could, and does not yet.
    pub may_be_alone: bool,
    /// Its make, where it is known and not the name already.
    pub device: Option<String>,
    /// The name of the server it was registered for, where that is another than the present one.
    pub foreign: Option<String>,
    /// When its counter last went back: it may have been copied.
    pub counter_alert: Option<When>,
    /// When it was added.
    pub added: When,
    /// When it was last used, if ever.
    pub last_used: Option<When>,
    /// Whether it is the last that counts, where a second factor is required: it stays.
    pub kept: bool,
}

impl Key {
    /// Enough of the key id to tell keys apart: "kQ3v…9aEw".
    pub fn short_id(&self) -> String {
        // base64url is ASCII; anything else is left as it is.
        match (self.key_id.get(..4), self.key_id.len().checked_sub(4).and_then(|at| self.key_id.get(at..))) {
            (Some(first), Some(last)) if self.key_id.len() > 9 => format!("{first}…{last}"),
            _ => self.key_id.clone(),
        }
    }
}

/// `/account/security`. Where there is a choice, posts `method` (`webauthn` or `totp`) to
/// `/account/security/preferred`.
#[derive(Debug, Template)]
#[template(path = "security/index.html")]
pub struct SecurityPage {
    /// Common to all pages.
    pub page: Page,
    /// The state of MFA.
    pub mfa: Mfa,
    /// How ready they are for losing one thing.
    pub readiness: Readiness,
    /// Whether the organisation requires a second factor: then MFA cannot be switched off.
    pub required: bool,
    /// The enrolled apps, oldest first.
    pub apps: Vec<Method>,
    /// The registered keys, oldest first.
    pub keys: Vec<Key>,
    /// Whether keys work here.
    pub keys_here: KeysHere,
    /// What is asked first at sign-in, where that can be chosen.
    pub asked_first: Option<MethodKind>,
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

/// `/account/security/enable`: what MFA does, with a link *Enable* to the enrollment. Where scripts
/// run it opens as a dialog.
#[derive(Debug, Template)]
#[template(path = "security/enable.html")]
pub struct EnablePage {
    /// Common to all pages.
    pub page: Page,
}

/// `/account/security/disable`. Posts `code` (app or recovery) or `credential` to the same address.
#[derive(Debug, Template)]
#[template(path = "security/disable.html")]
pub struct DisablePage {
    /// Common to all pages.
    pub page: Page,
    /// With what it can be done.
    pub ways: Ways,
    /// What was wrong with the code.
    pub error: Option<CodeError>,
    /// What was wrong with the key.
    pub key_error: Option<KeyError>,
    /// Whether enabling MFA again would take an administrator: a code is asked for, and there is no address to
    /// send one to.
    pub needs_administrator: bool,
}

/// `/account/security/methods/{id}/rename`. Posts `name` to the same address.
#[derive(Debug, Template)]
#[template(path = "security/rename.html")]
pub struct RenamePage {
    /// Common to all pages.
    pub page: Page,
    /// The factor's id.
    pub id: String,
    /// What it is.
    pub kind: MethodKind,
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
    /// What it is.
    pub kind: MethodKind,
    /// Its name.
    pub name: String,
    /// Whether it is the last: then MFA goes off with it.
    pub last: bool,
    /// Whether enabling MFA again would take an administrator: a code is asked for, and there is no address to
    /// send one to.
    pub needs_administrator: bool,
}

/// `/account/security/methods/{id}/alone`: asks before a key signs in alone. Posts to the same address.
#[derive(Debug, Template)]
#[template(path = "security/alone.html")]
pub struct AlonePage {
    /// Common to all pages.
    pub page: Page,
    /// The key's id.
    pub id: String,
    /// Its name.
    pub name: String,
}

/// `/account/security/codes`: asks before the old recovery codes are void. Posts to the same address.
#[derive(Debug, Template)]
#[template(path = "security/renew_codes.html")]
pub struct RenewCodesPage {
    /// Common to all pages.
    pub page: Page,
    /// Codes left in the present set.
    pub left: u32,
    /// Whether nobody has saved them yet.
    pub unsaved: bool,
    /// Whether this session can be shown them again.
    pub readable: bool,
}

#[cfg(test)]
mod tests {
    use twinlock_core::clock::Timestamp;

    use super::*;

    #[test]
    fn a_key_id_is_shortened_to_what_tells_keys_apart() {
        let when = When::new(Timestamp::default(), Timestamp::default());
        let key = |id: &str| Key {
            id: String::new(),
            name: String::new(),
            key_id: id.to_owned(),
            home: KeyHome::SecurityKey,
            alone: false,
            may_be_alone: false,
            device: None,
            foreign: None,
            counter_alert: None,
            added: when,
            last_used: None,
            kept: false,
        };
        assert_eq!(key("kQ3vAAAAAAAA9aEw").short_id(), "kQ3v…9aEw");
        assert_eq!(key("kQ3v9aEw").short_id(), "kQ3v9aEw");
        assert_eq!(key("").short_id(), "");
    }
}
