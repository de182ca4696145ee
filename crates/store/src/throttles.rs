//! Counters of failures that belong to no account's row: names that may not exist, addresses.

use twinlock_core::{clock::Timestamp, throttle::Failures};

use crate::{
    Run, StoreError, Tx,
    row::{Bind, FromRow, Row, params},
};

/// A counter under its key.
#[derive(Debug, Clone)]
pub struct Counter {
    /// Key.
    pub key: String,
    /// State.
    pub failures: Failures,
}

impl FromRow for Counter {
    fn from_row(row: &Row) -> Result<Self, StoreError> {
        let failures = Failures {
            count: row.count("failures")?,
            window_start: row.time("window_start")?,
            blocked_until: row.time("blocked_until")?,
        };
        Ok(Self { key: row.text("key")?, failures })
    }
}

fn places(keys: &[&str]) -> (String, Vec<sea_orm::Value>) {
    let places: Vec<_> = (1..=keys.len()).map(|i| format!("${i}")).collect();
    (places.join(", "), keys.iter().map(|key| (*key).bind()).collect())
}

/// The counters of these keys that exist.
pub async fn read(run: &impl Run, keys: &[&str]) -> Result<Vec<Counter>, StoreError> {
    let (places, values) = places(keys);
    run.all(&format!("SELECT * FROM throttles WHERE key IN ({places})"), values).await
}

/// The counters of these keys, created where missing and held until the end of the transaction: two
/// failures at once are two failures.
pub async fn hold(tx: &Tx, keys: &[&str], now: Timestamp) -> Result<Vec<Counter>, StoreError> {
    let mut sorted = keys.to_vec();
    sorted.sort_unstable();
    sorted.dedup();
    let rows: Vec<_> = (0..sorted.len()).map(|i| format!("(${}, 0, 0, 0, $1)", i + 2)).collect();
    let mut values = params![now];
    values.extend(sorted.iter().map(|key| (*key).bind()));
    let sql = format!(
        "INSERT INTO throttles (key, failures, window_start, blocked_until, updated_at) VALUES {} \
         ON CONFLICT (key) DO UPDATE SET updated_at = excluded.updated_at \
         RETURNING key, failures, window_start, blocked_until",
        rows.join(", ")
    );
    tx.all(&sql, values).await
}

/// Writes counters that are held, in one statement; at least one.
pub async fn write(tx: &Tx, counters: &[Counter], now: Timestamp) -> Result<(), StoreError> {
    let place = |i: usize| format!("(${}, ${}, ${}, ${}, $1)", 4 * i + 2, 4 * i + 3, 4 * i + 4, 4 * i + 5);
    let rows: Vec<_> = (0..counters.len()).map(place).collect();
    let mut values = params![now];
    for Counter { key, failures } in counters {
        values.extend(params![key, failures.count, failures.window_start, failures.blocked_until]);
    }
    let sql = format!(
        "INSERT INTO throttles (key, failures, window_start, blocked_until, updated_at) VALUES {} \
         ON CONFLICT (key) DO UPDATE SET failures = excluded.failures, window_start = excluded.window_start, \
         blocked_until = excluded.blocked_until",
        rows.join(", ")
    );
    tx.exec(&sql, values).await.map(drop)
}

/// Forgets all counters whose key begins with `prefix` (an account that was unlocked).
pub async fn clear_prefix(tx: &Tx, prefix: &str) -> Result<(), StoreError> {
    let sql = "DELETE FROM throttles WHERE key >= $1 AND key < $2";
    tx.exec(sql, params![prefix, end_of(prefix)]).await.map(drop)
}

/// Where the keys end that begin with `prefix`: at the last code point there is. Keys compare by their bytes in both
/// databases.
fn end_of(prefix: &str) -> String {
    format!("{prefix}\u{10ffff}")
}

/// Forgets counters of these keys that did not change since `before`.
pub async fn purge_prefix(tx: &Tx, prefix: &str, before: Timestamp) -> Result<u64, StoreError> {
    let sql = "DELETE FROM throttles WHERE key >= $1 AND key < $2 AND updated_at < $3";
    tx.exec(sql, params![prefix, end_of(prefix), before]).await
}

/// Forgets counters that did not change since `before`.
pub async fn purge(tx: &Tx, before: Timestamp) -> Result<u64, StoreError> {
    tx.clear("throttles", "key", "updated_at < $1", params![before]).await
}
