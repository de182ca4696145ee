//! Enrollment over time: what every organisation was at the beginning of each day, and is now.

use twinlock_core::{clock::Day, user::Power};
pub use twinlock_store::enrollment_days::Counted;
use twinlock_store::{enrollment_days, tenants, user_counts};

use crate::{
    App, Caller, Internal,
    administration::{self, NotAllowed},
    context::Work,
    mfa_status,
};

/// How many days are kept, today included.
pub const DAYS: u32 = 400;

/// The last `days` days of the caller's tenant, oldest first; those on which no server ran are missing. Today is as it
/// is now. Who is enrolled is told by the kinds that count now, as everywhere else.
pub async fn of_tenant(
    app: &App,
    caller: &Caller,
    slug: &str,
    days: u32,
) -> Result<Vec<Counted>, NotAllowed> {
    administration::look(app, caller, slug, Power::SeePeople)?;
    let tenant = tenants::by_slug(&app.store, slug).await?.ok_or(NotAllowed::NotFound)?;
    let (allowed, today) = (tenant.settings.mfa_allowed_methods, Day::of(app.now()));
    let first = today.plus(1 - i64::from(days.clamp(1, DAYS)));
    let mut history = enrollment_days::of_tenant(&app.store, tenant.id, allowed, first..today).await?;
    let counts = user_counts::of_tenant(&app.store, tenant.id).await?;
    let numbers = mfa_status::summed(&tenant.settings, &counts, app.now());
    history.push(Counted { day: today, people: numbers.total, enrolled: numbers.enrolled });
    Ok(history)
}

/// Writes today down, once for all nodes, and forgets what is too old.
pub(crate) async fn note(app: &App) -> Result<(), Internal> {
    let today = Day::of(app.now());
    if enrollment_days::is_written(&app.store, today).await? {
        return Ok(());
    }
    app.transact(|| write(app, today)).await
}

async fn write(app: &App, today: Day) -> Result<(), Internal> {
    let work = Work::of_server(app).await?;
    if enrollment_days::write(&work, today).await? {
        enrollment_days::forget(&work, today.plus(1 - i64::from(DAYS)), today).await?;
    }
    Ok(work.commit().await?)
}
