//! The invitation of an organisation's owner, once more, as long as no owner has opened their account: until then
//! nobody in the organisation could send it.
//!
//! The link goes to the address that the owner was made with, and to nobody else. Once an owner has accepted, the
//! organisation looks after its own people, and operators see none of them.

use serde_json::json;
use twinlock_core::{audit::EventKind, clock::Timestamp, ids::UserId, user::Status};
use twinlock_store::{
    organisations,
    users::{self, Account},
};

use super::{By, OperateError, Operating, list::look};
use crate::{
    App, Caller,
    administration::{NotAllowed, Whom},
    audit_log::About,
    invitation::{self, Sending},
    mail::{Unsent, When},
    people::{Invited, NotInvited, PersonView},
};

/// An owner who has not accepted the invitation yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WaitingOwner {
    /// Id.
    pub id: UserId,
    /// User name.
    pub username: String,
    /// Where the invitation goes.
    pub email: String,
}

/// The owners who were invited and have not accepted; none as soon as one owner has.
///
/// # Errors
/// To whoever is no operator, and for an organisation that is not there.
pub async fn waiting(app: &App, by: By<'_>, slug: &str) -> Result<Vec<WaitingOwner>, OperateError> {
    look(app, by)?;
    let owners = all_waiting(app, slug).await?.into_iter();
    let view = |Account { user, .. }: Account| {
        user.email.map(|email| WaitingOwner { id: user.id, username: user.username, email })
    };
    Ok(owners.filter_map(view).collect())
}

async fn all_waiting(app: &App, slug: &str) -> Result<Vec<Account>, NotAllowed> {
    let found = organisations::by_slug(&app.store, slug).await?.ok_or(NotAllowed::NotFound)?;
    Ok(organisations::waiting_owners(&app.store, found.id).await?)
}

/// Whether the caller is an operator who may send this owner's invitation again, or somebody's where none is named.
///
/// # Errors
/// The same as the use case behind the route, whatever was sent.
pub async fn precheck(
    app: &App,
    caller: &Caller,
    slug: &str,
    user: Option<UserId>,
) -> Result<(), NotAllowed> {
    // With one lock, or as none, they find nobody, as before.
    super::precheck(app, caller, false).map_err(|_| NotAllowed::NotFound)?;
    let waiting = all_waiting(app, slug).await?;
    if !waiting.iter().any(|owner| user.is_none_or(|user| owner.user.id == user)) {
        return Err(NotAllowed::NotFound);
    }
    super::precheck(app, caller, true)
}

/// Sends one owner a fresh link; the one before is dead.
pub async fn invite(app: &App, by: By<'_>, whom: &Whom<'_>) -> Result<PersonView, OperateError> {
    app.transact(|| invite_once(app, by, whom)).await
}

async fn invite_once(app: &App, by: By<'_>, whom: &Whom<'_>) -> Result<PersonView, OperateError> {
    let (round, owners) = Round::on(app, by, whom.tenant, Some(&[whom.user])).await?;
    let owner = owners.first().filter(|owner| is_waiting(owner)).ok_or(NotAllowed::NotFound)?;
    round.send(owner, When::Now).await?;
    let view = PersonView::of(app, owner);
    round.operating.work.commit().await?;
    Ok(view)
}

/// The same for all of them, or for those who are named.
pub async fn invite_all(
    app: &App,
    by: By<'_>,
    slug: &str,
    named: Option<&[UserId]>,
) -> Result<Invited, OperateError> {
    app.transact(|| invite_all_once(app, by, slug, named)).await
}

async fn invite_all_once(
    app: &App,
    by: By<'_>,
    slug: &str,
    named: Option<&[UserId]>,
) -> Result<Invited, OperateError> {
    let (round, owners) = Round::on(app, by, slug, named).await?;
    let mut invited = Invited::default();
    for owner in owners {
        let outcome = if is_waiting(&owner) {
            match round.send(&owner, When::Later { bulk: true }).await {
                Ok(leaves_at) => Ok(leaves_at.unwrap_or(app.now())),
                Err(Unsent::TooMany(_)) => Err(NotInvited::TooManyMails),
                Err(Unsent::Internal(error)) => return Err(error.into()),
            }
        } else {
            Err(NotInvited::NotInvited)
        };
        invited.note(owner.user.id, outcome);
    }
    round.operating.work.commit().await?;
    Ok(invited)
}

/// They may have accepted while they were waited for.
fn is_waiting(owner: &Account) -> bool {
    owner.user.status == Status::Invited
}

/// An organisation whose owners are invited again.
struct Round<'a> {
    operating: Operating<'a>,
}

impl<'a> Round<'a> {
    /// Holds the organisation, the operator, and the owners who wait or those of them who are named; answers the owners.
    async fn on(
        app: &'a App,
        by: By<'a>,
        slug: &str,
        named: Option<&[UserId]>,
    ) -> Result<(Self, Vec<Account>), OperateError> {
        let (operating, found) = Operating::on(app, by, slug).await?;
        let mut owners = organisations::waiting_owners(&operating.work, found.id).await?;
        let waits = |id: &UserId| owners.iter().any(|owner| owner.user.id == *id);
        if owners.is_empty() || !named.is_none_or(|named| named.iter().all(waits)) {
            return Err(NotAllowed::NotFound.into());
        }
        if found.suspended_at.is_some() {
            return Err(OperateError::Suspended);
        }
        owners.retain(|owner| named.is_none_or(|named| named.contains(&owner.user.id)));
        let mut held = Vec::with_capacity(owners.len());
        for owner in owners {
            held.extend(users::hold(&operating.work, owner.user.id).await?);
        }
        Ok((Self { operating }, held))
    }

    /// Sends the link, if there is room in the budgets; answers when it leaves.
    async fn send(&self, owner: &Account, when: When) -> Result<Option<Timestamp>, Unsent> {
        let by = self.operating.actor.as_ref().map(|account| account.user.id);
        let issued = invitation::issue(&self.operating.work, owner, Sending { by, when }).await?;
        let about = About::anonymous(Some(&owner.user)).with(json!({ "link_handed_out": false }));
        self.operating.write(EventKind::InvitationSent, about).await?;
        Ok(issued.leaves_at)
    }
}
