//! The invitation of somebody who has not accepted it yet, once more.

use serde_json::json;
use twinlock_core::{
    audit::EventKind,
    clock::Timestamp,
    tenant::SYSTEM_SLUG,
    user::{Power, Status},
};
use twinlock_store::{Tx, operator_approvals, users::Account};

use super::{Created, PersonError, PersonView};
use crate::{
    App, Caller, Client,
    administration::{self, Acting, ActingOn, NotAllowed, Whom},
    audit_log::About,
    context::Work,
    invitation::{self, Sending},
    mail::{Unsent, When},
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
    let ActingOn { acting, target } =
        administration::act_on_anybody(app, client, caller, whom, Power::Administer).await?;
    if target.user.status != Status::Invited {
        return Err(PersonError::NotInvited);
    }
    acting.require_factor_to_give(target.user.role)?;
    if target.tenant.slug == SYSTEM_SLUG {
        may_invite_operator(&acting.work, &target).await?;
    }
    let Acting { work, actor } = acting;
    let who = Inviting { actor: &actor, target: &target, when: When::Now };
    let sent = send(&work, &who).await?;
    work.commit().await?;
    Ok(Created { person: PersonView::of(app, &target), invitation: sent.link })
}

/// One who was approved, or made at the command line; the link goes to them and to nobody else.
pub(super) async fn may_invite_operator(tx: &Tx, target: &Account) -> Result<(), PersonError> {
    if operator_approvals::of_user(tx, target.user.id).await?.is_some() {
        return Err(PersonError::AwaitsApproval);
    }
    if target.user.email.is_none() { Err(NotAllowed::CommandLineOnly.into()) } else { Ok(()) }
}

/// An invitation on its way.
pub(super) struct Inviting<'a> {
    /// Who invites.
    pub(super) actor: &'a Account,
    /// Who is invited.
    pub(super) target: &'a Account,
    /// Whether somebody waits for it.
    pub(super) when: When,
}

/// What became of an invitation.
pub(super) struct Sent {
    /// The link, where there is no address: then the administrator has to hand it over.
    pub(super) link: Option<String>,
    /// When the mail leaves, where there is one.
    pub(super) leaves_at: Option<Timestamp>,
}

/// Sends the link, if there is room in the budgets.
pub(super) async fn send(work: &Work<'_>, who: &Inviting<'_>) -> Result<Sent, Unsent> {
    let Inviting { actor, target, when } = who;
    let sending = Sending { by: Some(actor.user.id), when: *when };
    let issued = invitation::issue(work, target, sending).await?;
    let handed_out = target.user.email.is_none();
    let about = About::by(&actor.user, &target.user).with(json!({ "link_handed_out": handed_out }));
    work.record(EventKind::InvitationSent, about).await?;
    Ok(Sent { link: handed_out.then_some(issued.link), leaves_at: issued.leaves_at })
}
