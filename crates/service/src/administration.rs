//! The one guard of administrative acts: who may look at what of a tenant, and who may act on whom.
//!
//! An act asks everything twice: of the caller as they came, so that a refusal costs nothing, and again of
//! everybody as they are inside the transaction. The tenant is held first, so that the acts of one tenant
//! follow each other, then the people, in the order of their ids.

use twinlock_core::{
    ids::UserId,
    tenant::SYSTEM_SLUG,
    user::{Power, Role},
};
use twinlock_store::{
    tenants,
    users::{self, Account},
};

mod acting;

pub(crate) use acting::{Acting, ActingOn, Held};

use crate::{
    App, Caller, Client, Internal,
    context::Work,
    guard::{self, Act, StepUpRequired},
    operators, sessions,
};

/// Why somebody may not administer.
#[derive(Debug, thiserror::Error)]
pub enum NotAllowed {
    /// No such tenant or person, or not of the caller's tenant: there is no telling which.
    #[error("not found")]
    NotFound,
    /// Not with this role, or not on this person.
    #[error("not allowed")]
    Forbidden,
    /// A fresh proof of a second factor is missing. Without methods: a second factor is.
    #[error(transparent)]
    StepUp(#[from] StepUpRequired),
    /// Operators are changed at the server's command line, or by two of them.
    #[error("operators are changed at the command line")]
    CommandLineOnly,
    /// The session ended meanwhile.
    #[error("the session has ended")]
    Ended,
    /// Nobody's fault.
    #[error(transparent)]
    Internal(#[from] Internal),
}

store_faults_are_internal!(NotAllowed);

/// A person of a tenant, as the path of a request names them.
#[derive(Debug, Clone, Copy)]
pub struct Whom<'a> {
    /// The tenant's slug.
    pub tenant: &'a str,
    /// The person.
    pub user: UserId,
}

/// What an administrative route asks of its caller before it reads what they sent. The use case asks again.
#[derive(Debug, Clone, Copy)]
pub struct Ask<'a> {
    /// The tenant's slug, as the path names it.
    pub tenant: &'a str,
    /// Whom it is about, where it is about somebody.
    pub user: Option<UserId>,
    /// What it takes.
    pub power: Power,
    /// Whether it changes something: then a fresh proof is needed.
    pub acts: bool,
    /// Whether it takes an administrator who has a second factor at all.
    pub factor: bool,
    /// Whether operators may do it among themselves, too.
    pub among_operators: bool,
}

/// Whether the caller may use a route at all.
///
/// # Errors
/// The same as the use case behind the route, whatever was sent.
pub async fn precheck(app: &App, caller: &Caller, ask: &Ask<'_>) -> Result<(), NotAllowed> {
    look(app, caller, ask.tenant, ask.power)?;
    if let Some(user) = ask.user {
        let target = find(app, caller, user).await?;
        // The list shows everybody to whoever sees people; all else is about who is below.
        if ask.acts || ask.power != Power::SeePeople {
            may_act_on(&caller.live.account, &target)?;
        }
    }
    if ask.acts && !ask.among_operators {
        not_among_operators(&caller.live.account)?;
    }
    if ask.acts {
        guard::require(app, &caller.live.account, &caller.live.proofs, Act::Administer)?;
    }
    if ask.factor {
        require_factor(app, &caller.live.account)?;
    }
    Ok(())
}

/// Nobody makes or changes an operator over the network alone: neither their role, address or status nor their second
/// factors.
pub(crate) fn not_among_operators(actor: &Account) -> Result<(), NotAllowed> {
    if actor.tenant.slug == SYSTEM_SLUG { Err(NotAllowed::CommandLineOnly) } else { Ok(()) }
}

/// Whether the caller may look at this part of the tenant's administration.
pub(crate) fn look(app: &App, caller: &Caller, tenant: &str, power: Power) -> Result<(), NotAllowed> {
    let account = &caller.live.account;
    if account.tenant.slug != tenant {
        return Err(NotAllowed::NotFound);
    }
    operators::require_both_locks(app, account)?;
    has(account.user.role, power)
}

fn has(role: Role, power: Power) -> Result<(), NotAllowed> {
    if role.has(power) { Ok(()) } else { Err(NotAllowed::Forbidden) }
}

/// Anybody of the tenant, as the list shows them.
pub(crate) async fn look_at(app: &App, caller: &Caller, whom: &Whom<'_>) -> Result<Account, NotAllowed> {
    look(app, caller, whom.tenant, Power::SeePeople)?;
    find(app, caller, whom.user).await
}

/// Somebody whom the caller may act on, to look at what others need not know of them.
pub(crate) async fn look_into(
    app: &App,
    caller: &Caller,
    whom: &Whom<'_>,
    power: Power,
) -> Result<Account, NotAllowed> {
    look(app, caller, whom.tenant, power)?;
    let target = find(app, caller, whom.user).await?;
    may_act_on(&caller.live.account, &target)?;
    Ok(target)
}

