//! Invitations, sent by whoever is at the command line.

use serde_json::json;
use twinlock_core::{audit::EventKind, tenant::SYSTEM_SLUG, user::Status};
use twinlock_store::{operator_approvals, users::Account};

use super::{AdminError, CreatedUser, hold, record, tell};
use crate::{
    App, UserView,
    administration::NotAllowed,
    context::Work,
    invitation::{self, Issued, Sending},
    mail::Unsent,
    operators::approval::{self, ApprovalError},
};

/// Sends the invitation of an operator that waits for another's word; for a server that has one operator.
pub async fn approve_operator(app: &App, name: &str) -> Result<CreatedUser, AdminError> {
    app.transact(|| approve_operator_once(app, name)).await
}

async fn approve_operator_once(app: &App, name: &str) -> Result<CreatedUser, AdminError> {
    let (work, account) = hold(app, SYSTEM_SLUG, name).await?;
    let invitation = match approval::approve_held(&work, &account).await {
        Ok(link) => Some(link),
        Err(ApprovalError::NotAllowed(NotAllowed::Internal(error))) => return Err(error.into()),
        Err(_) => return Err(AdminError::NotWaiting(account.user.username)),
    };
    work.commit().await?;
    Ok(CreatedUser { user: UserView::of(app, &account), invitation })
}

/// Makes a fresh link for somebody who has not accepted their invitation yet, and mails it where there is an address; the
/// links before are dead.
pub async fn invite_again(app: &App, slug: &str, name: &str) -> Result<CreatedUser, AdminError> {
    app.transact(|| invite_again_once(app, slug, name)).await
}

async fn invite_again_once(app: &App, slug: &str, name: &str) -> Result<CreatedUser, AdminError> {
    let (work, account) = hold(app, slug, name).await?;
    let username = || account.user.username.clone();
    if account.user.status != Status::Invited {
        return Err(AdminError::Accepted(username()));
    }
    if operator_approvals::of_user(&work, account.user.id).await?.is_some() {
        return Err(AdminError::AwaitsApproval(username()));
    }
    let link = invite(&work, &account).await?;
    tell(&work, &account, "was invited again").await?;
    work.commit().await?;
    Ok(CreatedUser { user: UserView::of(app, &account), invitation: Some(link) })
}

pub(super) async fn invite(work: &Work<'_>, account: &Account) -> Result<String, Unsent> {
    let Issued { link, .. } = invitation::issue(work, account, Sending::BY_OPERATOR).await?;
    record(work, EventKind::InvitationSent, account, json!({})).await?;
    Ok(link)
}
