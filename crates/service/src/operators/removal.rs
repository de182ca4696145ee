//! The end of an organisation whose waiting period is over: bit by bit, so that nothing waits for it for long.

use serde_json::json;
use twinlock_core::{audit::EventKind, tenant::SYSTEM_SLUG};
use twinlock_store::{
    organisations::{self, Organisation},
    tenants,
};

use crate::{App, Internal, audit_log::About, context::Work};

/// People removed at a time, each with all that is theirs.
const PEOPLE_AT_A_TIME: u32 = 200;
/// Events removed at a time.
const EVENTS_AT_A_TIME: u32 = 1000;
/// So often in one round of maintenance; the next round goes on.
const AT_MOST: u32 = 50;

/// Removes what is due.
pub(crate) async fn carry_out(app: &App) -> Result<(), Internal> {
    for _ in 0..AT_MOST {
        let Some(found) = organisations::due(&app.store, app.now()).await? else { return Ok(()) };
        app.transact(|| remove_some(app, &found)).await?;
    }
    Ok(())
}

/// People first, then the log, and when nothing is left, the organisation itself. Whether it is still to go is
/// asked anew each time, with the organisation held.
async fn remove_some(app: &App, due: &Organisation) -> Result<(), Internal> {
    let now = app.now();
    let work = Work::of_server(app).await?;
    let held = organisations::hold(&work, &due.slug).await?;
    let Some(held) = held.filter(|held| held.id == due.id && held.delete_at.is_some_and(|at| at <= now))
    else {
        return Ok(());
    };
    let removed = organisations::remove_people(&work, held.id, PEOPLE_AT_A_TIME).await? > 0
        || organisations::remove_events(&work, held.id, EVENTS_AT_A_TIME).await? > 0;
    if !removed && organisations::remove(&work, held.id, now).await? {
        let operators = tenants::by_slug(&work, SYSTEM_SLUG).await?.map(|tenant| tenant.id);
        let detail = json!({ "id": held.slug, "name": held.name });
        let about = About { tenant: operators, ..About::anonymous(None) }.with(detail);
        work.record(EventKind::TenantDeleted, about).await?;
    }
    work.commit().await?;
    Ok(())
}
