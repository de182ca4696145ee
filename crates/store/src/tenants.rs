//! Tenants and their settings.

use twinlock_core::{clock::Timestamp, ids::TenantId, tenant::Settings};

use crate::{
    Run, Stale, StoreError, Tx,
    row::{FromRow, Row, params},
};

/// An organisation.
#[derive(Debug, Clone)]
pub struct Tenant {
    /// Internal id, never reused.
    pub id: TenantId,
    /// Public id.
    pub slug: String,
    /// Name for people.
    pub name: String,
    /// Its settings.
    pub settings: Settings,
    /// Rises with each change of the settings.
    pub version: i64,
    /// Since when nobody can sign in.
    pub suspended_at: Option<Timestamp>,
    /// When it was made.
    pub created_at: Timestamp,
}

impl FromRow for Tenant {
    fn from_row(row: &Row) -> Result<Self, StoreError> {
        Ok(Self {
            id: row.id("id")?,
            slug: row.text("slug")?,
            name: row.text("name")?,
            settings: row.parsed("settings", |text| serde_json::from_str(text).ok())?,
            version: row.int("version")?,
            suspended_at: row.opt_time("suspended_at")?,
            created_at: row.time("created_at")?,
        })
    }
}

fn settings_text(settings: &Settings) -> Result<String, StoreError> {
    serde_json::to_string(settings).map_err(|_| StoreError::Corrupt("settings"))
}

/// Stores a new tenant; [`StoreError::Conflict`] when the slug is taken.
pub async fn insert(tx: &Tx, tenant: &Tenant) -> Result<(), StoreError> {
    let sql = "INSERT INTO tenants (id, slug, name, settings, version, suspended_at, created_at) \
               VALUES ($1, $2, $3, $4, $5, $6, $7)";
    let settings = settings_text(&tenant.settings)?;
    let (id, slug, name) = (tenant.id, &tenant.slug, &tenant.name);
    let values = params![id, slug, name, settings, tenant.version, tenant.suspended_at, tenant.created_at];
    tx.exec(sql, values).await.map(drop)
}

/// The tenant with this slug.
pub async fn by_slug(run: &impl Run, slug: &str) -> Result<Option<Tenant>, StoreError> {
    run.one("SELECT * FROM tenants WHERE slug = $1", params![slug]).await
}

/// The tenant with this id, held until the end of the transaction.
pub async fn hold(tx: &Tx, id: TenantId) -> Result<Option<Tenant>, StoreError> {
    let sql = format!("SELECT * FROM tenants WHERE id = $1{}", tx.for_update("tenants"));
    tx.one(&sql, params![id]).await
}

/// The first `limit` tenants by name, the reserved one left out.
pub async fn list(run: &impl Run, limit: u32) -> Result<Vec<Tenant>, StoreError> {
    let sql = "SELECT * FROM tenants WHERE slug <> 'system' ORDER BY slug LIMIT $1";
    run.all(sql, params![limit]).await
}

/// Tenants in operation whose slug comes after `after`, by slug, at most `limit`: those that may require a second
/// factor are among them.
pub async fn active(run: &impl Run, after: &str, limit: u32) -> Result<Vec<Tenant>, StoreError> {
    let sql = "SELECT * FROM tenants WHERE slug > $1 AND suspended_at IS NULL ORDER BY slug LIMIT $2";
    run.all(sql, params![after, limit]).await
}

/// Writes settings if `version` is still the stored one; answers whether it was.
pub async fn update_settings(
    tx: &Tx,
    id: TenantId,
    settings: &Settings,
    version: i64,
) -> Result<bool, StoreError> {
    tx.stale(Stale::Tenant(id));
    let sql = "UPDATE tenants SET settings = $1, version = version + 1 WHERE id = $2 AND version = $3";
    Ok(tx.exec(sql, params![settings_text(settings)?, id, version]).await? == 1)
}

/// Whether there is any tenant at all.
pub async fn any(run: &impl Run) -> Result<bool, StoreError> {
    let found: Option<Tenant> = run.one("SELECT * FROM tenants LIMIT 1", params![]).await?;
    Ok(found.is_some())
}
