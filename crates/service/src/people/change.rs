//! Changing somebody's names, address, role or status. Each change is told to them.

use serde_json::{Value, json};
use twinlock_core::{
    audit::EventKind,
    user::{Power, Role, Status},
};
use twinlock_store::{
    StoreError,
    links::{self, LinkPurpose},
    people,
    users::{self, Account, User},
};

use super::{
    PersonError, PersonView,
    create::may_give,
    invite::{self, Inviting},
    wish::{PersonChange, Renamed, Wish},
};
use crate::{
    App, Caller, Client, Internal,
    account::{NewAddress, ask_new_address, masked},
    administration::{self, Acting, ActingOn, Held, Whom},
    audit_log::About,
    context::Work,
    endings,
    mail::{AdminNotice, LetterKind, When},
};

/// Changes a person of the caller's tenant: all that is wished, or nothing.
pub async fn change(
    app: &App,
    client: &Client,
    caller: &Caller,
    whom: &Whom<'_>,
    wanted: &PersonChange,
) -> Result<PersonView, PersonError> {
    app.transact(|| change_once(app, client, caller, whom, wanted)).await
}

async fn change_once(
    app: &App,
    client: &Client,
    caller: &Caller,
    whom: &Whom<'_>,
    wanted: &PersonChange,
) -> Result<PersonView, PersonError> {
    let held = administration::hold(app, client, caller, whom, Power::Administer).await?;
    let wish = Wish::of(&held.target().user, wanted)?;
    if wish.unseats() {
        may_unseat(&held).await?;
    }
    let ActingOn { acting, target } = held.admit(caller)?;
    if let Some(role) = wish.role {
        may_give(acting.actor.user.role, role)?;
    }
    if wish.is_grave() {
        acting.require_factor()?;
    }
    let Acting { work, actor } = acting;
    let change = Change { work: &work, actor: &actor, target: &target };
    change.apply(&wish).await?;
    let view = change.outcome().await?;
    work.commit().await?;
    Ok(view)
}

/// Somebody else must own the tenant before an owner goes. Asked before the caller's role: of two owners who
/// demote each other at once, the second learns why it was not done.
pub(super) async fn may_unseat(held: &Held<'_>) -> Result<(), PersonError> {
    let target = &held.target().user;
    let owns = target.role == Role::Owner && target.status == Status::Active;
    if owns && !held.is_owned_without().await? { Err(PersonError::LastOwner) } else { Ok(()) }
}

/// A conflict is of the one field that is being written.
fn at(field: &'static str) -> impl FnOnce(StoreError) -> PersonError {
    move |error| match error {
        StoreError::Conflict => PersonError::Taken(vec![field]),
        other => other.into(),
    }
}

/// A change under way: both people are held.
struct Change<'a> {
    work: &'a Work<'a>,
    actor: &'a Account,
    target: &'a Account,
}

impl Change<'_> {
    async fn apply(&self, wish: &Wish) -> Result<(), PersonError> {
        if wish.renames() {
            self.names(wish).await?;
        }
        if let Some(role) = wish.role {
            self.role(role).await?;
        }
        if let Some(status) = wish.status {
            self.status(status).await?;
        }
        match &wish.email {
            Some(email) => self.address(email).await,
            None => Ok(()),
        }
    }

    async fn names(&self, wish: &Wish) -> Result<(), PersonError> {
        let Renamed { new, detail } = wish.renamed(&self.target.user);
        people::set_names(self.work, &new).await.map_err(at("username"))?;
        self.record(EventKind::UserRenamed, detail).await?;
        match &wish.username {
            Some(username) => Ok(self.tell(AdminNotice::Renamed { username: username.clone() }).await?),
            None => Ok(()),
        }
    }

    async fn role(&self, role: Role) -> Result<(), PersonError> {
        people::set_role(self.work, self.target.user.id, role).await?;
        let detail = json!({ "old": self.target.user.role, "new": role });
        self.record(EventKind::UserRoleChanged, detail).await?;
        Ok(self.tell(AdminNotice::RoleChanged { role }).await?)
    }

    /// Whatever was open for the person ends either way: a link sent before must not open the account after.
    async fn status(&self, status: Status) -> Result<(), PersonError> {
        let user = &self.target.user;
        users::set_status(self.work, user, status).await?;
        let ended = endings::of_change(self.work, user.id, None).await?;
        let detail = json!({ "old": user.status, "new": status, "sessions_ended": ended });
        self.record(EventKind::UserStatusChanged, detail).await?;
        match status {
            Status::Suspended => self.tell(AdminNotice::Suspended).await?,
            Status::Active => self.tell(AdminNotice::Reactivated).await?,
            Status::Invited => self.invite().await?,
        }
        Ok(())
    }

    /// A new address counts once its link was opened: one of its own, or, for somebody who was only invited,
    /// the invitation itself.
    async fn address(&self, email: &str) -> Result<(), PersonError> {
        if !users::is_free(self.work, self.target, email).await? {
            return Err(PersonError::Taken(vec!["email"]));
        }
        let told = LetterKind::ByAdministrator(AdminNotice::AddressSet { new_masked: masked(email) });
        if self.target.user.password_hash.is_some() {
            let by = About::by(&self.actor.user, &self.target.user);
            let administrator = Some(self.actor);
            let new = NewAddress { account: self.target, email, by, administrator, told };
            return Ok(ask_new_address(self.work, new).await?);
        }
        self.record(EventKind::EmailChangeRequested, json!({ "invited": true })).await?;
        self.work.notify_by(self.actor, self.target, told).await?;
        let current = self.current().await?;
        let new = User { email: Some(email.to_owned()), ..current.user };
        people::set_names(self.work, &new).await.map_err(at("email"))?;
        self.invite().await
    }

    /// Sends the invitation anew to whoever waits for it.
    async fn invite(&self) -> Result<(), PersonError> {
        let current = self.current().await?;
        if current.user.status != Status::Invited {
            return Ok(());
        }
        let who = Inviting { actor: self.actor, target: &current, when: When::Now };
        Ok(invite::send(self.work, &who).await.map(drop)?)
    }

    async fn record(&self, kind: EventKind, detail: Value) -> Result<(), Internal> {
        let about = About::by(&self.actor.user, &self.target.user).with(detail);
        self.work.record(kind, about).await
    }

    async fn tell(&self, notice: AdminNotice) -> Result<(), Internal> {
        self.work.notify_by(self.actor, self.target, LetterKind::ByAdministrator(notice)).await
    }

    /// The person as they are after what was changed so far.
    async fn current(&self) -> Result<Account, Internal> {
        let found = users::account(self.work, self.target.user.id).await?;
        found.ok_or(Internal::Broken("an account that is held is not there"))
    }

    async fn outcome(&self) -> Result<PersonView, PersonError> {
        let user = self.target.user.id;
        let waiting = links::open_of_user(self.work, LinkPurpose::ConfirmEmail, user, self.work.now).await?;
        let email_pending = waiting.and_then(|link| link.address);
        Ok(PersonView { email_pending, ..PersonView::of(self.work.app, &self.current().await?) })
    }
}
