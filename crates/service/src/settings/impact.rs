//! What a change of the settings would do to people, in numbers.

use twinlock_core::{
    clock::Timestamp,
    ids::TenantId,
    policy::{self, Person},
    tenant::Settings,
    user::Power,
};
use twinlock_store::{
    StoreError, in_charge,
    lacking::{self, Tally, Terms},
    sessions as live, tenants, user_counts,
    users::{self, Account},
};

use super::{SettingsError, SettingsPatch, Start, changed, complies};
use crate::{
    App, Caller,
    administration::{self, NotAllowed},
};

/// What a change does to people, in numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Impact {
    /// Whether the caller has a second factor of an allowed kind, without which they cannot save.
    pub caller_complies: bool,
    /// People who can sign in.
    pub users_total: u64,
    /// Those who have not accepted their invitation yet, besides.
    pub users_invited: u64,
    /// Those who must enrol before anything else.
    pub users_blocked_now: u64,
    /// Those who must enrol by a deadline.
    pub users_in_grace: u64,
    /// The deadline of who has none of their own, where it is to come.
    pub deadline: Option<Timestamp>,
    /// Sessions that end when this is saved.
    pub sessions_ended: u64,
    /// People without an address: no reminder and no code reaches them.
    pub users_without_email: u64,
}

/// What a change would do, without doing it. Needs no fresh proof: nothing changes.
pub async fn preview(
    app: &App,
    caller: &Caller,
    slug: &str,
    change: (SettingsPatch, Option<i64>),
) -> Result<Impact, SettingsError> {
    administration::look(app, caller, slug, Power::Administer)?;
    let before = tenants::by_slug(&app.store, slug).await?.ok_or(NotAllowed::NotFound)?;
    let after = changed(app, &before, change)?;
    let account = users::account(&app.store, caller.live.account.user.id).await?;
    let account = account.ok_or(NotAllowed::Ended)?;
    let starts = Start::of(&before.settings, &after);
    let tenant = before.id;
    let counts = user_counts::of_tenant(&app.store, tenant).await?;
    let due = due(app, tenant, &after, starts != Some(Start::ForAll)).await?;
    let (session, now) = (caller.live.session.id, app.now());
    Ok(Impact {
        caller_complies: complies(&account, &after),
        users_total: counts.iter().map(|counted| counted.people).sum(),
        users_invited: counts.iter().map(|counted| counted.invited).sum(),
        users_blocked_now: due.blocked,
        users_in_grace: due.in_grace,
        deadline: deadline(app, &after),
        sessions_ended: match starts {
            Some(Start::ForAll) => live::count_of_tenant(&app.store, tenant, session, now).await?,
            Some(Start::ForAdmins) => in_charge::count_sessions(&app.store, tenant, session, now).await?,
            None => 0,
        },
        users_without_email: lacking::without_address(&app.store, tenant).await?,
    })
}

fn deadline(app: &App, settings: &Settings) -> Option<Timestamp> {
    let enforced_at = settings.mfa_enforced_at.filter(|_| app.config.mfa_enabled && settings.mfa_required)?;
    Some(policy::grace_end(settings, enforced_at)).filter(|end| app.now() < *end)
}

/// Who owes a factor under these settings.
async fn due(
    app: &App,
    tenant: TenantId,
    settings: &Settings,
    own_deadlines: bool,
) -> Result<Tally, StoreError> {
    if !app.config.mfa_enabled {
        return Ok(Tally::default());
    }
    let mut tally = match settings.mfa_enforced_at {
        Some(enforced_at) => {
            let grace_end = policy::grace_end(settings, enforced_at);
            let terms =
                Terms { allowed: settings.mfa_allowed_methods, enforced_at, grace_end, own_deadlines };
            lacking::tally(&app.store, tenant, &terms, app.now()).await?
        }
        None => Tally::default(),
    };
    if settings.mfa_required_for_admins {
        for account in in_charge::administrators_of_counts(&app.store, tenant).await? {
            add_admin(&mut tally, &account, settings, own_deadlines, app.now());
        }
    }
    Ok(tally)
}

/// An owner or administrator owes a factor at once, whatever time the others have who were counted.
fn add_admin(tally: &mut Tally, account: &Account, settings: &Settings, own_deadlines: bool, now: Timestamp) {
    let user = &account.user;
    let deadline = user.mfa_deadline.filter(|_| own_deadlines);
    let kinds = account.factors.kinds();
    let person = Person { role: user.role, created_at: user.created_at, kinds, deadline };
    let as_others = Settings { mfa_required_for_admins: false, ..settings.clone() };
    let counted = policy::obligation(&as_others, &person, now);
    if !policy::obligation(settings, &person, now).is_due_now() || counted.is_due_now() {
        return;
    }
    tally.blocked += 1;
    if counted.deadline().is_some() {
        tally.in_grace = tally.in_grace.saturating_sub(1);
    }
}
