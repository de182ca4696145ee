//! Who of a tenant has no second factor of a kind that counts. Who was only invited so far lacks nothing yet.
//!
//! Every query says twice which accounts it is about: the indexes have everybody but the suspended. Every query walks an index by the kinds that people have: one range for each set of kinds without an allowed one.

use twinlock_core::{
    clock::Timestamp,
    factor::kinds::Kinds,
    ids::{TenantId, UserId},
};

use crate::{
    Run, StoreError, Tx,
    row::{FromRow, Row, params},
    users::{ACCOUNT_COLUMNS, Account},
};

/// The sets of kinds in which there is none of `allowed`.
fn lacking(allowed: Kinds) -> impl Iterator<Item = Kinds> {
    Kinds::every_set().filter(move |kinds| kinds.and(allowed).is_empty())
}

/// Such sets as a list in SQL: numbers of ours, never text of somebody else's.
fn list(allowed: Kinds) -> String {
    lacking(allowed).map(|kinds| kinds.bits().to_string()).collect::<Vec<_>>().join(", ")
}

/// The people after `after` in the order in which they were made, at most `limit`.
pub async fn page(
    run: &impl Run,
    tenant: TenantId,
    allowed: Kinds,
    after: Option<UserId>,
    limit: u32,
) -> Result<Vec<Account>, StoreError> {
    let sql = format!(
        "SELECT {ACCOUNT_COLUMNS} FROM users u JOIN tenants t ON t.id = u.tenant_id WHERE u.tenant_id = $1 \
         AND u.factor_kinds = $2 AND u.status <> 'suspended' AND u.status = 'active' AND u.id > $3 ORDER BY u.id LIMIT $4"
    );
    let after = after.unwrap_or(UserId(uuid::Uuid::nil()));
    let mut people: Vec<Account> = Vec::new();
    for kinds in lacking(allowed) {
        people.extend(run.all(&sql, params![tenant, kinds.bits(), after, limit]).await?);
    }
    people.sort_by_key(|account: &Account| account.user.id);
    people.truncate(usize::try_from(limit).unwrap_or(usize::MAX));
    Ok(people)
}

/// From when to when people have time.
#[derive(Debug, Clone, Copy)]
pub struct Terms {
    /// Kinds of factors that count.
    pub allowed: Kinds,
    /// Since when a factor is required.
    pub enforced_at: Timestamp,
    /// The deadline of who was there then.
    pub grace_end: Timestamp,
    /// Whether deadlines of people's own count, as they do but for a new start.
    pub own_deadlines: bool,
}

/// How many lack a factor, and for how many of them it is due.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Tally {
    /// Those who cannot do anything else before they enrol.
    pub blocked: u64,
    /// Those whose deadline is still to come.
    pub in_grace: u64,
}

struct Group {
    blocked: bool,
    people: u64,
}

impl FromRow for Group {
    fn from_row(row: &Row) -> Result<Self, StoreError> {
        Ok(Self { blocked: row.int("blocked")? != 0, people: row.int("people")?.try_into().unwrap_or(0) })
    }
}

/// Counts people as `core::policy` decides for each of them: a test compares the two.
pub async fn tally(
    run: &impl Run,
    tenant: TenantId,
    terms: &Terms,
    now: Timestamp,
) -> Result<Tally, StoreError> {
    let own = if terms.own_deadlines { "u.mfa_deadline" } else { "NULL" };
    let sql = format!(
        "SELECT blocked, count(*) AS people FROM (SELECT CAST(CASE WHEN coalesce({own}, \
         CASE WHEN u.created_at <= $2 THEN $3 ELSE 0 END) <= $4 THEN 1 ELSE 0 END AS BIGINT) AS blocked \
         FROM users u WHERE u.tenant_id = $1 AND u.factor_kinds IN ({}) AND u.status <> 'suspended' AND u.status = 'active') AS x \
         GROUP BY blocked",
        list(terms.allowed)
    );
    let groups: Vec<Group> = run.all(&sql, params![tenant, terms.enforced_at, terms.grace_end, now]).await?;
    let sum =
        |blocked| groups.iter().filter(|group| group.blocked == blocked).map(|group| group.people).sum();
    Ok(Tally { blocked: sum(true), in_grace: sum(false) })
}

struct Number(u64);

impl FromRow for Number {
    fn from_row(row: &Row) -> Result<Self, StoreError> {
        Ok(Self(row.int("n")?.try_into().unwrap_or(0)))
    }
}

/// How many people who can sign in have no address.
pub async fn without_address(run: &impl Run, tenant: TenantId) -> Result<u64, StoreError> {
    let sql = "SELECT count(*) AS n FROM users WHERE tenant_id = $1 AND email IS NULL AND status <> 'suspended' \
         AND status = 'active'";
    let found: Option<Number> = run.one(sql, params![tenant]).await?;
    Ok(found.map_or(0, |Number(n)| n))
}

/// Notes that a person is reminded now, unless they were since `not_since`; true for exactly one caller.
pub async fn remind(tx: &Tx, user: UserId, now: Timestamp, not_since: Timestamp) -> Result<bool, StoreError> {
    let sql =
        "UPDATE users SET reminded_at = $1 WHERE id = $2 AND (reminded_at IS NULL OR reminded_at <= $3)";
    Ok(tx.exec(sql, params![now, user, not_since]).await? == 1)
}

/// Whose turn it is to be reminded by the server itself.
#[derive(Debug, Clone, Copy)]
pub enum Turn {
    /// Those under the tenant's deadline: who was there at the start.
    Tenants {
        /// Since when a factor is required.
        enforced_at: Timestamp,
    },
    /// Those with a deadline of their own in this range.
    Own {
        /// The first.
        from: Timestamp,
        /// The one after the last.
        to: Timestamp,
    },
}

/// Whom the server may have to remind.
#[derive(Debug, Clone, Copy)]
pub struct Unreminded {
    /// People of this tenant.
    pub tenant: TenantId,
    /// Who has none of these factors.
    pub allowed: Kinds,
    /// Whose turn it may be.
    pub turn: Turn,
    /// Who was not reminded since then.
    pub not_since: Timestamp,
}

/// People after `after` with an address whom the server may have to remind, in the order in which they were made, at most
/// `limit`.
pub async fn to_remind(
    run: &impl Run,
    whom: &Unreminded,
    after: Option<UserId>,
    limit: u32,
) -> Result<Vec<Account>, StoreError> {
    let Unreminded { tenant, allowed, turn, not_since } = *whom;
    let (condition, from, to) = match turn {
        Turn::Tenants { enforced_at } => (
            "u.mfa_deadline IS NULL AND u.created_at >= $2 AND u.created_at <= $3",
            Timestamp::default(),
            enforced_at,
        ),
        Turn::Own { from, to } => ("u.mfa_deadline >= $2 AND u.mfa_deadline < $3", from, to),
    };
    let sql = format!(
        "SELECT {ACCOUNT_COLUMNS} FROM users u JOIN tenants t ON t.id = u.tenant_id WHERE u.tenant_id = $1 \
         AND u.factor_kinds IN ({}) AND u.status <> 'suspended' AND u.status = 'active' AND u.email IS NOT NULL AND {condition} \
         AND (u.reminded_at IS NULL OR u.reminded_at <= $4) AND u.id > $5 ORDER BY u.id LIMIT $6",
        list(allowed)
    );
    let after = after.unwrap_or(UserId(uuid::Uuid::nil()));
    run.all(&sql, params![tenant, from, to, not_since, after, limit]).await
}
