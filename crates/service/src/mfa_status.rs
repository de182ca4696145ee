//! Who of a tenant has a second factor, and who has not: the administrator's dashboard.

use twinlock_core::{
    clock::Timestamp,
    factor::kinds::Kind,
    ids::UserId,
    policy::{self, Obligation, Person},
    tenant::Settings,
    user::Power,
};
use twinlock_store::{
    lacking, reach, tenants,
    user_counts::{self, Counted},
    users::Account,
};

pub use twinlock_store::reach::{MOST as MOST_COUNTED, Reach};

use crate::{
    App, Caller, UserView,
    administration::{self, NotAllowed},
};

/// The numbers of a tenant. People are counted who can sign in; who was only invited so far is counted apart.
#[derive(Debug, Clone)]
pub struct Numbers {
    /// Everybody.
    pub total: u64,
    /// Those who have not accepted their invitation yet, besides.
    pub invited: u64,
    /// Those with a second factor of an allowed kind.
    pub enrolled: u64,
    /// Those with an authenticator app.
    pub totp: u64,
    /// Those with a security key or passkey.
    pub webauthn: u64,
    /// Those with a second factor whom losing one thing locks out.
    pub at_risk: u64,
    /// Whether a factor is required.
    pub required: bool,
    /// Whether owners and administrators must have one, whoever else must.
    pub required_for_admins: bool,
    /// The deadline of who was there when it became required, while it is still to come.
    pub grace_until: Option<Timestamp>,
}

/// Somebody without a second factor that counts.
#[derive(Debug, Clone)]
pub struct Without {
    /// Who.
    pub user: UserView,
    /// Last complete sign-in.
    pub last_sign_in_at: Option<Timestamp>,
    /// Last reminder.
    pub reminded_at: Option<Timestamp>,
    /// By when they must enrol, or had to; none where nothing is required, or where enrollment is due at once.
    pub deadline: Option<Timestamp>,
}

/// The numbers of the caller's tenant.
pub async fn numbers(app: &App, caller: &Caller, slug: &str) -> Result<Numbers, NotAllowed> {
    administration::look(app, caller, slug, Power::SeePeople)?;
    let tenant = tenants::by_slug(&app.store, slug).await?.ok_or(NotAllowed::NotFound)?;
    let counts = user_counts::of_tenant(&app.store, tenant.id).await?;
    Ok(summed(&tenant.settings, &counts, app.now()))
}

pub(crate) fn summed(settings: &Settings, counts: &[Counted], now: Timestamp) -> Numbers {
    let people = |counts: &dyn Fn(&Counted) -> bool, all: &[Counted]| -> u64 {
        all.iter().filter(|counted| counts(counted)).map(|counted| counted.people).sum()
    };
    let allowed = settings.mfa_allowed_methods;
    let enforced_at = settings.mfa_enforced_at.filter(|_| settings.mfa_required);
    let grace = enforced_at.map(|at| policy::grace_end(settings, at)).filter(|end| now < *end);
    Numbers {
        total: people(&|_| true, counts),
        invited: counts.iter().map(|counted| counted.invited).sum(),
        enrolled: people(&|counted| !counted.kinds.and(allowed).is_empty(), counts),
        totp: people(&|counted| counted.kinds.has(Kind::Totp), counts),
        webauthn: people(&|counted| counted.kinds.has(Kind::Webauthn), counts),
        at_risk: counts.iter().map(|counted| counted.at_risk).sum(),
        required: settings.mfa_required,
        required_for_admins: settings.mfa_required_for_admins,
        grace_until: grace,
    }
}

/// How many of those without a factor that counts a reminder would reach now.
pub async fn reach(app: &App, caller: &Caller, slug: &str) -> Result<Reach, NotAllowed> {
    administration::look(app, caller, slug, Power::SeePeople)?;
    let tenant = tenants::by_slug(&app.store, slug).await?.ok_or(NotAllowed::NotFound)?;
    let not_since = app.now().plus_secs(-policy::REMINDER_PAUSE_SECS);
    Ok(reach::of_tenant(&app.store, tenant.id, tenant.settings.mfa_allowed_methods, not_since).await?)
}

/// People without a factor that counts, in the order in which they were made, after `after`.
pub async fn without(
    app: &App,
    caller: &Caller,
    slug: &str,
    after: Option<UserId>,
    limit: u32,
) -> Result<Vec<Without>, NotAllowed> {
    administration::look(app, caller, slug, Power::SeePeople)?;
    let tenant = tenants::by_slug(&app.store, slug).await?.ok_or(NotAllowed::NotFound)?;
    let allowed = tenant.settings.mfa_allowed_methods;
    let people = lacking::page(&app.store, tenant.id, allowed, after, limit).await?;
    Ok(people.iter().map(|account| Without::of(app, account)).collect())
}

impl Without {
    pub(crate) fn of(app: &App, account: &Account) -> Self {
        Self {
            user: UserView::of(app, account),
            last_sign_in_at: account.user.last_sign_in_at,
            reminded_at: account.user.reminded_at,
            deadline: deadline(account, app.now()),
        }
    }
}

/// The deadline of somebody without a factor, whether it is over or not.
pub(crate) fn deadline(account: &Account, now: Timestamp) -> Option<Timestamp> {
    let user = &account.user;
    let kinds = account.factors.kinds();
    let person = Person { role: user.role, created_at: user.created_at, kinds, deadline: user.mfa_deadline };
    match policy::obligation(&account.tenant.settings, &person, now) {
        Obligation::DueBy(at) | Obligation::DueNow(policy::Due::Since(at)) => Some(at),
        Obligation::None | Obligation::DueNow(policy::Due::NewAccount | policy::Due::Administers) => None,
    }
}
