//! Reminders that the server sends by itself as a deadline comes near.

use std::sync::atomic::{AtomicI64, Ordering};

use twinlock_core::{
    clock::Timestamp,
    ids::UserId,
    policy::{self, REMINDER_DAYS, REMINDER_PAUSE_SECS},
};
use twinlock_store::{
    lacking::{self, Turn, Unreminded},
    tenants::{self, Tenant},
    users,
};

use super::{BATCH, By, remind};
use crate::{App, Internal, context::Work, mfa_status};

/// The server looks for people to remind this often, in seconds.
const AUTOMATIC_EVERY_SECS: i64 = 600;
const DAY_SECS: i64 = 86_400;

/// When the server last looked for people to remind.
#[derive(Default)]
pub(crate) struct LastLook(AtomicI64);

impl LastLook {
    fn is_due(&self, now: Timestamp) -> bool {
        let last = self.0.load(Ordering::Relaxed);
        // A clock that was set back makes the next look due, not late.
        let due = !(last..last + AUTOMATIC_EVERY_SECS).contains(&now.secs());
        if due {
            self.0.store(now.secs(), Ordering::Relaxed);
        }
        due
    }
}

/// Reminds whose deadline is 7, 3, 1 or 0 days away, once for each. Several nodes may do it at once.
pub(crate) async fn automatic(app: &App) -> Result<(), Internal> {
    let now = app.now();
    if !app.config.mfa_enabled || !app.last_reminders.is_due(now) {
        return Ok(());
    }
    let mut after = String::new();
    loop {
        let page = tenants::active(&app.store, &after, BATCH).await?;
        for tenant in &page {
            of_tenant(app, tenant, now).await?;
        }
        match page.last() {
            Some(last) => after.clone_from(&last.slug),
            None => return Ok(()),
        }
    }
}

async fn of_tenant(app: &App, tenant: &Tenant, now: Timestamp) -> Result<(), Internal> {
    let settings = &tenant.settings;
    let Some(enforced_at) = settings.mfa_enforced_at.filter(|_| settings.mfa_required) else {
        return Ok(());
    };
    let deadline = policy::grace_end(settings, enforced_at);
    if let Some(since) = policy::reminder_moment(deadline, now) {
        round(app, tenant, Turn::Tenants { enforced_at }, since).await?;
    }
    let (from, to) = (now.plus_secs(-DAY_SECS), now.plus_secs((REMINDER_DAYS[0] + 1) * DAY_SECS));
    round(app, tenant, Turn::Own { from, to }, now).await
}

/// Goes through the people whose turn it may be, page by page.
async fn round(app: &App, tenant: &Tenant, turn: Turn, since: Timestamp) -> Result<(), Internal> {
    let now = app.now();
    let not_since = since.min(now.plus_secs(-REMINDER_PAUSE_SECS));
    let allowed = tenant.settings.mfa_allowed_methods;
    let whom = Unreminded { tenant: tenant.id, allowed, turn, not_since };
    let mut after = None;
    loop {
        let people = lacking::to_remind(&app.store, &whom, after, BATCH).await?;
        for account in &people {
            app.transact(|| one(app, account.user.id, now)).await?;
        }
        match people.last() {
            Some(last) => after = Some(last.user.id),
            None => return Ok(()),
        }
    }
}

/// Asks the pure rule once more, of the account as it is now.
async fn one(app: &App, id: UserId, now: Timestamp) -> Result<(), Internal> {
    let work = Work::of_server(app).await?;
    let Some(account) = users::hold(&work, id).await? else { return Ok(()) };
    let due = mfa_status::deadline(&account, now)
        .is_some_and(|deadline| policy::reminder_due(deadline, account.user.reminded_at, now));
    if due {
        let _ = remind(&work, &account, By::Server).await?;
    }
    Ok(work.commit().await?)
}
