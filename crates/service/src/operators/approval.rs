//! An operator who is invited over the network waits for the word of another: one alone makes no second.

use serde_json::json;
use twinlock_core::{
    audit::EventKind,
    ids::UserId,
    name::NameError,
    tenant::SYSTEM_SLUG,
    user::{Power, Status},
};
use twinlock_store::{StoreError, operator_approvals, users::Account};

pub use twinlock_store::operator_approvals::Waiting;

use super::{By, notices};
use crate::{
    App, Caller, Client, Internal,
    administration::{self, Acting, ActingOn, NotAllowed, Whom},
    audit_log::About,
    context::Work,
    invitation::{self, Issued, Sending},
    mail::{OperatorNotice, Unsent},
    people::{PersonError, PersonView},
    setup::FieldProblem,
};

/// Why an invitation was not approved.
#[derive(Debug, thiserror::Error)]
pub enum ApprovalError {
    /// The caller is no operator, or nobody of this id is to be one.
    #[error(transparent)]
    NotAllowed(#[from] NotAllowed),
    /// The caller is the one who invited.
    #[error("another operator has to approve this")]
    OwnInvitation,
    /// No invitation of theirs waits.
    #[error("no invitation waits to be approved")]
    NotWaiting,
    /// Too many mails went out lately.
    #[error("too many mails went out lately: try again in {0} seconds")]
    TooManyMails(i64),
}

impl From<Unsent> for ApprovalError {
    fn from(unsent: Unsent) -> Self {
        match unsent {
            Unsent::TooMany(seconds) => Self::TooManyMails(seconds),
            Unsent::Internal(error) => error.into(),
        }
    }
}

impl From<StoreError> for ApprovalError {
    fn from(error: StoreError) -> Self {
        Self::NotAllowed(error.into())
    }
}

impl From<Internal> for ApprovalError {
    fn from(error: Internal) -> Self {
        Self::NotAllowed(error.into())
    }
}

/// What an invitation among operators must look like: the person chooses the password, and the link goes to them.
pub(crate) fn check(has_password: bool, email: Option<&String>) -> Result<(), PersonError> {
    let wrong = |field, problem| PersonError::Invalid(vec![FieldProblem { field, problem }]);
    if has_password {
        return Err(wrong(
            "password",
            NameError::Invalid("Operators choose their own password: leave this out."),
        ));
    }
    if email.is_none() {
        return Err(wrong(
            "email",
            NameError::Invalid("An operator's invitation is sent by mail: give an address."),
        ));
    }
    Ok(())
}

/// Has the invitation of somebody just made wait, and tells the operators.
pub(crate) async fn ask(acting: &Acting<'_>, invited: &Account) -> Result<(), Internal> {
    let (work, actor) = (&acting.work, &acting.actor);
    operator_approvals::insert(work, invited.user.id, actor.user.id, work.now).await?;
    let notice = OperatorNotice::Invited {
        username: invited.user.username.clone(),
        by: actor.user.username.clone(),
        approve_at: work.app.link(&format!("/console/users/{}", invited.user.id)),
    };
    notices::tell(work, &actor.tenant, notice).await
}

/// The invitations that wait, oldest first.
///
/// # Errors
/// To whoever is no operator.
pub async fn waiting(app: &App, by: By<'_>) -> Result<Vec<Waiting>, NotAllowed> {
    if let By::Session(_, caller) = by {
        super::precheck(app, caller, false)?;
    }
    let operators = twinlock_store::tenants::by_slug(&app.store, SYSTEM_SLUG).await?;
    match operators {
        Some(tenant) => Ok(operator_approvals::of_tenant(&app.store, tenant.id).await?),
        None => Ok(vec![]),
    }
}

/// Whether the caller may approve this invitation, asked before a route reads what they sent.
///
/// # Errors
/// The same as [`approve`].
pub async fn precheck(app: &App, caller: &Caller, user: UserId) -> Result<(), ApprovalError> {
    super::precheck(app, caller, false)?;
    let whom = Whom { tenant: SYSTEM_SLUG, user };
    administration::look_into(app, caller, &whom, Power::Administer).await?;
    super::precheck(app, caller, true)?;
    let waiting = operator_approvals::of_user(&app.store, user).await?;
    if waiting.is_some_and(|waiting| waiting.invited_by == caller.live.account.user.id) {
        return Err(ApprovalError::OwnInvitation);
    }
    Ok(())
}

/// Approves an invitation, which is sent then. It takes another operator than the one who invited.
pub async fn approve(
    app: &App,
    client: &Client,
    caller: &Caller,
    user: UserId,
) -> Result<PersonView, ApprovalError> {
    precheck(app, caller, user).await?;
    app.transact(|| approve_once(app, client, caller, user)).await
}

async fn approve_once(
    app: &App,
    client: &Client,
    caller: &Caller,
    user: UserId,
) -> Result<PersonView, ApprovalError> {
    let whom = Whom { tenant: SYSTEM_SLUG, user };
    let held = administration::hold_anybody(app, client, caller, &whom, Power::Administer).await?;
    let ActingOn { acting, target } = held.admit(caller)?;
    acting.require_factor().map_err(NotAllowed::from)?;
    let Acting { work, actor } = acting;
    let waiting = operator_approvals::of_user(&work, user).await?.ok_or(ApprovalError::NotWaiting)?;
    if waiting.invited_by == actor.user.id {
        return Err(ApprovalError::OwnInvitation);
    }
    let about = About::by(&actor.user, &target.user).with(detail(&waiting));
    work.record(EventKind::OperatorApproved, about).await?;
    send(&work, &target, Some(actor.user.username.clone())).await?;
    work.commit().await?;
    Ok(PersonView::of(app, &target))
}

fn detail(waiting: &Waiting) -> serde_json::Value {
    json!({ "invited_by": waiting.inviter, "asked_at": waiting.asked_at })
}

/// The word of the command line, for a server with one operator. The account is held. Answers the link.
pub(crate) async fn approve_held(work: &Work<'_>, invited: &Account) -> Result<String, ApprovalError> {
    let user = invited.user.id;
    let waiting = operator_approvals::of_user(work, user).await?.ok_or(ApprovalError::NotWaiting)?;
    let about = About::anonymous(Some(&invited.user)).with(detail(&waiting));
    work.record(EventKind::OperatorApproved, about).await?;
    send(work, invited, None).await
}

/// Ends the waiting, sends the invitation, and tells the operators.
async fn send(work: &Work<'_>, invited: &Account, by: Option<String>) -> Result<String, ApprovalError> {
    if invited.user.status != Status::Invited || !operator_approvals::take(work, invited.user.id).await? {
        return Err(ApprovalError::NotWaiting);
    }
    let Issued { link, .. } = invitation::issue(work, invited, Sending::BY_OPERATOR).await?;
    let notice = OperatorNotice::Approved { username: invited.user.username.clone(), by };
    notices::tell(work, &invited.tenant, notice).await?;
    Ok(link)
}
