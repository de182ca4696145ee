//! A new account: with a password, or with an invitation to choose one.

use secrecy::SecretString;
use serde_json::{Value, json};
use twinlock_core::{
    audit::EventKind,
    tenant::SYSTEM_SLUG,
    user::{Power, Role, Status},
};
use twinlock_store::{
    operator_approvals, people,
    users::{self, Account},
};

use super::{
    PersonError, PersonView,
    invite::{self, Inviting},
};
use crate::{
    App, Caller, Client, Internal,
    administration::{self, Acting, NotAllowed},
    audit_log::About,
    mail::When,
    operators::{self, approval},
    setup::provision::{self, NewUser, Texts},
};

/// A person to be made.
pub struct NewPerson {
    /// User name.
    pub username: String,
    /// Address.
    pub email: Option<String>,
    /// Name for people; the user name where none is given.
    pub display_name: Option<String>,
    /// Password; without one an invitation is made.
    pub password: Option<SecretString>,
    /// Role.
    pub role: Role,
}

/// A person just made, or just invited again.
#[derive(Debug)]
pub struct Created {
    /// The account.
    pub person: PersonView,
    /// The link of the invitation, where there is no address that it could be mailed to.
    pub invitation: Option<String>,
}

/// Makes a person in the caller's tenant.
pub async fn create(
    app: &App,
    client: &Client,
    caller: &Caller,
    tenant: &str,
    wanted: NewPerson,
) -> Result<Created, PersonError> {
    administration::may_act(app, caller, tenant, Power::Administer)?;
    let known = &caller.live.account;
    may_give(known.user.role, wanted.role)?;
    administration::require_factor_to_give(app, known, wanted.role)?;
    let texts = Texts::check(&wanted.username, wanted.email.as_deref(), wanted.display_name.as_deref())
        .map_err(PersonError::Invalid)?;
    if operators::is_at_home(caller) {
        approval::check(wanted.password.is_some(), texts.email.as_ref())?;
    }
    let password_hash = match &wanted.password {
        Some(password) => Some(texts.hash(app, &known.tenant, password).await?),
        None => None,
    };
    let status = if password_hash.is_some() { Status::Active } else { Status::Invited };
    let new =
        NewUser { texts, role: wanted.role, status, password_hash, must_change: true, created_at: None };
    app.transact(|| create_once(app, client, caller, tenant, new.clone())).await
}

async fn create_once(
    app: &App,
    client: &Client,
    caller: &Caller,
    tenant: &str,
    new: NewUser,
) -> Result<Created, PersonError> {
    let acting = administration::act(app, client, caller, tenant, Power::Administer).await?;
    may_give(acting.actor.user.role, new.role)?;
    acting.require_factor_to_give(new.role)?;
    let taken = taken(&acting, &new.texts).await?;
    if !taken.is_empty() {
        return Err(PersonError::Taken(taken));
    }
    write(acting, new).await
}

/// The fields whose names are somebody's already.
async fn taken(acting: &Acting<'_>, texts: &Texts) -> Result<Vec<&'static str>, PersonError> {
    let fields = texts.keys();
    let keys: Vec<_> = fields.iter().map(|(_, key)| key.clone()).collect();
    let taken = people::taken(&acting.work, acting.actor.tenant.id, &keys).await?;
    Ok(fields.into_iter().filter(|(_, key)| taken.contains(key.as_str())).map(|(field, _)| field).collect())
}

/// Only an owner makes others what they are, or more.
pub(super) fn may_give(actor: Role, role: Role) -> Result<(), NotAllowed> {
    if actor.outranks(role) { Ok(()) } else { Err(NotAllowed::Forbidden) }
}

async fn write(acting: Acting<'_>, new: NewUser) -> Result<Created, PersonError> {
    let account = insert(&acting, new, json!({})).await?;
    if acting.actor.tenant.slug == SYSTEM_SLUG {
        return wait(acting, &account).await;
    }
    let Acting { work, actor } = acting;
    let invitation = match account.user.status {
        Status::Invited => {
            let who = Inviting { actor: &actor, target: &account, when: When::Later { bulk: false } };
            invite::send(&work, &who).await?.link
        }
        _ => None,
    };
    let person = PersonView::of(work.app, &account);
    work.commit().await?;
    Ok(Created { person, invitation })
}

/// Among operators nothing is sent yet: another one has to say yes.
async fn wait(acting: Acting<'_>, account: &Account) -> Result<Created, PersonError> {
    approval::ask(&acting, account).await?;
    let waiting = operator_approvals::of_user(&acting.work, account.user.id).await?;
    let person = PersonView::of(acting.app, account).awaiting(waiting.as_ref());
    acting.work.commit().await?;
    Ok(Created { person, invitation: None })
}

/// Stores and records a person; the audit log has `detail` besides the role.
pub(super) async fn insert(
    acting: &Acting<'_>,
    new: NewUser,
    mut detail: Value,
) -> Result<Account, PersonError> {
    let (work, actor) = (&acting.work, &acting.actor);
    let user = provision::insert_user(work, actor.tenant.id, new).await?;
    let account =
        users::account(work, user.id).await?.ok_or(Internal::Broken("the new account is not there"))?;
    detail["role"] = json!(user.role);
    let about = About::by(&actor.user, &account.user).with(detail);
    work.record(EventKind::UserCreated, about).await?;
    Ok(account)
}
