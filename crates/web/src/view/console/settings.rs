//! The organisation's settings, and what a change of them would do.

use askama::Template;

use crate::view::Page;

/// The settings as they stand in the form. Texts are as typed.
#[expect(clippy::struct_excessive_bools, reason = "one for each field of the form")]
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SettingsForm {
    /// *Require MFA for all users*.
    pub mfa_required: bool,
    /// *Require MFA for owners and administrators*.
    pub mfa_required_for_admins: bool,
    /// Grace period in days.
    pub mfa_grace_period_days: String,
    /// Whether authenticator apps count.
    pub totp: bool,
    /// Whether security keys and passkeys count.
    pub webauthn: bool,
    /// Whether two consecutive codes are asked at set-up.
    pub two_codes: bool,
    /// Whether a code by mail opens an enrolment.
    pub enrollment_by_mail: bool,
    /// Whether new recovery codes have the long form.
    pub long_codes: bool,
    /// Whether a security key must verify its user.
    pub user_verification: bool,
    /// Lifetime of a session in minutes.
    pub session_lifetime_minutes: String,
    /// Shortest password in characters.
    pub password_min_length: String,
    /// The version that was seen.
    pub version: String,
}

/// What is wrong with the form.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Mistake {
    /// This field, and what is allowed.
    Field(String, String),
    /// Somebody else changed the settings meanwhile.
    Changed,
    /// Whoever requires a factor, or narrows the kinds, has one that counts.
    NoFactor,
}

/// `/console/settings`. Posts every field to `/console/settings/preview`.
#[derive(Debug, Template)]
#[template(path = "console/settings.html")]
pub struct SettingsPage {
    /// Common to all pages; `signed_in` is set.
    pub page: Page,
    /// The settings.
    pub form: SettingsForm,
    /// Whether they were typed before a proof was asked for, and are not saved yet.
    pub kept: bool,
    /// What is wrong with them.
    pub mistakes: Vec<Mistake>,
}

impl SettingsPage {
    /// What is wrong with a field.
    fn wrong(&self, field: &str) -> Option<&str> {
        self.mistakes.iter().find_map(|mistake| match mistake {
            Mistake::Field(name, allowed) if name == field => Some(allowed.as_str()),
            _ => None,
        })
    }

    /// The same in words; empty where nothing is wrong.
    fn allowed(&self, field: &str) -> &str {
        self.wrong(field).unwrap_or_default()
    }

    fn is_stale(&self) -> bool {
        self.mistakes.contains(&Mistake::Changed)
    }

    fn lacks_factor(&self) -> bool {
        self.mistakes.contains(&Mistake::NoFactor)
    }
}

/// What the change would do to people, in numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Impact {
    /// Whether the visitor has a factor that counts.
    pub caller_complies: bool,
    /// Everybody.
    pub users_total: u64,
    /// Those who must enrol before anything else.
    pub users_blocked_now: u64,
    /// Those who must enrol by a deadline.
    pub users_in_grace: u64,
    /// Sessions that end.
    pub sessions_ended: u64,
    /// People without an address.
    pub users_without_email: u64,
}

/// `/console/settings/preview`: what *Save* would do. Posts the same fields to `/console/settings`.
#[derive(Debug, Template)]
#[template(path = "console/settings_preview.html")]
pub struct PreviewPage {
    /// Common to all pages; `signed_in` is set.
    pub page: Page,
    /// The settings as they would be, as hidden fields.
    pub fields: Vec<(&'static str, String)>,
    /// What changes: name, old, new.
    pub changes: Vec<(String, String, String)>,
    /// What it does to people.
    pub impact: Impact,
    /// Whether the policy on second factors changes.
    pub policy: bool,
}
