//! The invitation of somebody who has not accepted it yet, once more.

use serde_json::json;
use twinlock_core::{
    audit::EventKind,
    tenant::SYSTEM_SLUG,
    user::{Power, Status},
};
use twinlock_store::{Tx, operator_approvals, users::Account};

use super::{Created, PersonError, PersonView};
use crate::{
    App, Caller, Client, Internal,
    administration::{self, Acting, NotAllowed, Whom},
    audit_log::{About, record},
    invitation,
};

/// Sends a fresh link; the one before is dead.
pub async fn invite(
    app: &App,
    client: &Client,
    caller: &Caller,
    whom: &Whom<'_>,
) -> Result<Created, PersonError> {
    app.transact(|| invite_once(app, client, caller, whom)).await
}

async fn invite_once(
    app: &App,
    client: &Client,
    caller: &Caller,
    whom: &Whom<'_>,
) -> Result<Created, PersonError> {
    let (acting, target) = administration::act_on_anybody(app, caller, whom, Power::Administer).await?;
    if target.user.status != Status::Invited {
        return Err(PersonError::NotInvited);
    }
    acting.require_factor_to_give(app, target.user.role)?;
    if target.tenant.slug == SYSTEM_SLUG {
        may_invite_operator(&acting.tx, &target).await?;
    }
    let Acting { tx, actor } = acting;
    let invitation = send(&tx, app, client, (&actor, &target)).await?;
    tx.commit().await?;
    Ok(Created { person: PersonView::of(app, &target), invitation })
}

/// One who was approved, or made at the command line; the link goes to them and to nobody else.
async fn may_invite_operator(tx: &Tx, target: &Account) -> Result<(), PersonError> {
    if operator_approvals::of_user(tx, target.user.id).await?.is_some() {
        return Err(PersonError::AwaitsApproval);
    }
    if target.user.email.is_none() { Err(NotAllowed::CommandLineOnly.into()) } else { Ok(()) }
}

/// Sends the link. Answers it where there is no address: then the administrator has to hand it over.
pub(super) async fn send(
    tx: &Tx,
    app: &App,
    client: &Client,
    who: (&Account, &Account),
) -> Result<Option<String>, Internal> {
    let (actor, target) = who;
    let link = invitation::issue(tx, app, target).await?;
    let handed_out = target.user.email.is_none();
    let about = About::by(&actor.user, &target.user).with(json!({ "link_handed_out": handed_out }));
    record(tx, app, client, EventKind::InvitationSent, about).await?;
    Ok(handed_out.then_some(link))
}
