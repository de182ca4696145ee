//! How many letters left lately, by whom they were for and who caused them: one moment for each (`core::mail_rate`).

use twinlock_core::{clock::Timestamp, mail_rate::MailRate};

use crate::{
    Run as _, StoreError, Tx,
    row::{FromRow, Row, params},
};

struct Kept(Timestamp);

impl FromRow for Kept {
    fn from_row(row: &Row) -> Result<Self, StoreError> {
        row.time("next_at").map(Self)
    }
}

/// Spends one letter of a budget; answers when it may leave. The row is held until the end of the transaction, so that
/// of letters that are written at once each has a moment of its own; a transaction that is given up has spent nothing.
pub async fn spend(tx: &Tx, key: &str, rate: MailRate, now: Timestamp) -> Result<Timestamp, StoreError> {
    let sql = "INSERT INTO mail_budgets (key, next_at, merged_until) VALUES ($1, $2 + $3, 0) ON CONFLICT (key) DO UPDATE \
               SET next_at = (CASE WHEN mail_budgets.next_at > $2 THEN mail_budgets.next_at ELSE $2 END) + $3 \
               RETURNING next_at";
    let kept: Option<Kept> = tx.one(sql, params![key, now, rate.interval_millis()]).await?;
    let Kept(next_at) = kept.ok_or(StoreError::Corrupt("mail_budgets"))?;
    Ok(rate.due(next_at, now))
}

/// Gives a letter back that was spent a moment ago in this transaction and is not written after all.
pub async fn give_back(tx: &Tx, key: &str, rate: MailRate) -> Result<(), StoreError> {
    let sql = "UPDATE mail_budgets SET next_at = next_at - $1 WHERE key = $2";
    tx.exec(sql, params![rate.interval_millis(), key]).await.map(drop)
}

/// Notes that one letter that leaves at `until` speaks for all that are written before; false where there is such a
/// letter already.
pub async fn merge(tx: &Tx, key: &str, until: Timestamp, now: Timestamp) -> Result<bool, StoreError> {
    let sql = "UPDATE mail_budgets SET merged_until = $1 WHERE key = $2 AND merged_until <= $3";
    Ok(tx.exec(sql, params![until, key, now]).await? == 1)
}

/// Forgets the budgets that are whole again.
pub async fn purge(tx: &Tx, now: Timestamp) -> Result<u64, StoreError> {
    tx.clear("mail_budgets", "key", "next_at <= $1 AND merged_until <= $1", params![now]).await
}
