//! How many people without a factor that counts a reminder would reach now, and how many it would not: ranges of an
//! index, and no further than a bound.

use twinlock_core::{clock::Timestamp, factor::kinds::Kinds, ids::TenantId};

use crate::{
    Run, StoreError,
    row::{FromRow, Row, params},
};

/// Nobody is counted beyond this.
pub const MOST: u32 = 10_000;

/// Numbers of people who can sign in and have no factor that counts. Each is exact below [`MOST`].
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Reach {
    /// Those whom a reminder reaches now.
    pub reachable: u64,
    /// Those who were reminded too lately.
    pub reminded_recently: u64,
    /// Those without an address.
    pub without_email: u64,
}

/// The tenant's numbers. Who was reminded after `not_since` was reminded too lately.
pub async fn of_tenant(
    run: &impl Run,
    tenant: TenantId,
    allowed: Kinds,
    not_since: Timestamp,
) -> Result<Reach, StoreError> {
    let mut reach = Reach::default();
    for kinds in Kinds::every_set().filter(|kinds| kinds.and(allowed).is_empty()) {
        let bits = kinds.bits();
        let with_address = "u.email IS NOT NULL AND u.reminded_at";
        let never = sql(&format!("{with_address} IS NULL"));
        reach.reachable += count(run, &never, params![tenant, bits, MOST]).await?;
        let long_ago = sql(&format!("{with_address} <= $4"));
        reach.reachable += count(run, &long_ago, params![tenant, bits, MOST, not_since]).await?;
        let lately = sql(&format!("{with_address} > $4"));
        reach.reminded_recently += count(run, &lately, params![tenant, bits, MOST, not_since]).await?;
        let nowhere = sql("u.email IS NULL AND u.status <> 'suspended'");
        reach.without_email += count(run, &nowhere, params![tenant, bits, MOST]).await?;
    }
    Ok(reach)
}

fn sql(condition: &str) -> String {
    format!(
        "SELECT count(*) AS n FROM (SELECT 1 AS one FROM users u WHERE u.tenant_id = $1 AND u.factor_kinds = $2 \
         AND u.status = 'active' AND {condition} LIMIT $3) AS x"
    )
}

struct Number(u64);

impl FromRow for Number {
    fn from_row(row: &Row) -> Result<Self, StoreError> {
        Ok(Self(row.int("n")?.try_into().unwrap_or(0)))
    }
}

async fn count(run: &impl Run, sql: &str, values: Vec<sea_orm::Value>) -> Result<u64, StoreError> {
    let found: Option<Number> = run.one(sql, values).await?;
    Ok(found.map_or(0, |Number(n)| n))
}
