//! Invitations, sent by whoever is at the command line.

use serde_json::json;
use twinlock_core::{audit::EventKind, tenant::SYSTEM_SLUG, user::Status};
use twinlock_store::{Tx, operator_approvals, users::Account};

use super::{AdminError, CreatedUser, hold, record, tell};
use crate::{
    App, UserView,
    administration::NotAllowed,
    invitation::{self, Issued, Sending},
    mail::Unsent,
    operators::approval::{self, ApprovalError},
};

/// Sends the invitation of an operator that waits for another's word; for a server that has one operator.
pub async fn approve_operator(app: &App, name: &str) -> Result<CreatedUser, AdminError> {
    app.transact(|| approve_operator_once(app, name)).await
}

async fn approve_operator_once(app: &App, name: &str) -> Result<CreatedUser, AdminError> {
    let (tx, account) = hold(app, SYSTEM_SLUG, name).await?;
    let invitation = match approval::approve_held(&tx, app, &account).await {
        Ok(link) => Some(link),
        Err(ApprovalError::NotAllowed(NotAllowed::Internal(error))) => return Err(error.into()),
        Err(_) => return Err(AdminError::NotWaiting(account.user.username)),
    };
    tx.commit().await?;
    Ok(CreatedUser { user: UserView::of(app, &account), invitation })
}

/// Makes a fresh link for somebody who has not accepted their invitation yet, and mails it where there is an address; the
/// links before are dead.
pub async fn invite_again(app: &App, slug: &str, name: &str) -> Result<CreatedUser, AdminError> {
    app.transact(|| invite_again_once(app, slug, name)).await
}

async fn invite_again_once(app: &App, slug: &str, name: &str) -> Result<CreatedUser, AdminError> {
    let (tx, account) = hold(app, slug, name).await?;
    let username = || account.user.username.clone();
    if account.user.status != Status::Invited {
        return Err(AdminError::Accepted(username()));
    }
    if operator_approvals::of_user(&tx, account.user.id).await?.is_some() {
        return Err(AdminError::AwaitsApproval(username()));
    }
    let link = invite(&tx, app, &account).await?;
    tell(&tx, app, &account, "was invited again").await?;
    tx.commit().await?;
    Ok(CreatedUser { user: UserView::of(app, &account), invitation: Some(link) })
}

pub(super) async fn invite(tx: &Tx, app: &App, account: &Account) -> Result<String, Unsent> {
    let Issued { link, .. } = invitation::issue(tx, app, account, Sending::BY_OPERATOR).await?;
    record(tx, app, EventKind::InvitationSent, (account, json!({}))).await?;
    Ok(link)
}
