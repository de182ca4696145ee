//! The organisation's settings, and what a change of them would do.

use askama::Template;
use serde::{Deserialize, Serialize};
pub use twinlock_service::settings::Effect;

use super::Pager;
use crate::view::{Page, When, moment::Span};

/// The fields of the form, as typed. A box that is ticked says `yes`, and one that is not is not sent.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct SettingsForm {
    /// *Require MFA for all users*.
    pub mfa_required: String,
    /// *Require MFA for owners and administrators*.
    pub mfa_required_for_admins: String,
    /// Grace period in days.
    pub mfa_grace_period_days: String,
    /// Whether authenticator apps count.
    pub totp: String,
    /// Whether security keys and passkeys count.
    pub webauthn: String,
    /// Whether two consecutive codes are asked at set-up.
    pub two_codes: String,
    /// Whether a code by mail opens an enrollment.
    pub enrollment_by_mail: String,
    /// Whether new recovery codes have the long form.
    pub long_codes: String,
    /// Whether a security key must verify its user.
    pub user_verification: String,
    /// Whether a security key must prove its make.
    pub attestation: String,
    /// The makes that may be registered, one on each line; more than its id on a line is ignored.
    pub allowed_makes: String,
    /// `require` or `trust_idp`.
    pub sso_policy: String,
    /// Lifetime of a session, in this unit.
    pub session_lifetime_minutes: String,
    /// `minutes`, `hours` or `days`; minutes where it is not sent.
    pub session_lifetime_unit: String,
    /// Lifetime of an invitation in days.
    pub invitation_lifetime_days: String,
    /// Shortest password in characters.
    pub password_min_length: String,
    /// The version that was seen.
    pub version: String,
    /// `save` for the button *Save*: what blocks nobody is saved at once.
    #[serde(skip_serializing)]
    pub then: String,
}

impl SettingsForm {
    /// Whether a box is ticked.
    pub fn ticked(&self, value: &str) -> bool {
        value == "yes"
    }
}

/// What is wrong with the form.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Mistake {
    /// The field of this name in the API.
    Field(String),
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
    /// Whether the server has second factors.
    pub mfa_available: bool,
}

impl SettingsPage {
    /// Whether a field is wrong.
    fn wrong(&self, field: &str) -> bool {
        self.mistakes.iter().any(|mistake| matches!(mistake, Mistake::Field(name) if name == field))
    }

    fn is_wrong(&self) -> bool {
        self.mistakes.iter().any(|mistake| matches!(mistake, Mistake::Field(_)))
    }

    fn is_stale(&self) -> bool {
        self.mistakes.contains(&Mistake::Changed)
    }

    fn lacks_factor(&self) -> bool {
        self.mistakes.contains(&Mistake::NoFactor)
    }

    fn of_operators(&self) -> bool {
        self.page.of_operators()
    }
}

/// A setting that changes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// Its name in the API.
    pub setting: String,
    /// As it was.
    pub old: Told,
    /// As it will be.
    pub new: Told,
}

impl Change {
    /// Its name in plain words, where there are no better ones.
    fn name(&self) -> String {
        self.setting.replace('_', " ")
    }
}

/// The value of a setting, for words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Told {
    /// Yes or no.
    Flag(bool),
    /// A number of what the setting's name says.
    Number(u64),
    /// A length of time.
    Lasts(Span),
    /// One of a few words of the API.
    Word(String),
    /// Several words of the API.
    Words(Vec<String>),
}

/// What the change would do to people, in numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Impact {
    /// Whether the visitor has a factor that counts.
    pub caller_complies: bool,
    /// Everybody who can sign in.
    pub users_total: u64,
    /// Those who have not accepted their invitation yet, besides.
    pub users_invited: u64,
    /// Those who must enrol before anything else.
    pub users_blocked_now: u64,
    /// Those who must enrol by a deadline.
    pub users_in_grace: u64,
    /// That deadline, for all who have none of their own.
    pub deadline: Option<When>,
    /// Sessions that end.
    pub sessions_ended: u64,
    /// People without an address.
    pub users_without_email: u64,
}

/// People to whom something is done, or the first of them.
#[derive(Clone, Debug)]
pub struct AffectedPeople {
    /// What.
    pub effect: Effect,
    /// The first of them.
    pub people: Vec<AffectedRow>,
    /// Where all of them are, if these are not all.
    pub more: Option<String>,
}

/// Somebody to whom something is done.
#[derive(Clone, Debug)]
pub struct AffectedRow {
    /// Id.
    pub id: String,
    /// User name.
    pub username: String,
    /// Name for people.
    pub display_name: String,
    /// Address, if any.
    pub email: Option<String>,
    /// By when they must enrol; none for at once.
    pub deadline: Option<When>,
    /// Sessions that end.
    pub sessions: u64,
}

impl AffectedRow {
    /// The name for people, or the user name where there is none.
    pub fn name(&self) -> &str {
        if self.display_name.trim().is_empty() { &self.username } else { &self.display_name }
    }

    /// The user name, where it is not shown as the name already.
    pub fn second_name(&self) -> Option<&str> {
        (self.name() != self.username).then_some(&*self.username)
    }
}

/// `/console/settings/preview?typed=…`: what *Save* would do. Posts the same fields to `/console/settings`.
#[derive(Debug, Template)]
#[template(path = "console/settings_preview.html")]
pub struct PreviewPage {
    /// Common to all pages; `signed_in` is set.
    pub page: Page,
    /// The settings as they would be, as hidden fields.
    pub fields: Vec<(String, String)>,
    /// What changes.
    pub changes: Vec<Change>,
    /// What it does to people.
    pub impact: Impact,
    /// Whether the policy on second factors changes.
    pub policy: bool,
    /// To whom.
    pub people: Vec<AffectedPeople>,
    /// The same as a file.
    pub download: String,
    /// The form with what was typed.
    pub back: String,
}

/// `/console/settings/preview/{effect}`: everybody to whom one thing is done.
#[derive(Debug, Template)]
#[template(path = "console/settings_affected.html")]
pub struct AffectedPage {
    /// Common to all pages; `signed_in` is set.
    pub page: Page,
    /// The people of this part of the list.
    pub list: AffectedPeople,
    /// Where it goes on.
    pub pager: Pager,
    /// Everything of the preview as a file.
    pub download: String,
    /// The form with what was typed.
    pub back: String,
}
