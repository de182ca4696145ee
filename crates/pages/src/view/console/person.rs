//! One person of the organisation, and what is asked before something is done to them.

use askama::Template;

use super::users::{Status, UserRow};
use crate::view::{
    FieldError, Page, When, Who, account::SessionRow, readiness::Readiness, security::MethodKind,
};

/// `/console/users/{id}`.
#[derive(Debug, Template)]
#[template(path = "console/person.html")]
pub struct PersonPage {
    /// Common to all pages; `signed_in` is set.
    pub page: Page,
    /// Who.
    pub person: UserRow,
    /// Among operators: whose word their invitation waits for.
    pub awaited: Option<Awaited>,
    /// An address that waits for its link to be opened.
    pub email_pending: Option<String>,
    /// When the account was made.
    pub created: When,
    /// What the visitor may do here.
    pub may: May,
    /// Their second factors, where the visitor may see them.
    pub factors: Option<Factors>,
    /// Where they are signed in, where the visitor may see it.
    pub sessions: Option<Vec<SessionRow>>,
    /// Whether there are more sessions than shown.
    pub more_sessions: bool,
}

impl PersonPage {
    /// What keeps others out, where there is no second factor.
    fn locked_by(&self) -> Locked {
        let due = self.factors.as_ref().map(|factors| factors.due);
        match self.person.status {
            Status::Invited => Locked::NoPassword,
            Status::Suspended => Locked::Suspended,
            Status::Active if due == Some(Due::Now) => Locked::Enrollment,
            Status::Active => Locked::Password,
        }
    }

    /// Whether the visitor may read what happened to them.
    fn shows_audit(&self) -> bool {
        self.page.signed_in.as_ref().is_some_and(Who::administers)
    }
}

/// An invitation of an operator, which another operator has to approve before it is sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Awaited {
    /// User name of who invited; empty where they are gone.
    pub invited_by: String,
    /// Whether that is the visitor, who does not approve their own.
    pub own: bool,
}

/// `/console/users/{id}/approve`: posts to the same address.
#[derive(Debug, Template)]
#[template(path = "console/person_approve.html")]
pub struct ApprovePage {
    /// Common to all pages; `signed_in` is set.
    pub page: Page,
    /// Who.
    pub person: UserRow,
    /// User name of who invited; empty where they are gone.
    pub invited_by: String,
}

/// What the visitor may do to a person.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct May {
    /// See their second factors.
    pub inspect: bool,
    /// Change, suspend, delete; end sessions; delete factors.
    pub administer: bool,
    /// Reset their second factors.
    pub reset: bool,
}

/// Somebody's second factors: never a secret.
#[derive(Clone, Debug, Default)]
pub struct Factors {
    /// Apps and keys, oldest first.
    pub methods: Vec<FactorRow>,
    /// Recovery codes left.
    pub codes_left: u32,
    /// Whether they have saved them, as far as they said.
    pub codes_saved: bool,
    /// How ready they are for losing one thing.
    pub readiness: Readiness,
    /// Whether and when one must be enrolled.
    pub due: Due,
    /// Whether a reset would do anything: there is something to take, or a code to hand over.
    pub resettable: bool,
}

/// What stands between somebody without a second factor and this account.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Locked {
    /// Nothing but its password.
    Password,
    /// There is no password yet.
    NoPassword,
    /// Nobody signs in.
    Suspended,
    /// The next sign-in enrols a second factor first.
    Enrollment,
}

impl Factors {
    /// Whether there is one.
    pub fn any(&self) -> bool {
        !self.methods.is_empty()
    }
}

/// By when somebody must enrol a second factor.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Due {
    /// They need none, or have one that counts.
    #[default]
    Nothing,
    /// At their next sign-in.
    Now,
    /// By then.
    By(When),
}

/// One second factor.
#[derive(Clone, Debug)]
pub struct FactorRow {
    /// Its id.
    pub id: String,
    /// App or key.
    pub kind: MethodKind,
    /// The name its owner gave it.
    pub name: String,
    /// When it was added.
    pub added: When,
    /// When it was last used, if ever.
    pub last_used: Option<When>,
}

/// What can be done to a person after one question.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Deed {
    /// Take their second factors and recovery codes.
    ResetMfa,
    /// Sign them out everywhere.
    EndSessions,
    /// Send the invitation again.
    Invite,
    /// Let them sign in no more.
    Suspend,
    /// Let them sign in again.
    Activate,
    /// Delete the account.
    Delete,
}

impl Deed {
    /// All of them.
    pub const ALL: [Self; 6] =
        [Self::ResetMfa, Self::EndSessions, Self::Invite, Self::Suspend, Self::Activate, Self::Delete];

    /// The last part of its address.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::ResetMfa => "reset-mfa",
            Self::EndSessions => "end-sessions",
            Self::Invite => "invite",
            Self::Suspend => "suspend",
            Self::Activate => "activate",
            Self::Delete => "delete",
        }
    }

    /// The deed of an address.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|deed| deed.as_str() == text)
    }
}

/// `/console/users/{id}/{deed}`: asks first. Posts to the same address; a reset with a `reason`.
#[derive(Debug, Template)]
#[template(path = "console/person_ask.html")]
pub struct DeedPage {
    /// Common to all pages.
    pub page: Page,
    /// To whom.
    pub person: UserRow,
    /// What.
    pub deed: Deed,
    /// Why, as typed.
    pub reason: String,
    /// What was wrong with it.
    pub reason_error: Option<FieldError>,
}

/// `/console/users/{id}/methods/{factor}/remove`: asks first. Posts to the same address.
#[derive(Debug, Template)]
#[template(path = "console/person_factor.html")]
pub struct RemoveFactorPage {
    /// Common to all pages.
    pub page: Page,
    /// Whose.
    pub person: UserRow,
    /// Which.
    pub factor: FactorRow,
    /// Whether it is their last.
    pub last: bool,
}

/// What is handed over to a person who has no address.
#[derive(Clone, Debug)]
pub enum Handout {
    /// The link of the invitation.
    Invitation(String),
    /// The code that opens the next enrollment.
    EnrollmentCode(String),
}

/// The answer that shows something once.
#[derive(Debug, Template)]
#[template(path = "console/person_handout.html")]
pub struct HandoutPage {
    /// Common to all pages.
    pub page: Page,
    /// For whom.
    pub person: UserRow,
    /// What.
    pub handout: Handout,
}

/// In place of an act for which the visitor has no second factor that counts.
#[derive(Debug, Template)]
#[template(path = "console/lock_needed.html")]
pub struct LockNeededPage {
    /// Common to all pages.
    pub page: Page,
    /// Whether they have one that was enrolled on a recovery code less than a day ago.
    pub waits: bool,
}
