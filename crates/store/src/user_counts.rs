//! How many people of a tenant, active or invited, have which kinds of second factor, and how many of them are one
//! loss away from being locked out: kept by every change, so that no dashboard counts everybody.

use twinlock_core::{
    factor::kinds::Kinds,
    ids::{TenantId, UserId},
    readiness::Verdict,
    user::Status,
};

use crate::{
    Run, StoreError, Tx,
    row::{FromRow, Row, params},
    users::{self, FactorCounts},
};

/// People with exactly these kinds of second factor.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Counted {
    /// The kinds.
    pub kinds: Kinds,
    /// How many people, active or invited.
    pub people: u64,
    /// How many of them have one independent way in, or none.
    pub at_risk: u64,
}

impl FromRow for Counted {
    fn from_row(row: &Row) -> Result<Self, StoreError> {
        let number = |column| Ok::<_, StoreError>(row.int(column)?.try_into().unwrap_or(0));
        Ok(Self { kinds: kinds_of(row)?, people: number("people")?, at_risk: number("at_risk")? })
    }
}

fn kinds_of(row: &Row) -> Result<Kinds, StoreError> {
    Kinds::from_bits(row.int("factor_kinds")?).ok_or(StoreError::Corrupt("factor_kinds"))
}

/// The tenant's counts, one for each set of kinds that somebody has.
pub async fn of_tenant(run: &impl Run, tenant: TenantId) -> Result<Vec<Counted>, StoreError> {
    let sql =
        "SELECT factor_kinds, people, at_risk FROM user_counts WHERE tenant_id = $1 ORDER BY factor_kinds";
    run.all(sql, params![tenant]).await
}

/// What a person counts as.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Standing {
    /// The kinds of their second factors.
    pub kinds: Kinds,
    /// Whether losing one thing locks them out. Keys count wherever they were registered: the name of the server is
    /// a setting, and may change without anybody's account changing.
    pub at_risk: bool,
}

impl FromRow for Standing {
    fn from_row(row: &Row) -> Result<Self, StoreError> {
        Ok(Self { kinds: kinds_of(row)?, at_risk: row.flag("at_risk")? })
    }
}

impl Standing {
    /// Of somebody with these factors.
    pub fn of(factors: &FactorCounts) -> Self {
        let verdict = factors.holdings(|_| true).verdict();
        Self { kinds: factors.kinds(), at_risk: verdict == Verdict::AtRisk }
    }
}

/// Whether an account of this status counts among a tenant's people.
pub fn is_counted(status: Status) -> bool {
    matches!(status, Status::Active | Status::Invited)
}

/// Records what the person counts as now. Every change of a factor, and of how many recovery codes are left, ends
/// with this, in its transaction.
pub async fn refresh(tx: &Tx, user: UserId) -> Result<(), StoreError> {
    let Some(account) = users::account(tx, user).await? else { return Ok(()) };
    let (recorded, actual) = (account.standing, Standing::of(&account.factors));
    if recorded == actual {
        return Ok(());
    }
    let sql = "UPDATE users SET factor_kinds = $1, at_risk = $2 WHERE id = $3";
    tx.exec(sql, params![actual.kinds.bits(), actual.at_risk, user]).await?;
    if !is_counted(account.user.status) {
        return Ok(());
    }
    let (less, more) = (Change::less(recorded), Change::more(actual));
    if recorded.kinds == actual.kinds {
        return add(tx, account.tenant.id, less.and(more)).await;
    }
    // In one order everywhere, so that two transactions never wait for each other.
    let mut changes = [less, more];
    changes.sort_by_key(|change| change.kinds.bits());
    for change in changes {
        add(tx, account.tenant.id, change).await?;
    }
    Ok(())
}

/// Counts a person whose status changes from `old` to `new`.
pub(crate) async fn moved(tx: &Tx, user: UserId, old: Status, new: Status) -> Result<(), StoreError> {
    let change = match (is_counted(old), is_counted(new)) {
        (false, true) => Change::more,
        (true, false) => Change::less,
        _ => return Ok(()),
    };
    match users::account(tx, user).await? {
        Some(account) => add(tx, account.tenant.id, change(account.standing)).await,
        None => Ok(()),
    }
}

/// Stops counting a person who is about to be deleted.
pub(crate) async fn leaves(tx: &Tx, user: UserId) -> Result<(), StoreError> {
    match users::account(tx, user).await?.filter(|account| is_counted(account.user.status)) {
        Some(account) => add(tx, account.tenant.id, Change::less(account.standing)).await,
        None => Ok(()),
    }
}

/// Counts people without a factor who were just made.
pub(crate) async fn came(tx: &Tx, tenant: TenantId, people: i64) -> Result<(), StoreError> {
    add(tx, tenant, Change { kinds: Kinds::NONE, people, at_risk: 0 }).await
}

/// By how much the numbers of a set of kinds change.
#[derive(Debug, Clone, Copy)]
struct Change {
    kinds: Kinds,
    people: i64,
    at_risk: i64,
}

impl Change {
    /// One more who counts as this.
    fn more(standing: Standing) -> Self {
        Self { kinds: standing.kinds, people: 1, at_risk: i64::from(standing.at_risk) }
    }

    /// One less.
    fn less(standing: Standing) -> Self {
        Self { kinds: standing.kinds, people: -1, at_risk: -i64::from(standing.at_risk) }
    }

    /// Both changes, of the same kinds.
    fn and(self, other: Self) -> Self {
        Self { people: self.people + other.people, at_risk: self.at_risk + other.at_risk, ..self }
    }
}

async fn add(tx: &Tx, tenant: TenantId, change: Change) -> Result<(), StoreError> {
    let sql = "INSERT INTO user_counts (tenant_id, factor_kinds, people, at_risk) VALUES ($1, $2, $3, $4) \
               ON CONFLICT (tenant_id, factor_kinds) DO UPDATE SET people = user_counts.people + excluded.people, \
               at_risk = user_counts.at_risk + excluded.at_risk";
    let Change { kinds, people, at_risk } = change;
    tx.exec(sql, params![tenant, kinds.bits(), people, at_risk]).await.map(drop)
}
