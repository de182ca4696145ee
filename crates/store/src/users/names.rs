//! The names an account signs in with: its user name, its address, and for a while the address before.

use twinlock_core::{
    clock::Timestamp,
    ids::TenantId,
    name::{NameKey, ascii_email},
    user::EARLIER_ADDRESS_SECS,
};

use super::{ACCOUNT_COLUMNS, Account, User};
use crate::{
    Run, Stale, StoreError, Tx,
    row::{Found, FromRow, Row, params},
    user_search,
};

/// What a tenant's slug and a name lead to.
#[derive(Debug, Clone, Default)]
pub struct Named {
    /// The tenant, where there is one.
    pub tenant: Option<TenantId>,
    /// The account that signs in to it under the name, where there is one.
    pub account: Option<Account>,
}

impl FromRow for Named {
    fn from_row(row: &Row) -> Result<Self, StoreError> {
        let account = row.opt_uuid("u_id")?.map(|_| Account::from_row(row)).transpose()?;
        Ok(Self { tenant: Some(row.id("id")?), account })
    }
}

/// The account that signs in to the tenant `slug` under this name, and the tenant itself: one statement, whatever
/// is found.
pub async fn named(run: &impl Run, slug: &str, name: &NameKey) -> Result<Named, StoreError> {
    let sql = format!(
        "SELECT {ACCOUNT_COLUMNS} FROM tenants t \
         LEFT JOIN login_names n ON n.tenant_id = t.id AND n.name = $2 AND n.until IS NULL \
         LEFT JOIN users u ON u.id = n.user_id WHERE t.slug = $1"
    );
    Ok(run.one(&sql, params![slug, name.as_str()]).await?.unwrap_or_default())
}

/// Takes the names that a person signs in with; [`StoreError::Conflict`] when one is somebody else's.
pub(crate) async fn put_names(tx: &Tx, user: &User) -> Result<(), StoreError> {
    put_name(tx, user, &user.username, "username").await?;
    match &user.email {
        Some(email) => put_name(tx, user, email, "email").await,
        None => Ok(()),
    }
}

async fn put_name(tx: &Tx, user: &User, raw: &str, kind: &str) -> Result<(), StoreError> {
    let key = NameKey::of(raw).ok_or(StoreError::Corrupt("name"))?;
    // A person whose user name is their address has one name.
    let sql = "INSERT INTO login_names (tenant_id, name, user_id, kind) VALUES ($1, $2, $3, $4) \
               ON CONFLICT (tenant_id, name) DO UPDATE SET kind = 'both', until = NULL \
               WHERE login_names.user_id = excluded.user_id";
    let written = tx.exec(sql, params![user.tenant_id, key.as_str(), user.id, kind]).await?;
    if written == 1 { Ok(()) } else { Err(StoreError::Conflict) }
}

/// Replaces the address. The one before is remembered, for it still counts for a while, and stays taken:
/// were it somebody else's name meanwhile, a reset asked for under it would find the wrong account.
pub async fn change_email(tx: &Tx, user: &User, email: &str, now: Timestamp) -> Result<(), StoreError> {
    tx.stale(Stale::User(user.id));
    let sql = "DELETE FROM login_names WHERE user_id = $1 AND kind IN ('email', 'both', 'earlier')";
    tx.exec(sql, params![user.id]).await?;
    put_name(tx, user, &user.username, "username").await?;
    put_name(tx, user, email, "email").await?;
    let sql = "UPDATE users SET earlier_email = email, email = $1, email_changed_at = $2 WHERE id = $3 \
               RETURNING earlier_email";
    let changed: Option<Earlier> = tx.one(sql, params![&ascii_email(email), now, user.id]).await?;
    user_search::reindex(tx, user.id).await?;
    match changed.and_then(|Earlier(email)| NameKey::of(&email?)) {
        Some(key) => reserve(tx, user, &key, now.plus_secs(EARLIER_ADDRESS_SECS)).await,
        None => Ok(()),
    }
}

/// Keeps a name for the person without making it one to sign in with, unless it is that anyway.
async fn reserve(tx: &Tx, user: &User, key: &NameKey, until: Timestamp) -> Result<(), StoreError> {
    let sql = "INSERT INTO login_names (tenant_id, name, user_id, kind, until) \
               VALUES ($1, $2, $3, 'earlier', $4) ON CONFLICT (tenant_id, name) DO NOTHING";
    tx.exec(sql, params![user.tenant_id, key.as_str(), user.id, until]).await.map(drop)
}

/// The address before the last change.
struct Earlier(Option<String>);

impl FromRow for Earlier {
    fn from_row(row: &Row) -> Result<Self, StoreError> {
        row.opt_text("earlier_email").map(Self)
    }
}

/// Lets others have the addresses that were given up long enough ago.
pub async fn release_earlier_names(tx: &Tx, now: Timestamp) -> Result<u64, StoreError> {
    tx.clear("login_names", "tenant_id, name", "until <= $1", params![now]).await
}

/// Whether no other account of the tenant has this name.
pub async fn is_free(run: &impl Run, account: &Account, name: &str) -> Result<bool, StoreError> {
    let Some(key) = NameKey::of(name) else { return Ok(false) };
    let sql = "SELECT 1 AS n FROM login_names WHERE tenant_id = $1 AND name = $2 AND user_id <> $3";
    let taken: Option<Found> =
        run.one(sql, params![account.tenant.id, key.as_str(), account.user.id]).await?;
    Ok(taken.is_none())
}
