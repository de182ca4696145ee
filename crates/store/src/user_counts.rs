//! How many people of a tenant, active or invited, have which kinds of second factor: kept by every change, so that
//! no dashboard counts everybody.

use twinlock_core::{
    factor::kinds::Kinds,
    ids::{TenantId, UserId},
    user::Status,
};

use crate::{
    Run, StoreError, Tx,
    row::{FromRow, Row, params},
};

/// People with exactly these kinds of second factor.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Counted {
    /// The kinds.
    pub kinds: Kinds,
    /// How many people, active or invited.
    pub people: u64,
}

impl FromRow for Counted {
    fn from_row(row: &Row) -> Result<Self, StoreError> {
        Ok(Self { kinds: kinds_of(row, "factor_kinds")?, people: row.int("people")?.try_into().unwrap_or(0) })
    }
}

pub(crate) fn kinds_of(row: &Row, column: &'static str) -> Result<Kinds, StoreError> {
    Kinds::from_bits(row.int(column)?).ok_or(StoreError::Corrupt("factor_kinds"))
}

/// The tenant's counts, one for each set of kinds that somebody has.
pub async fn of_tenant(run: &impl Run, tenant: TenantId) -> Result<Vec<Counted>, StoreError> {
    let sql = "SELECT factor_kinds, people FROM user_counts WHERE tenant_id = $1 ORDER BY factor_kinds";
    run.all(sql, params![tenant]).await
}

/// What an account counts as.
struct Standing {
    tenant: TenantId,
    status: Status,
    recorded: Kinds,
    actual: Kinds,
}

impl FromRow for Standing {
    fn from_row(row: &Row) -> Result<Self, StoreError> {
        Ok(Self {
            tenant: row.id("tenant_id")?,
            status: row.parsed("status", Status::parse)?,
            recorded: kinds_of(row, "factor_kinds")?,
            actual: kinds_of(row, "actual")?,
        })
    }
}

impl Standing {
    fn counts(&self) -> bool {
        is_counted(self.status)
    }
}

/// Whether an account of this status counts among a tenant's people.
pub fn is_counted(status: Status) -> bool {
    matches!(status, Status::Active | Status::Invited)
}

async fn standing(tx: &Tx, user: UserId) -> Result<Option<Standing>, StoreError> {
    let sql = "SELECT tenant_id, status, factor_kinds, \
               CAST(CASE WHEN EXISTS (SELECT 1 FROM totp_factors f WHERE f.user_id = u.id) THEN 1 ELSE 0 END \
               + CASE WHEN EXISTS (SELECT 1 FROM security_keys k WHERE k.user_id = u.id) THEN 2 ELSE 0 END \
               AS BIGINT) AS actual FROM users u WHERE u.id = $1";
    tx.one(sql, params![user]).await
}

/// Records which kinds the person has now. Every change of a factor ends with this, in its transaction.
pub async fn refresh(tx: &Tx, user: UserId) -> Result<(), StoreError> {
    let Some(found) = standing(tx, user).await?.filter(|found| found.recorded != found.actual) else {
        return Ok(());
    };
    let sql = "UPDATE users SET factor_kinds = $1 WHERE id = $2";
    tx.exec(sql, params![found.actual.bits(), user]).await?;
    if !found.counts() {
        return Ok(());
    }
    // In one order everywhere, so that two transactions never wait for each other.
    let mut changes = [(found.recorded, -1), (found.actual, 1)];
    changes.sort_by_key(|(kinds, _)| kinds.bits());
    for (kinds, change) in changes {
        add(tx, found.tenant, kinds, change).await?;
    }
    Ok(())
}

/// Counts a person whose status changes from `old` to `new`.
pub(crate) async fn moved(tx: &Tx, user: UserId, old: Status, new: Status) -> Result<(), StoreError> {
    let change = i64::from(is_counted(new)) - i64::from(is_counted(old));
    match standing(tx, user).await? {
        Some(found) if change != 0 => add(tx, found.tenant, found.recorded, change).await,
        _ => Ok(()),
    }
}

/// Stops counting a person who is about to be deleted.
pub(crate) async fn leaves(tx: &Tx, user: UserId) -> Result<(), StoreError> {
    match standing(tx, user).await?.filter(Standing::counts) {
        Some(found) => add(tx, found.tenant, found.recorded, -1).await,
        None => Ok(()),
    }
}

/// Counts people without a factor who were just made.
pub(crate) async fn came(tx: &Tx, tenant: TenantId, people: i64) -> Result<(), StoreError> {
    add(tx, tenant, Kinds::NONE, people).await
}

async fn add(tx: &Tx, tenant: TenantId, kinds: Kinds, change: i64) -> Result<(), StoreError> {
    let sql = "INSERT INTO user_counts (tenant_id, factor_kinds, people) VALUES ($1, $2, $3) \
               ON CONFLICT (tenant_id, factor_kinds) DO UPDATE SET people = user_counts.people + excluded.people";
    tx.exec(sql, params![tenant, kinds.bits(), change]).await.map(drop)
}
