//! An organisation is renamed, suspended, let in again, deleted after a while, or kept after all.

use serde_json::json;
use twinlock_core::{audit::EventKind, name::validate_display_name, tenant::DELETION_WAIT_SECS};
use twinlock_store::organisations::{self, Organisation};

use super::{By, OperateError, Operating, OrganisationView};
use crate::{App, administration::NotAllowed, setup::FieldProblem};

/// What to change; what is none stays.
#[derive(Debug, Clone, Default)]
pub struct OrganisationPatch {
    /// Its name for people.
    pub name: Option<String>,
    /// Whether nobody can sign in.
    pub suspended: Option<bool>,
}

/// Changes an organisation. Suspending ends at once whatever is open for its people.
pub async fn change(
    app: &App,
    by: By<'_>,
    slug: &str,
    patch: OrganisationPatch,
) -> Result<OrganisationView, OperateError> {
    app.transact(|| change_once(app, by, slug, patch.clone())).await
}

async fn change_once(
    app: &App,
    by: By<'_>,
    slug: &str,
    patch: OrganisationPatch,
) -> Result<OrganisationView, OperateError> {
    let (operating, found) = Operating::on(app, by, slug).await?;
    if let Some(name) = &patch.name {
        rename(&operating, app, &found, name).await?;
    }
    match patch.suspended {
        Some(true) => suspend(&operating, app, &found).await?,
        Some(false) => resume(&operating, app, &found).await?,
        None => {}
    }
    finish(operating, app, slug).await
}

async fn rename(
    operating: &Operating<'_>,
    app: &App,
    found: &Organisation,
    name: &str,
) -> Result<(), OperateError> {
    let name = validate_display_name(name)
        .map_err(|problem| OperateError::Invalid(vec![FieldProblem { field: "tenant_name", problem }]))?;
    if name == found.name {
        return Ok(());
    }
    organisations::rename(&operating.tx, found.id, &name).await?;
    let detail = json!({ "old": found.name, "new": name });
    Ok(operating.record(app, found.id, EventKind::TenantRenamed, detail).await?)
}

async fn suspend(operating: &Operating<'_>, app: &App, found: &Organisation) -> Result<(), OperateError> {
    if !organisations::suspend(&operating.tx, found.id, app.now()).await? {
        return Ok(());
    }
    let ended = organisations::end_everything(&operating.tx, found.id, app.now()).await?;
    let detail = json!({ "sessions_ended": ended });
    Ok(operating.record(app, found.id, EventKind::TenantSuspended, detail).await?)
}

async fn resume(operating: &Operating<'_>, app: &App, found: &Organisation) -> Result<(), OperateError> {
    if found.delete_at.is_some() {
        return Err(OperateError::ToBeDeleted);
    }
    if !organisations::resume(&operating.tx, found.id).await? {
        return Ok(());
    }
    Ok(operating.record(app, found.id, EventKind::TenantResumed, json!({})).await?)
}

/// Has an organisation deleted when the waiting period is over; until then it is suspended. Asking twice changes
/// nothing.
pub async fn delete(app: &App, by: By<'_>, slug: &str) -> Result<OrganisationView, OperateError> {
    app.transact(|| delete_once(app, by, slug)).await
}

async fn delete_once(app: &App, by: By<'_>, slug: &str) -> Result<OrganisationView, OperateError> {
    let (operating, found) = Operating::on(app, by, slug).await?;
    let at = app.now().plus_secs(DELETION_WAIT_SECS);
    if organisations::plan_deletion(&operating.tx, found.id, at).await? {
        let detail = json!({ "delete_at": at });
        operating.record(app, found.id, EventKind::TenantDeletionPlanned, detail).await?;
        suspend(&operating, app, &found).await?;
    }
    finish(operating, app, slug).await
}

/// Keeps an organisation that was to be deleted. It stays suspended until somebody lets its people in again.
pub async fn restore(app: &App, by: By<'_>, slug: &str) -> Result<OrganisationView, OperateError> {
    app.transact(|| restore_once(app, by, slug)).await
}

async fn restore_once(app: &App, by: By<'_>, slug: &str) -> Result<OrganisationView, OperateError> {
    let (operating, found) = Operating::on(app, by, slug).await?;
    if !organisations::keep(&operating.tx, found.id, app.now()).await? {
        return Err(OperateError::NotToBeDeleted);
    }
    operating.record(app, found.id, EventKind::TenantRestored, json!({})).await?;
    finish(operating, app, slug).await
}

/// Answers how things stand now.
async fn finish(operating: Operating<'_>, app: &App, slug: &str) -> Result<OrganisationView, OperateError> {
    let now = organisations::by_slug(&operating.tx, slug).await?.ok_or(NotAllowed::NotFound)?;
    operating.commit(app).await?;
    Ok(now.into())
}
