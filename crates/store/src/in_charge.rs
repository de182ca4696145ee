//! A tenant's owners, administrators and helpdesk: few, whatever its size.

use twinlock_core::{
    clock::Timestamp,
    ids::{SessionId, TenantId, UserId},
    session::IDLE_SECS,
    user::{Role, Status},
};

use crate::{
    Run, StoreError, Tx,
    people::{self, Filter},
    row::{Found, FromRow, Row, params},
    sessions::short_lived::{self, ADMINISTRATORS, End, Of},
    users::Account,
};

/// One of them, with what opens their second lock.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InCharge {
    /// Who.
    pub id: UserId,
    /// Under which user name.
    pub username: String,
    /// Whether they can sign in.
    pub status: Status,
    /// Apps and keys together.
    pub factors: u32,
}

impl FromRow for InCharge {
    fn from_row(row: &Row) -> Result<Self, StoreError> {
        Ok(Self {
            id: row.id("id")?,
            username: row.text("username")?,
            status: row.parsed("status", Status::parse)?,
            factors: row.count("factors")?,
        })
    }
}

const SELECT: &str = "SELECT u.id, u.username, u.status, \
    (SELECT count(*) FROM totp_factors f WHERE f.user_id = u.id) \
    + (SELECT count(*) FROM security_keys k WHERE k.user_id = u.id) AS factors FROM users u \
    WHERE u.tenant_id = $1 AND u.role <> 'member' AND u.status <> 'suspended'";

/// The owners who were made first, at most `limit`.
pub async fn owners(run: &impl Run, tenant: TenantId, limit: u32) -> Result<Vec<InCharge>, StoreError> {
    run.all(&format!("{SELECT} AND u.role = 'owner' ORDER BY u.id LIMIT $2"), params![tenant, limit]).await
}

/// Administrators and helpdesk who can sign in without a second factor, at most `limit`.
pub async fn others_without_factor(
    run: &impl Run,
    tenant: TenantId,
    limit: u32,
) -> Result<Vec<InCharge>, StoreError> {
    // In words that no index of those without a factor has: they may be very many, those in charge are few.
    let sql = format!(
        "{SELECT} AND u.status = 'active' AND u.role = $2 \
         AND (u.factor_kinds + 0) = 0 ORDER BY u.id LIMIT $3"
    );
    let mut found: Vec<InCharge> = Vec::new();
    for role in [Role::Admin, Role::Helpdesk] {
        found.extend(run.all(&sql, params![tenant, role.as_str(), limit]).await?);
    }
    found.sort_by_key(|one: &InCharge| one.id);
    found.truncate(usize::try_from(limit).unwrap_or(usize::MAX));
    Ok(found)
}

/// The accounts of a tenant's owners and administrators who can sign in, at most `limit`.
pub async fn administrators(
    run: &impl Run,
    tenant: TenantId,
    limit: u32,
) -> Result<Vec<Account>, StoreError> {
    let mut found: Vec<Account> = Vec::new();
    for role in [Role::Owner, Role::Admin] {
        let filter = Filter { role: Some(role), status: Some(Status::Active), mfa: None };
        found.extend(people::page(run, tenant, filter, None, limit).await?);
    }
    found.truncate(usize::try_from(limit).unwrap_or(usize::MAX));
    Ok(found)
}

/// The accounts of owners and administrators who count among a tenant's people. There are few, whatever its size.
pub async fn administrators_of_counts(run: &impl Run, tenant: TenantId) -> Result<Vec<Account>, StoreError> {
    let mut found: Vec<Account> = Vec::new();
    for role in [Role::Owner, Role::Admin] {
        let filter = Filter { role: Some(role), ..Filter::default() };
        found.extend(people::page(run, tenant, filter, None, MOST).await?);
    }
    found.retain(|account| account.user.status == Status::Active);
    Ok(found)
}

/// No tenant has more of either.
const MOST: u32 = 10_000;

/// Open sessions of owners and administrators but `keep`: how many [`end_sessions`] would end.
pub async fn count_sessions(
    run: &impl Run,
    tenant: TenantId,
    keep: SessionId,
    now: Timestamp,
) -> Result<u64, StoreError> {
    let idle = now.plus_secs(-IDLE_SECS);
    let sql = format!(
        "SELECT count(*) AS n FROM sessions WHERE user_id IN ({ADMINISTRATORS}) AND id <> $2 \
         AND ended_at IS NULL AND expires_at > $3 AND last_used_at > $4"
    );
    let found: Option<Number> = run.one(&sql, params![tenant, keep, now, idle]).await?;
    Ok(found.map_or(0, |Number(n)| n))
}

/// Ends every session of owners and administrators but `keep`, from whom a second factor is required now; answers how many
/// of them were alive.
pub async fn end_sessions(
    tx: &Tx,
    tenant: TenantId,
    keep: SessionId,
    now: Timestamp,
) -> Result<u64, StoreError> {
    let alive = count_sessions(tx, tenant, keep, now).await?;
    short_lived::end(tx, Of::InCharge { tenant, keep }, End::Enforcement, now).await?;
    Ok(alive)
}

struct Number(u64);

impl FromRow for Number {
    fn from_row(row: &Row) -> Result<Self, StoreError> {
        Ok(Self(row.int("n")?.try_into().unwrap_or(0)))
    }
}

/// Whether somebody who can sign in, or is invited, has no address.
pub async fn somebody_without_address(run: &impl Run, tenant: TenantId) -> Result<bool, StoreError> {
    let sql =
        "SELECT 1 AS n FROM users WHERE tenant_id = $1 AND email IS NULL AND status <> 'suspended' LIMIT 1";
    let found: Option<Found> = run.one(sql, params![tenant]).await?;
    Ok(found.is_some())
}
