//! Deleting an account. Nothing of it is left for whoever has the name next: everything hangs on the id,
//! and ids are never used again.

use serde_json::json;
use twinlock_core::{
    audit::EventKind,
    user::{Power, Status},
};
use twinlock_store::users;

use super::{PersonError, change::may_unseat};
use crate::{
    App, Caller, Client,
    administration::{self, Acting, ActingOn, Whom},
    audit_log::About,
    mail::{AdminNotice, LetterKind, OperatorNotice},
    operators,
};

/// Deletes a person and everything of theirs; the audit log keeps what they did.
pub async fn delete(app: &App, client: &Client, caller: &Caller, whom: &Whom<'_>) -> Result<(), PersonError> {
    app.transact(|| delete_once(app, client, caller, whom)).await
}

async fn delete_once(
    app: &App,
    client: &Client,
    caller: &Caller,
    whom: &Whom<'_>,
) -> Result<(), PersonError> {
    let held = administration::hold_anybody(app, client, caller, whom, Power::Administer).await?;
    may_unseat(&held).await?;
    let ActingOn { acting, target } = held.admit(caller)?;
    if target.user.status != Status::Invited {
        // Among operators an invitation can be taken back, and that is all.
        administration::not_among_operators(&acting.actor)?;
    }
    if target.factors.any() {
        acting.require_factor()?;
    }
    let Acting { work, actor } = acting;
    let user = &target.user;
    let detail = json!({ "username": user.username, "role": user.role, "status": user.status });
    work.record(EventKind::UserDeleted, About::by(&actor.user, user).with(detail)).await?;
    work.notify_by(&actor, &target, LetterKind::ByAdministrator(AdminNotice::Deleted)).await?;
    users::remove(&work, user).await?;
    let notice =
        OperatorNotice::Withdrawn { username: user.username.clone(), by: actor.user.username.clone() };
    operators::notices::tell(&work, &target.tenant, notice).await?;
    work.commit().await?;
    Ok(())
}
