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
        rename(&operating, &found, name).await?;
    }
    match patch.suspended {
        Some(true) => suspend(&operating, &found).await?,
        Some(false) => resume(&operating, &found).await?,
        None => {}
    }
    finish(operating, slug).await
}

async fn rename(operating: &Operating<'_>, found: &Organisation, name: &str) -> Result<(), OperateError> {
    let name = validate_display_name(name)
        .map_err(|problem| OperateError::Invalid(vec![FieldProblem { field: "tenant_name", problem }]))?;
    if name == found.name {
        return Ok(());
    }
    organisations::rename(&operating.work, found.id, &name).await?;
    let detail = json!({ "old": found.name, "new": name });
    Ok(operating.record(found.id, EventKind::TenantRenamed, detail).await?)
}

async fn suspend(operating: &Operating<'_>, found: &Organisation) -> Result<(), OperateError> {
    if !organisations::suspend(&operating.work, found.id, operating.work.now).await? {
        return Ok(());
    }
    let ended = organisations::end_everything(&operating.work, found.id, operating.work.now).await?;
    let detail = json!({ "sessions_ended": ended });
    Ok(operating.record(found.id, EventKind::TenantSuspended, detail).await?)
}

async fn resume(operating: &Operating<'_>, found: &Organisation) -> Result<(), OperateError> {
    if found.delete_at.is_some() {
        return Err(OperateError::ToBeDeleted);
    }
    if !organisations::resume(&operating.work, found.id).await? {
        return Ok(());
    }
    Ok(operating.record(found.id, EventKind::TenantResumed, json!({})).await?)
}

/// Has an organisation deleted when the waiting period is over; until then it is suspended. Asking twice changes
/// nothing.
pub async fn delete(app: &App, by: By<'_>, slug: &str) -> Result<OrganisationView, OperateError> {
    app.transact(|| delete_once(app, by, slug)).await
}

async fn delete_once(app: &App, by: By<'_>, slug: &str) -> Result<OrganisationView, OperateError> {
    let (operating, found) = Operating::on(app, by, slug).await?;
    let at = app.now().plus_secs(DELETION_WAIT_SECS);
    if organisations::plan_deletion(&operating.work, found.id, at).await? {
        let detail = json!({ "delete_at": at });
        operating.record(found.id, EventKind::TenantDeletionPlanned, detail).await?;
        suspend(&operating, &found).await?;
    }
    finish(operating, slug).await
}

/// Keeps an organisation that was to be deleted. It stays suspended until somebody lets its people in again.
pub async fn restore(app: &App, by: By<'_>, slug: &str) -> Result<OrganisationView, OperateError> {
    app.transact(|| restore_once(app, by, slug)).await
}

async fn restore_once(app: &App, by: By<'_>, slug: &str) -> Result<OrganisationView, OperateError> {
    let (operating, found) = Operating::on(app, by, slug).await?;
    if !organisations::keep(&operating.work, found.id, operating.work.now).await? {
        return Err(OperateError::NotToBeDeleted);
    }
    operating.record(found.id, EventKind::TenantRestored, json!({})).await?;
    finish(operating, slug).await
}

/// Answers how things stand now.
async fn finish(operating: Operating<'_>, slug: &str) -> Result<OrganisationView, OperateError> {
    let now = organisations::by_slug(&operating.work, slug).await?.ok_or(NotAllowed::NotFound)?;
    operating.work.commit().await?;
    Ok(now.into())
}
