//! The people of a tenant, for those who administer it: one file for each thing they want.

mod change;
mod create;
mod delete;
mod factors;
mod import;
mod invite;
mod invite_all;
mod list;
mod reset;
mod sessions;
mod show;
pub(crate) mod wish;

use serde::Serialize;
use twinlock_core::{clock::Timestamp, password::PasswordProblem};
use twinlock_store::{StoreError, operator_approvals::Waiting, users::Account};

pub use change::change;
pub use create::{Created, NewPerson, create};
pub use delete::delete;
pub use factors::{overview, remove_factor};
pub use import::{ImportError, ImportRow, MAX_ROWS, import, preview as preview_import};
pub use invite::invite;
pub use invite_all::{Invited, MAX_INVITED, NotInvited, invite_all};
pub use list::{After, People, Wanted, list, list_again};
pub use reset::{MfaReset, reset_mfa};
pub use sessions::{end_sessions, list_sessions};
pub use show::show;
pub use twinlock_store::people::{Filter, Mfa, Position};
pub use wish::PersonChange;

use crate::{
    App, Internal, UserView, administration::NotAllowed, guard::StepUpRequired, mail::Unsent,
    setup::FieldProblem,
};

/// A person, for administrators.
#[derive(Debug, Clone, Serialize)]
pub struct PersonView {
    /// As everybody sees them.
    pub user: UserView,
    /// Their last complete sign-in.
    pub last_sign_in_at: Option<Timestamp>,
    /// Whether losing one thing locks them out, by the numbers that are kept.
    pub at_risk: bool,
    /// An address that waits for its link to be opened, where it was looked up.
    pub email_pending: Option<String>,
    /// Among operators: whose invitation waits for the word of another operator, where it was looked up.
    pub approval: Option<AwaitedApproval>,
}

/// An invitation that waits for another operator's word.
#[derive(Debug, Clone, Serialize)]
pub struct AwaitedApproval {
    /// User name of the operator who invited; none where they are gone.
    pub invited_by: Option<String>,
}

impl PersonView {
    /// With what is known of an invitation that waits for another operator.
    #[must_use]
    pub(crate) fn awaiting(self, waiting: Option<&Waiting>) -> Self {
        let approval = waiting.map(|waiting| AwaitedApproval { invited_by: waiting.inviter.clone() });
        Self { approval, ..self }
    }

    pub(crate) fn of(app: &App, account: &Account) -> Self {
        let last_sign_in_at = account.user.last_sign_in_at;
        Self {
            user: UserView::of(app, account),
            last_sign_in_at,
            at_risk: app.config.mfa_enabled && account.standing.at_risk,
            email_pending: None,
            approval: None,
        }
    }
}

/// Why an administrator's wish was not done.
#[derive(Debug, thiserror::Error)]
pub enum PersonError {
    /// They may not.
    #[error(transparent)]
    NotAllowed(#[from] NotAllowed),
    /// Some fields cannot be used.
    #[error("some fields cannot be used")]
    Invalid(Vec<FieldProblem>),
    /// The password breaks a rule.
    #[error(transparent)]
    Weak(PasswordProblem),
    /// What these fields hold is somebody's in this tenant; none are named where it came to light only while it
    /// was written.
    #[error("this name or address is taken")]
    Taken(Vec<&'static str>),
    /// The tenant would be left without an owner who can sign in.
    #[error("the tenant needs an owner")]
    LastOwner,
    /// The account waits for its invitation to be accepted.
    #[error("the invitation is still open")]
    StillInvited,
    /// The account waits for no invitation.
    #[error("there is no invitation to send again")]
    NotInvited,
    /// Another operator has to approve the invitation first.
    #[error("another operator has to approve the invitation first")]
    AwaitsApproval,
    /// Too many mails were sent lately: wait this many seconds.
    #[error("too many mails")]
    TooManyMails(i64),
}

crate::password::weak_passwords_are_told!(PersonError);

impl From<Unsent> for PersonError {
    fn from(unsent: Unsent) -> Self {
        match unsent {
            Unsent::TooMany(seconds) => Self::TooManyMails(seconds),
            Unsent::Internal(error) => error.into(),
        }
    }
}

impl From<StoreError> for PersonError {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Conflict => Self::Taken(vec![]),
            other => Self::NotAllowed(other.into()),
        }
    }
}

impl From<Internal> for PersonError {
    fn from(error: Internal) -> Self {
        Self::NotAllowed(error.into())
    }
}

impl From<StepUpRequired> for PersonError {
    fn from(needed: StepUpRequired) -> Self {
        Self::NotAllowed(needed.into())
    }
}
