//! Rations: what costs a row may be asked for so often and no more. They are kept among the counters of failures.

use twinlock_core::{
    clock::Timestamp,
    throttle::{Failures, Ration},
};

use crate::{
    Run, StoreError, Tx,
    row::{FromRow, Row, params},
};

struct Taken(Failures);

impl FromRow for Taken {
    fn from_row(row: &Row) -> Result<Self, StoreError> {
        Ok(Self(Failures {
            count: row.count("failures")?,
            window_start: row.time("window_start")?,
            blocked_until: Timestamp::default(),
        }))
    }
}

/// Takes one of the ration that `key` names; answers the seconds to wait where there is none left: then the caller
/// drops the transaction, and nothing was taken. One from the future begins anew: the clock was set back.
///
/// The counter is held until the end of the transaction. One of a person's own comes after the person ([`crate::locks`]).
pub async fn take(tx: &Tx, key: &str, ration: Ration, now: Timestamp) -> Result<Option<i64>, StoreError> {
    let over = "throttles.window_start > $2 OR throttles.window_start <= $3";
    let sql = format!(
        "INSERT INTO throttles (key, failures, window_start, blocked_until, updated_at) VALUES ($1, 1, $2, 0, $2) \
         ON CONFLICT (key) DO UPDATE SET \
         failures = CASE WHEN {over} THEN 1 ELSE throttles.failures + 1 END, \
         window_start = CASE WHEN {over} THEN excluded.window_start ELSE throttles.window_start END, \
         updated_at = excluded.updated_at RETURNING failures, window_start"
    );
    let ended = now.plus_secs(-ration.window_secs);
    let taken: Option<Taken> = tx.one(&sql, params![key, now, ended]).await?;
    Ok(taken.and_then(|Taken(taken)| ration.wait(&taken, now)))
}
