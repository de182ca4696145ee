//! How many people of a tenant have which kinds of second factor, how many of them are one loss away from being locked
//! out, and how many were only invited so far: kept by every change, so that no dashboard counts everybody.

use twinlock_core::{
    factor::kinds::Kinds,
    ids::{TenantId, UserId},
    user::Status,
};

use crate::{
    Run, Stale, StoreError, Tx,
    accounts::{self, Account, Standing, kinds_of},
    row::{FromRow, Row, params},
};

/// People with exactly these kinds of second factor.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Counted {
    /// The kinds.
    pub kinds: Kinds,
    /// How many people who can sign in.
    pub people: u64,
    /// How many of them have one independent way in, or none.
    pub at_risk: u64,
    /// How many were invited and have not accepted yet, besides.
    pub invited: u64,
}

impl FromRow for Counted {
    fn from_row(row: &Row) -> Result<Self, StoreError> {
        let number = |column| Ok::<_, StoreError>(row.int(column)?.try_into().unwrap_or(0));
        Ok(Self {
            kinds: kinds_of(row)?,
            people: number("people")?,
            at_risk: number("at_risk")?,
            invited: number("invited")?,
        })
    }
}

/// The tenant's counts, one for each set of kinds that somebody has.
pub async fn of_tenant(run: &impl Run, tenant: TenantId) -> Result<Vec<Counted>, StoreError> {
    let sql = "SELECT factor_kinds, people, at_risk, invited FROM user_counts WHERE tenant_id = $1 ORDER BY factor_kinds";
    run.all(sql, params![tenant]).await
}

/// Records what the person counts as now. Every change of a factor, and of how many recovery codes are left, ends
/// with this, in its transaction.
pub async fn refresh(tx: &Tx, user: UserId) -> Result<(), StoreError> {
    tx.stale(Stale::User(user));
    let Some(account) = accounts::account(tx, user).await? else { return Ok(()) };
    let (recorded, actual) = (account.standing, Standing::of(&account.factors));
    if recorded == actual {
        return Ok(());
    }
    let sql = "UPDATE users SET factor_kinds = $1, at_risk = $2 WHERE id = $3";
    tx.exec(sql, params![actual.kinds.bits(), actual.at_risk, user]).await?;
    let status = account.user.status;
    change(tx, account.tenant.id, Change::less(recorded, status), Change::more(actual, status)).await
}

/// Counts a person whose status changes from `old` to `new`.
pub(crate) async fn moved(tx: &Tx, user: UserId, old: Status, new: Status) -> Result<(), StoreError> {
    if old == new {
        return Ok(());
    }
    match accounts::account(tx, user).await? {
        Some(Account { tenant, standing, .. }) => {
            change(tx, tenant.id, Change::less(standing, old), Change::more(standing, new)).await
        }
        None => Ok(()),
    }
}

/// Stops counting a person who is about to be deleted.
pub(crate) async fn leaves(tx: &Tx, user: UserId) -> Result<(), StoreError> {
    match accounts::account(tx, user).await? {
        Some(account) => {
            add(tx, account.tenant.id, Change::less(account.standing, account.user.status)).await
        }
        None => Ok(()),
    }
}

/// Counts somebody without a factor who was just made.
pub(crate) async fn came(tx: &Tx, tenant: TenantId, status: Status) -> Result<(), StoreError> {
    add(tx, tenant, Change::more(Standing::default(), status)).await
}

/// Writes what somebody no longer counts as, and what they count as now.
async fn change(tx: &Tx, tenant: TenantId, less: Change, more: Change) -> Result<(), StoreError> {
    if less.kinds == more.kinds {
        return add(tx, tenant, less.and(more)).await;
    }
    // In one order everywhere, so that two transactions never wait for each other.
    let mut changes = [less, more];
    changes.sort_by_key(|change| change.kinds.bits());
    for change in changes {
        add(tx, tenant, change).await?;
    }
    Ok(())
}

/// By how much the numbers of a set of kinds change.
#[derive(Debug, Clone, Copy)]
struct Change {
    kinds: Kinds,
    people: i64,
    at_risk: i64,
    invited: i64,
}

impl Change {
    /// One more who counts as this: nobody, while they are suspended.
    fn more(standing: Standing, status: Status) -> Self {
        let (people, invited) = match status {
            Status::Active => (1, 0),
            Status::Invited => (0, 1),
            Status::Suspended => (0, 0),
        };
        Self { kinds: standing.kinds, people, at_risk: people * i64::from(standing.at_risk), invited }
    }

    /// One less.
    fn less(standing: Standing, status: Status) -> Self {
        let Self { kinds, people, at_risk, invited } = Self::more(standing, status);
        Self { kinds, people: -people, at_risk: -at_risk, invited: -invited }
    }

    /// Both changes, of the same kinds.
    fn and(self, other: Self) -> Self {
        Self {
            kinds: self.kinds,
            people: self.people + other.people,
            at_risk: self.at_risk + other.at_risk,
            invited: self.invited + other.invited,
        }
    }

    fn is_none(self) -> bool {
        (self.people, self.at_risk, self.invited) == (0, 0, 0)
    }
}

async fn add(tx: &Tx, tenant: TenantId, change: Change) -> Result<(), StoreError> {
    if change.is_none() {
        return Ok(());
    }
    let sql = "INSERT INTO user_counts (tenant_id, factor_kinds, people, at_risk, invited) VALUES ($1, $2, $3, $4, $5) \
               ON CONFLICT (tenant_id, factor_kinds) DO UPDATE SET people = user_counts.people + excluded.people, \
               at_risk = user_counts.at_risk + excluded.at_risk, invited = user_counts.invited + excluded.invited";
    let Change { kinds, people, at_risk, invited } = change;
    tx.exec(sql, params![tenant, kinds.bits(), people, at_risk, invited]).await.map(drop)
}
