//! What a change of the settings would do to people, in numbers.

use twinlock_core::{clock::Timestamp, ids::TenantId, policy, tenant::Settings, user::Power};
use twinlock_store::{
    StoreError,
    lacking::{self, Tally, Terms},
    sessions as live, tenants, user_counts, users,
};

use super::{SettingsError, SettingsPatch, changed, complies, turns_on};
use crate::{
    App, Caller,
    administration::{self, NotAllowed},
};

/// What a change does to people, in numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Impact {
    /// Whether the caller has a second factor of an allowed kind, without which they cannot save.
    pub caller_complies: bool,
    /// People, active or invited.
    pub users_total: u64,
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
    let turned_on = turns_on(&before.settings, &after);
    let tenant = before.id;
    let counts = user_counts::of_tenant(&app.store, tenant).await?;
    let due = due(app, tenant, &after, !turned_on).await?;
    let session = caller.live.session.id;
    Ok(Impact {
        caller_complies: complies(&account, &after),
        users_total: counts.iter().map(|counted| counted.people).sum(),
        users_blocked_now: due.blocked,
        users_in_grace: due.in_grace,
        deadline: deadline(app, &after),
        sessions_ended: if turned_on {
            live::count_of_tenant(&app.store, tenant, session, app.now()).await?
        } else {
            0
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
    let Some(enforced_at) = settings.mfa_enforced_at.filter(|_| app.config.mfa_enabled) else {
        return Ok(Tally::default());
    };
    let grace_end = policy::grace_end(settings, enforced_at);
    let terms = Terms { allowed: settings.mfa_allowed_methods, enforced_at, grace_end, own_deadlines };
    lacking::tally(&app.store, tenant, &terms, app.now()).await
}