async fn find(app: &App, caller: &Caller, user: UserId) -> Result<Account, NotAllowed> {
    of_tenant(users::account(&app.store, user).await?, &caller.live.account)
}

fn of_tenant(found: Option<Account>, actor: &Account) -> Result<Account, NotAllowed> {
    found.filter(|account| account.tenant.id == actor.tenant.id).ok_or(NotAllowed::NotFound)
}

/// On oneself there are routes of one's own, which ask for more.
fn may_act_on(actor: &Account, target: &Account) -> Result<(), NotAllowed> {
    let other = actor.user.id != target.user.id;
    if other && actor.user.role.outranks(target.user.role) { Ok(()) } else { Err(NotAllowed::Forbidden) }
}

/// Whether the caller, as they came, may act on the tenant: asked before work that an act needs, such as hashing
/// a password.
pub(crate) fn may_act(app: &App, caller: &Caller, tenant: &str, power: Power) -> Result<(), NotAllowed> {
    look(app, caller, tenant, power)?;
    Ok(guard::require(app, &caller.live.account, &caller.live.proofs, Act::Administer)?)
}

/// Begins an act on the tenant itself.
pub(crate) async fn act<'a>(
    app: &'a App,
    client: &'a Client,
    caller: &Caller,
    tenant: &str,
    power: Power,
) -> Result<Acting<'a>, NotAllowed> {
    may_act(app, caller, tenant, power)?;
    let work = Work::begin(app, client).await?;
    tenants::hold(&work, caller.live.account.tenant.id).await?.ok_or(NotAllowed::NotFound)?;
    let actor = sessions::hold_own(&work, caller).await?.ok_or(NotAllowed::Ended)?;
    has(actor.user.role, power)?;
    guard::require(app, &actor, &caller.live.proofs, Act::Administer)?;
    Ok(Acting { work, actor })
}

/// Begins an act on a person; answers them as they are now.
pub(crate) async fn act_on<'a>(
    app: &'a App,
    client: &'a Client,
    caller: &Caller,
    whom: &Whom<'_>,
    power: Power,
) -> Result<ActingOn<'a>, NotAllowed> {
    hold(app, client, caller, whom, power).await?.admit(caller)
}

/// The same for what operators may do among themselves, too.
pub(crate) async fn act_on_anybody<'a>(
    app: &'a App,
    client: &'a Client,
    caller: &Caller,
    whom: &Whom<'_>,
    power: Power,
) -> Result<ActingOn<'a>, NotAllowed> {
    hold_anybody(app, client, caller, whom, power).await?.admit(caller)
}

/// The caller's and a person's accounts and their tenant, held. Refuses at once what it can, and whatever would change
/// an operator.
pub(crate) async fn hold<'a>(
    app: &'a App,
    client: &'a Client,
    caller: &Caller,
    whom: &Whom<'_>,
    power: Power,
) -> Result<Held<'a>, NotAllowed> {
    look_into(app, caller, whom, power).await?;
    not_among_operators(&caller.live.account)?;
    hold_anybody(app, client, caller, whom, power).await
}

/// The same for what operators may do among themselves, too.
pub(crate) async fn hold_anybody<'a>(
    app: &'a App,
    client: &'a Client,
    caller: &Caller,
    whom: &Whom<'_>,
    power: Power,
) -> Result<Held<'a>, NotAllowed> {
    look_into(app, caller, whom, power).await?;
    let known = &caller.live.account;
    guard::require(app, known, &caller.live.proofs, Act::Administer)?;
    let work = Work::begin(app, client).await?;
    tenants::hold(&work, known.tenant.id).await?.ok_or(NotAllowed::NotFound)?;
    let (actor, target) = if known.user.id < whom.user {
        let actor = sessions::hold_own(&work, caller).await?;
        (actor, users::hold(&work, whom.user).await?)
    } else {
        let target = users::hold(&work, whom.user).await?;
        (sessions::hold_own(&work, caller).await?, target)
    };
    let target = of_tenant(target, known)?;
    Ok(Held { work, power, actor, target })
}

/// Acts on another's factors, role, status and address need an administrator who has a factor of their own.
fn require_factor(app: &App, actor: &Account) -> Result<(), StepUpRequired> {
    if actor.factors.any() || !app.config.mfa_enabled {
        Ok(())
    } else {
        Err(StepUpRequired { methods: vec![] })
    }
}

/// Nobody with one lock only makes an owner or administrator: whoever found their session would have one of their own.
pub(crate) fn require_factor_to_give(app: &App, actor: &Account, role: Role) -> Result<(), StepUpRequired> {
    if role.has(Power::Administer) { require_factor(app, actor) } else { Ok(()) }
}
