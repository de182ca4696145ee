//! Who somebody is, as the command line changes it: names, address, role, or gone for good. It is the only way among
//! operators, where the network changes nothing.

use serde_json::{Value, json};
use twinlock_core::{
    audit::EventKind,
    user::{Role, Status},
};
use twinlock_store::{
    links::{self, LinkPurpose},
    people, tenants,
    users::{self, Account, User},
};

use super::{AdminError, find, missing, record, tell};
use crate::{
    App, Internal, UserView,
    account::change_address,
    context::Work,
    endings,
    mail::{AdminNotice, LetterKind},
    people::{
        PersonChange, PersonError,
        wish::{Renamed, Wish},
    },
};

/// Changes a person: all that is wanted, or nothing. An address needs no link; for 72 hours codes and links for a new
/// password still go to the one before, as after any change. Somebody who was only invited needs a new invitation.
///
/// # Errors
/// A field that cannot be used, a name that somebody else has, the last owner's role.
pub async fn change(
    app: &App,
    slug: &str,
    name: &str,
    wanted: &PersonChange,
) -> Result<UserView, AdminError> {
    app.transact(|| change_once(app, slug, name, wanted)).await
}

async fn change_once(
    app: &App,
    slug: &str,
    name: &str,
    wanted: &PersonChange,
) -> Result<UserView, AdminError> {
    let (work, account) = hold(app, slug, name).await?;
    let wish = Wish::of(&account.user, wanted).map_err(|error| match error {
        PersonError::Invalid(problems) => AdminError::Invalid(problems),
        _ => AdminError::Invited,
    })?;
    if wish.role.is_some() {
        may_lose(&work, &account).await?;
    }
    let change = Change { work: &work, account: &account };
    change.names(&wish).await?;
    change.role(&wish).await?;
    change.address(&wish).await?;
    if wish != Wish::default() {
        tell(&work, &account, "was changed").await?;
    }
    let account = users::account(&work, account.user.id).await?.ok_or_else(|| missing(slug, name))?;
    work.commit().await?;
    Ok(UserView::of(app, &account))
}

/// Deletes a person and everything of theirs; the audit log keeps what they did.
///
/// # Errors
/// Nobody of this name, or the last owner.
pub async fn delete(app: &App, slug: &str, name: &str) -> Result<UserView, AdminError> {
    app.transact(|| delete_once(app, slug, name)).await
}

async fn delete_once(app: &App, slug: &str, name: &str) -> Result<UserView, AdminError> {
    let (work, account) = hold(app, slug, name).await?;
    may_lose(&work, &account).await?;
    let user = &account.user;
    let detail = json!({ "username": user.username, "role": user.role, "status": user.status });
    record(&work, EventKind::UserDeleted, &account, detail).await?;
    work.notify(&account, LetterKind::ByAdministrator(AdminNotice::Deleted)).await?;
    users::remove(&work, user).await?;
    tell(&work, &account, "was deleted").await?;
    let view = UserView::of(app, &account);
    work.commit().await?;
    Ok(view)
}

/// The account with its tenant held first, for names of a tenant change one after the other.
async fn hold<'a>(app: &'a App, slug: &str, name: &str) -> Result<(Work<'a>, Account), AdminError> {
    let found = find(app, slug, name).await?;
    let work = Work::at_command_line(app).await?;
    tenants::hold(&work, found.tenant.id).await?.ok_or_else(|| missing(slug, name))?;
    let account = users::hold(&work, found.user.id).await?.ok_or_else(|| missing(slug, name))?;
    Ok((work, account))
}

/// Somebody else must own the tenant before an owner goes.
async fn may_lose(work: &Work<'_>, account: &Account) -> Result<(), AdminError> {
    let owns = account.user.role == Role::Owner && account.user.status == Status::Active;
    if owns && !users::has_other_owner(work, &account.user).await? {
        return Err(AdminError::LastOwner(account.user.username.clone()));
    }
    Ok(())
}

/// A change under way: the account is held.
struct Change<'a> {
    work: &'a Work<'a>,
    account: &'a Account,
}

impl Change<'_> {
    async fn names(&self, wish: &Wish) -> Result<(), AdminError> {
        if !wish.renames() {
            return Ok(());
        }
        let Renamed { new, detail } = wish.renamed(&self.account.user);
        people::set_names(self.work, &new).await?;
        self.record(EventKind::UserRenamed, detail).await?;
        match &wish.username {
            Some(username) => self.notify(AdminNotice::Renamed { username: username.clone() }).await,
            None => Ok(()),
        }
    }

    async fn role(&self, wish: &Wish) -> Result<(), AdminError> {
        let Some(role) = wish.role else { return Ok(()) };
        people::set_role(self.work, self.account.user.id, role).await?;
        self.record(EventKind::UserRoleChanged, json!({ "old": self.account.user.role, "new": role }))
            .await?;
        self.notify(AdminNotice::RoleChanged { role }).await
    }

    async fn address(&self, wish: &Wish) -> Result<(), AdminError> {
        let Some(email) = &wish.email else { return Ok(()) };
        if !users::is_free(self.work, self.account, email).await? {
            return Err(AdminError::Taken);
        }
        let user = self.account.user.id;
        let current = self.current().await?;
        if current.user.status == Status::Invited {
            // Nothing was confirmed yet. The invitation is sent again by an act of its own.
            people::set_names(self.work, &User { email: Some(email.clone()), ..current.user }).await?;
            links::revoke(self.work, LinkPurpose::Invitation, Some(user)).await?;
        } else {
            change_address(self.work, &current, email).await?;
        }
        // What somebody asked for before must not take its place.
        links::revoke(self.work, LinkPurpose::ConfirmEmail, Some(user)).await?;
        endings::of_new_address(self.work, user).await?;
        self.record(EventKind::EmailConfirmed, json!({ "at_command_line": true })).await?;
        // Both hear of it, the one before and the one from now on.
        Ok(self.work.notify(&self.current().await?, LetterKind::EmailChanged).await?)
    }

    /// The account after what was changed so far.
    async fn current(&self) -> Result<Account, Internal> {
        let found = users::account(self.work, self.account.user.id).await?;
        found.ok_or(Internal::Broken("an account that is held is not there"))
    }

    async fn record(&self, kind: EventKind, detail: Value) -> Result<(), AdminError> {
        Ok(record(self.work, kind, self.account, detail).await?)
    }

    async fn notify(&self, notice: AdminNotice) -> Result<(), AdminError> {
        Ok(self.work.notify(self.account, LetterKind::ByAdministrator(notice)).await?)
    }
}
