//! The people of an organisation, for those who administer it.

pub mod create;
pub mod export;
pub mod import;
pub mod invitation;
pub mod list;
pub mod mfa;
pub mod mfa_remove;
pub mod remove;
pub mod reset_mfa;
pub mod sessions;
pub mod sessions_end;
pub mod show;
pub mod update;

use serde::Serialize;
use twinlock_service::people::{Created, PersonView};
use utoipa::ToSchema;

use crate::v1::answer::User;

/// A person, for administrators.
#[derive(Serialize, ToSchema)]
pub struct Person {
    #[serde(flatten)]
    user: User,
    /// The last complete sign-in; RFC 3339, UTC; null when there was none.
    #[schema(format = DateTime)]
    last_sign_in_at: Option<String>,
    /// Whether one lost phone or key locks them out.
    mfa_at_risk: bool,
    /// A new address that waits for the link sent there to be opened.
    #[serde(skip_serializing_if = "Option::is_none")]
    email_pending: Option<String>,
    /// Among operators: the invitation waits for another operator, and has not been sent.
    #[serde(skip_serializing_if = "Option::is_none")]
    awaiting_approval: Option<bool>,
    /// With that: user name of the operator who invited.
    #[serde(skip_serializing_if = "Option::is_none")]
    invited_by: Option<String>,
}

impl From<PersonView> for Person {
    fn from(view: PersonView) -> Self {
        Self {
            user: view.user.into(),
            last_sign_in_at: view.last_sign_in_at.map(|at| at.to_string()),
            mfa_at_risk: view.at_risk,
            email_pending: view.email_pending,
            awaiting_approval: view.approval.as_ref().map(|_| true),
            invited_by: view.approval.and_then(|approval| approval.invited_by),
        }
    }
}

/// A person who was invited.
#[derive(Serialize, ToSchema)]
pub struct InvitedPerson {
    #[serde(flatten)]
    person: Person,
    /// The link of the invitation, shown only now, where the account has no address that it could be mailed
    /// to: hand it over.
    #[serde(skip_serializing_if = "Option::is_none")]
    invitation_url: Option<String>,
}

impl From<Created> for InvitedPerson {
    fn from(created: Created) -> Self {
        Self { person: created.person.into(), invitation_url: created.invitation }
    }
}
