//! Tenants as operators see them: listed, suspended, deleted. The operators' own tenant is never among them.

use twinlock_core::{
    clock::Timestamp,
    ids::{SessionId, TenantId},
};
use uuid::Uuid;

use crate::{
    Run, Stale, StoreError, Tx,
    row::{FromRow, Row, params},
    sessions::{
        self,
        short_lived::{self, End, Of},
    },
    users::{self, ACCOUNT_COLUMNS, Account, FROM_ACCOUNT},
};

/// A tenant from outside: nothing of what its people decide.
#[derive(Debug, Clone)]
pub struct Organisation {
    /// Internal id, never reused.
    pub id: TenantId,
    /// Public id.
    pub slug: String,
    /// Name for people.
    pub name: String,
    /// Since when nobody can sign in.
    pub suspended_at: Option<Timestamp>,
    /// When it goes for good.
    pub delete_at: Option<Timestamp>,
    /// When it was made.
    pub created_at: Timestamp,
    /// Its people, active or invited.
    pub people: u64,
    /// Those of them who have not accepted their invitation yet.
    pub invited: u64,
}

impl FromRow for Organisation {
    fn from_row(row: &Row) -> Result<Self, StoreError> {
        Ok(Self {
            id: row.id("id")?,
            slug: row.text("slug")?,
            name: row.text("name")?,
            suspended_at: row.opt_time("suspended_at")?,
            delete_at: row.opt_time("delete_at")?,
            created_at: row.time("created_at")?,
            people: row.int("people")?.try_into().unwrap_or(0),
            invited: row.int("invited")?.try_into().unwrap_or(0),
        })
    }
}

const SELECT: &str = "SELECT t.id, t.slug, t.name, t.suspended_at, t.delete_at, t.created_at, \
    (SELECT CAST(COALESCE(sum(c.people + c.invited), 0) AS BIGINT) FROM user_counts c WHERE c.tenant_id = t.id) \
    AS people, \
    (SELECT CAST(COALESCE(sum(c.invited), 0) AS BIGINT) FROM user_counts c WHERE c.tenant_id = t.id) AS invited \
    FROM tenants t";

/// Those whose slug comes after `after`, by slug, at most `limit`.
pub async fn list(run: &impl Run, after: &str, limit: u32) -> Result<Vec<Organisation>, StoreError> {
    let sql = format!("{SELECT} WHERE t.slug > $1 AND t.slug <> 'system' ORDER BY t.slug LIMIT $2");
    run.all(&sql, params![after, limit]).await
}

/// The one with this slug.
pub async fn by_slug(run: &impl Run, slug: &str) -> Result<Option<Organisation>, StoreError> {
    run.one(&format!("{SELECT} WHERE t.slug = $1 AND t.slug <> 'system'"), params![slug]).await
}

/// The same, held until the end of the transaction.
pub async fn hold(tx: &Tx, slug: &str) -> Result<Option<Organisation>, StoreError> {
    let sql = format!("{SELECT} WHERE t.slug = $1 AND t.slug <> 'system'{}", tx.for_update("t"));
    tx.one(&sql, params![slug]).await
}

/// Its owners who were invited and have an address, while no owner has accepted; at most 50, by id.
pub async fn waiting_owners(run: &impl Run, id: TenantId) -> Result<Vec<Account>, StoreError> {
    let sql = format!(
        "SELECT {ACCOUNT_COLUMNS} {FROM_ACCOUNT} WHERE u.tenant_id = $1 AND u.role = 'owner' AND u.role <> 'member' \
         AND u.status = 'invited' AND u.email IS NOT NULL AND NOT EXISTS (SELECT 1 FROM users o \
         WHERE o.tenant_id = $1 AND o.role = 'owner' AND o.role <> 'member' AND o.status <> 'invited') \
         ORDER BY u.id LIMIT 50"
    );
    run.all(&sql, params![id]).await
}

