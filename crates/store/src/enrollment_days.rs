//! How many people had which kinds of second factor at the beginning of each day: enrollment over time.
//!
//! A day is what `user_counts` was when the first server of the day looked, copied for all tenants by one statement.

use std::ops::Range;

use twinlock_core::{clock::Day, factor::kinds::Kinds, ids::TenantId};

use crate::{
    Run, StoreError, Tx,
    row::{Found, FromRow, Row, params},
};

/// A tenant at the beginning of a day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Counted {
    /// The day, in UTC.
    pub day: Day,
    /// People who could sign in.
    pub people: u64,
    /// Those with a second factor of an allowed kind.
    pub enrolled: u64,
}

impl FromRow for Counted {
    fn from_row(row: &Row) -> Result<Self, StoreError> {
        let number = |column| Ok::<_, StoreError>(row.int(column)?.try_into().unwrap_or(0));
        Ok(Self { day: Day(row.int("day")?), people: number("people")?, enrolled: number("enrolled")? })
    }
}

/// Whether a day was written down.
pub async fn is_written(run: &impl Run, day: Day) -> Result<bool, StoreError> {
    let found: Option<Found> =
        run.one("SELECT 1 AS n FROM enrollment_days WHERE day = $1 LIMIT 1", params![day.0]).await?;
    Ok(found.is_some())
}

/// Any number that no other lock of this program has.
const LOCK: i64 = 0x656e_726f;

/// Writes down what all tenants are on this day; answers whether this caller was the one.
pub async fn write(tx: &Tx, day: Day) -> Result<bool, StoreError> {
    // One after the other: two copies, one of them a little older, would count somebody twice.
    tx.lock(LOCK).await?;
    if is_written(tx, day).await? {
        return Ok(false);
    }
    let sql = "INSERT INTO enrollment_days (tenant_id, day, factor_kinds, people) \
               SELECT tenant_id, CAST($1 AS BIGINT), factor_kinds, people FROM user_counts WHERE people > 0";
    Ok(tx.exec(sql, params![day.0]).await? > 0)
}

/// A clock that is wrong is rarely wrong for so many days in a row.
const TRUSTED_AFTER_DAYS: i64 = 7;

/// Forgets the days before `first`, once a day well before `today` is on record: a clock that jumped ahead for a while
/// erases nothing.
pub async fn forget(tx: &Tx, first: Day, today: Day) -> Result<(), StoreError> {
    let sql = "DELETE FROM enrollment_days WHERE day < $1 \
               AND EXISTS (SELECT 1 FROM enrollment_days e WHERE e.day >= $2 AND e.day <= $3)";
    let trusted = (today.plus(-2 * TRUSTED_AFTER_DAYS), today.plus(-TRUSTED_AFTER_DAYS));
    tx.exec(sql, params![first.0, trusted.0.0, trusted.1.0]).await.map(drop)
}

/// The days of a tenant in a range, oldest first, by the kinds that are allowed now.
pub async fn of_tenant(
    run: &impl Run,
    tenant: TenantId,
    allowed: Kinds,
    days: Range<Day>,
) -> Result<Vec<Counted>, StoreError> {
    // Numbers of ours, never text of somebody else's.
    let counting = Kinds::every_set().filter(|kinds| !kinds.and(allowed).is_empty());
    let counting: Vec<_> = counting.map(|kinds| kinds.bits().to_string()).collect();
    let enrolled = match counting.as_slice() {
        [] => "0".to_owned(),
        some => format!("CASE WHEN factor_kinds IN ({}) THEN people ELSE 0 END", some.join(", ")),
    };
    let sql = format!(
        "SELECT day, CAST(sum(people) AS BIGINT) AS people, CAST(sum({enrolled}) AS BIGINT) AS enrolled \
         FROM enrollment_days WHERE tenant_id = $1 AND day >= $2 AND day < $3 GROUP BY day ORDER BY day"
    );
    run.all(&sql, params![tenant, days.start.0, days.end.0]).await
}
