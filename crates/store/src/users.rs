//! People's accounts: found, made, changed and deleted.

mod changes;
mod names;

use twinlock_core::{
    clock::Timestamp,
    ids::{TenantId, UserId},
    name::{NameKey, ascii_email},
};

pub use changes::{
    clear_failures, clear_mfa_deadlines, rehash, set_display_name, set_enrollment, set_key_failures,
    set_limited_until, set_mfa_deadline, set_password, set_preferred, set_status, set_typed_failures,
    signed_in,
};
pub(crate) use names::put_names;
pub use names::{Named, change_email, is_free, named, release_earlier_names};

pub(crate) use crate::accounts::{ACCOUNT_COLUMNS, FROM_ACCOUNT};
pub use crate::accounts::{Account, FactorCounts, HeldKey, Standing, User, account, hold, lock, lock_all};
use crate::{
    Run, Stale, StoreError, Tx,
    row::{Found, FromRow, Row, params},
    user_counts, user_search,
};

/// The account that signs in to the tenant `slug` under this name.
pub async fn by_login(run: &impl Run, slug: &str, name: &NameKey) -> Result<Option<Account>, StoreError> {
    let sql = format!(
        "SELECT {ACCOUNT_COLUMNS} FROM tenants t JOIN login_names n ON n.tenant_id = t.id \
         JOIN users u ON u.id = n.user_id WHERE t.slug = $1 AND n.name = $2 AND n.until IS NULL"
    );
    run.one(&sql, params![slug, name.as_str()]).await
}

/// The account whose password somebody asks to reset under this name: one it signs in with, or, for a
/// while, the address it had before.
pub async fn by_reset_name(
    run: &impl Run,
    slug: &str,
    name: &NameKey,
    now: Timestamp,
) -> Result<Option<Account>, StoreError> {
    let sql = format!(
        "SELECT {ACCOUNT_COLUMNS} FROM tenants t JOIN login_names n ON n.tenant_id = t.id \
         JOIN users u ON u.id = n.user_id WHERE t.slug = $1 AND n.name = $2 \
         AND (n.until IS NULL OR n.until > $3)"
    );
    run.one(&sql, params![slug, name.as_str(), now]).await
}

/// Accounts of a tenant in the order they were made, after `after`, at most `limit`.
pub async fn of_tenant(
    run: &impl Run,
    tenant: TenantId,
    after: Option<UserId>,
    limit: u32,
) -> Result<Vec<Account>, StoreError> {
    let sql = format!(
        "SELECT {ACCOUNT_COLUMNS} {FROM_ACCOUNT} WHERE u.tenant_id = $1 AND u.id > $2 ORDER BY u.id LIMIT $3"
    );
    let after = after.unwrap_or(UserId(uuid::Uuid::nil()));
    run.all(&sql, params![tenant, after, limit]).await
}

/// Whether somebody else can sign in who owns the tenant. It is held, so nobody's role changes meanwhile.
pub async fn has_other_owner(tx: &Tx, user: &User) -> Result<bool, StoreError> {
    let sql = "SELECT 1 AS n FROM users WHERE tenant_id = $1 AND role = 'owner' AND role <> 'member' \
               AND status = 'active' AND id <> $2 LIMIT 1";
    let found: Option<Found> = tx.one(sql, params![user.tenant_id, user.id]).await?;
    Ok(found.is_some())
}

/// Stores a new account with its names; [`StoreError::Conflict`] when a name is taken.
pub async fn insert(tx: &Tx, user: &User) -> Result<(), StoreError> {
    let sql = "INSERT INTO users (id, tenant_id, username, email, display_name, role, status, \
               password_hash, created_at, password_given_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)";
    let (role, status) = (user.role.as_str(), user.status.as_str());
    let values = params![
        user.id,
        user.tenant_id,
        &user.username,
        user.email.as_deref().map(ascii_email),
        &user.display_name,
        role,
        status,
        user.password_hash.clone(),
        user.created_at,
        user.password_given_at,
    ];
    tx.exec(sql, values).await?;
    put_names(tx, user).await?;
    user_search::index(tx, user).await?;
    user_counts::came(tx, user.tenant_id, user.status).await
}

/// Deletes a person and everything of theirs; the row is held. Their id is never used again.
pub async fn remove(tx: &Tx, held: &User) -> Result<(), StoreError> {
    tx.stale(Stale::User(held.id));
    user_counts::leaves(tx, held.id).await?;
    tx.exec("DELETE FROM users WHERE id = $1", params![held.id]).await.map(drop)
}

struct Handle(Option<Vec<u8>>);

impl FromRow for Handle {
    fn from_row(row: &Row) -> Result<Self, StoreError> {
        Ok(Self(row.opt_bytes("user_handle")?))
    }
}

/// The person's WebAuthn user handle: the one they have, or `fresh` from now on. It says nothing about them.
pub async fn handle_or(tx: &Tx, id: UserId, fresh: &[u8]) -> Result<Vec<u8>, StoreError> {
    let sql = "UPDATE users SET user_handle = coalesce(user_handle, $1) WHERE id = $2 RETURNING user_handle";
    let found: Option<Handle> = tx.one(sql, params![fresh, id]).await?;
    found.and_then(|handle| handle.0).ok_or(StoreError::Corrupt("user_handle"))
}

/// Whether anybody has a second factor (for the warning when the server's switch is off).
pub async fn anybody_enrolled(run: &impl Run) -> Result<bool, StoreError> {
    let sql =
        "SELECT 1 AS n WHERE EXISTS (SELECT 1 FROM totp_factors) OR EXISTS (SELECT 1 FROM security_keys)";
    let found: Option<Found> = run.one(sql, params![]).await?;
    Ok(found.is_some())
}

/// Whether the person ever completed a sign-in from this address (attempts without an account ask for
/// an id that nobody has, so that both cost the same). A sign-in that only led into an enrollment is not complete.
pub async fn knows_address(run: &impl Run, id: UserId, address: &str) -> Result<bool, StoreError> {
    let sql = "SELECT 1 AS n FROM sessions WHERE user_id = $1 AND address = $2 AND purpose = 'full' LIMIT 1";
    let found: Option<Found> = run.one(sql, params![id, address]).await?;
    Ok(found.is_some())
}