/// One whose time is over.
pub async fn due(run: &impl Run, now: Timestamp) -> Result<Option<Organisation>, StoreError> {
    let sql = format!("{SELECT} WHERE t.delete_at <= $1 AND t.slug <> 'system' ORDER BY t.delete_at LIMIT 1");
    run.one(&sql, params![now]).await
}

/// Gives it another name.
pub async fn rename(tx: &Tx, id: TenantId, name: &str) -> Result<(), StoreError> {
    tx.stale(Stale::Tenant(id));
    tx.exec("UPDATE tenants SET name = $1 WHERE id = $2", params![name, id]).await.map(drop)
}

/// Lets nobody sign in any more; answers whether somebody could.
pub async fn suspend(tx: &Tx, id: TenantId, now: Timestamp) -> Result<bool, StoreError> {
    tx.stale(Stale::Tenant(id));
    let sql =
        "UPDATE tenants SET suspended_at = $1 WHERE id = $2 AND suspended_at IS NULL AND slug <> 'system'";
    Ok(tx.exec(sql, params![now, id]).await? == 1)
}

/// Lets people sign in again, unless it is to be deleted; answers whether anything changed.
pub async fn resume(tx: &Tx, id: TenantId) -> Result<bool, StoreError> {
    tx.stale(Stale::Tenant(id));
    let sql = "UPDATE tenants SET suspended_at = NULL \
               WHERE id = $1 AND suspended_at IS NOT NULL AND delete_at IS NULL";
    Ok(tx.exec(sql, params![id]).await? == 1)
}

/// Sets when it goes for good; answers whether that was open.
pub async fn plan_deletion(tx: &Tx, id: TenantId, at: Timestamp) -> Result<bool, StoreError> {
    tx.stale(Stale::Tenant(id));
    let sql = "UPDATE tenants SET delete_at = $1 WHERE id = $2 AND delete_at IS NULL AND slug <> 'system'";
    Ok(tx.exec(sql, params![at, id]).await? == 1)
}

/// Keeps it after all, while its time is not over; answers whether it was in time.
pub async fn keep(tx: &Tx, id: TenantId, now: Timestamp) -> Result<bool, StoreError> {
    tx.stale(Stale::Tenant(id));
    let sql = "UPDATE tenants SET delete_at = NULL WHERE id = $1 AND delete_at > $2";
    Ok(tx.exec(sql, params![id, now]).await? == 1)
}

/// Ends whatever is open for its people. Answers how many sessions were alive.
pub async fn end_everything(tx: &Tx, id: TenantId, now: Timestamp) -> Result<u64, StoreError> {
    users::lock_all(tx, id).await?;
    let alive = sessions::count_of_tenant(tx, id, SessionId(Uuid::nil()), now).await?;
    short_lived::end(tx, Of::Tenant { tenant: id, keep: None }, End::Suspension, now).await?;
    Ok(alive)
}

/// Removes up to `limit` of its people, with all that is theirs; answers how many there were.
pub async fn remove_people(tx: &Tx, id: TenantId, limit: u32) -> Result<u64, StoreError> {
    tx.stale(Stale::Tenant(id));
    let some = "id IN (SELECT id FROM users WHERE tenant_id = $1 ORDER BY id LIMIT $2)";
    tx.clear("users", "id", some, params![id, limit]).await
}

/// Removes up to `limit` of its events; answers how many there were.
pub async fn remove_events(tx: &Tx, id: TenantId, limit: u32) -> Result<u64, StoreError> {
    let sql = "DELETE FROM audit_events WHERE id IN \
               (SELECT id FROM audit_events WHERE tenant_id = $1 ORDER BY id LIMIT $2)";
    tx.exec(sql, params![id, limit]).await
}

/// Removes it, if its time is over; answers whether it was there.
pub async fn remove(tx: &Tx, id: TenantId, now: Timestamp) -> Result<bool, StoreError> {
    tx.stale(Stale::Tenant(id));
    let sql = "DELETE FROM tenants WHERE id = $1 AND delete_at <= $2 AND slug <> 'system'";
    Ok(tx.exec(sql, params![id, now]).await? == 1)
}
