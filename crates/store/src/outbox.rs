//! Mails waiting to be delivered: written in the transaction they tell about, sealed, and deleted
//! once delivered.

use twinlock_core::{clock::Timestamp, ids::MailId};

use crate::{
    Run, StoreError, Tx,
    row::{FromRow, Row, params},
    seal::Sealed,
};

/// A sealed mail.
#[derive(Debug, Clone)]
pub struct QueuedMail {
    /// Id; the seal is bound to it.
    pub id: MailId,
    /// The sealed message.
    pub sealed: Sealed,
    /// Attempts so far.
    pub attempts: u32,
    /// When it was queued.
    pub created_at: Timestamp,
    /// Until when it waited for its budget.
    pub held_until: Option<Timestamp>,
}

impl QueuedMail {
    /// When it could leave at the earliest.
    pub fn ready_at(&self) -> Timestamp {
        self.held_until.map_or(self.created_at, |until| until.max(self.created_at))
    }
}

/// When a mail may leave, and before or after which others.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Turn {
    /// Not before.
    pub due: Timestamp,
    /// Whether it is one of many: the others go first.
    pub bulk: bool,
}

impl FromRow for QueuedMail {
    fn from_row(row: &Row) -> Result<Self, StoreError> {
        Ok(Self {
            id: row.id("id")?,
            sealed: Sealed { key_id: row.text("key_id")?, bytes: row.bytes("sealed")? },
            attempts: row.count("attempts")?,
            created_at: row.time("created_at")?,
            held_until: row.opt_time("held_until")?,
        })
    }
}

/// Queues a mail for its turn.
pub async fn push(
    tx: &Tx,
    id: MailId,
    sealed: &Sealed,
    turn: Turn,
    now: Timestamp,
) -> Result<(), StoreError> {
    let sql = "INSERT INTO outbox (id, sealed, key_id, created_at, due_at, attempts, held_until, bulk) \
               VALUES ($1, $2, $3, $4, $5, 0, $6, $7)";
    let held = (turn.due > now).then_some(turn.due);
    let values = params![id, sealed.bytes.clone(), &sealed.key_id, now, turn.due.max(now), held, turn.bulk];
    tx.exec(sql, values).await.map(drop)
}

/// Mails that are due, those that are one of many last.
pub async fn due(run: &impl Run, now: Timestamp, limit: u32) -> Result<Vec<QueuedMail>, StoreError> {
    let sql =
        "SELECT * FROM outbox WHERE dead_at IS NULL AND bulk = $1 AND due_at <= $2 ORDER BY due_at LIMIT $3";
    let mut found: Vec<QueuedMail> = run.all(sql, params![false, now, limit]).await?;
    let room = limit.saturating_sub(u32::try_from(found.len()).unwrap_or(limit));
    if room > 0 {
        found.extend(run.all(sql, params![true, now, room]).await?);
    }
    Ok(found)
}

/// Claims a mail until `until`: true for exactly one worker. A worker that dies leaves it to be
/// claimed again after that.
pub async fn claim(tx: &Tx, mail: &QueuedMail, until: Timestamp) -> Result<bool, StoreError> {
    let sql = "UPDATE outbox SET attempts = attempts + 1, due_at = $1 WHERE id = $2 AND attempts = $3 \
               AND dead_at IS NULL";
    Ok(tx.exec(sql, params![until, mail.id, mail.attempts]).await? == 1)
}

/// Forgets a delivered mail.
pub async fn delivered(tx: &Tx, id: MailId) -> Result<(), StoreError> {
    tx.exec("DELETE FROM outbox WHERE id = $1", params![id]).await.map(drop)
}

/// Puts a failed mail back until `due`, or marks it dead.
pub async fn failed(
    tx: &Tx,
    id: MailId,
    error: &str,
    due: Option<Timestamp>,
    now: Timestamp,
) -> Result<(), StoreError> {
    let sql = "UPDATE outbox SET last_error = $1, due_at = $2, dead_at = $3 WHERE id = $4";
    let dead = due.is_none().then_some(now);
    tx.exec(sql, params![error, due.unwrap_or(now), dead, id]).await.map(drop)
}

/// Waiting and dead mails.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct QueueState {
    /// Still to be tried.
    pub waiting: i64,
    /// Of those, the ones that wait for their budget.
    pub held: i64,
    /// Given up.
    pub dead: i64,
}

impl FromRow for QueueState {
    fn from_row(row: &Row) -> Result<Self, StoreError> {
        Ok(Self { waiting: row.int("waiting")?, held: row.int("held")?, dead: row.int("dead")? })
    }
}

/// How many mails wait, how many of them for their budget, and how many were given up.
pub async fn state(run: &impl Run, now: Timestamp) -> Result<QueueState, StoreError> {
    let sql = "SELECT count(*) - count(dead_at) AS waiting, count(dead_at) AS dead, \
               count(CASE WHEN dead_at IS NULL AND held_until > $1 THEN 1 END) AS held FROM outbox";
    Ok(run.one(sql, params![now]).await?.unwrap_or(QueueState { waiting: 0, held: 0, dead: 0 }))
}

/// A mail of the queue as its keepers see it: not to whom it goes, nor what it says.
#[derive(Debug, Clone)]
pub struct QueuedEntry {
    /// Id, as in the server's log.
    pub id: MailId,
    /// When it was queued.
    pub created_at: Timestamp,
    /// When it is tried next.
    pub due_at: Timestamp,
    /// Attempts so far.
    pub attempts: u32,
    /// When it was given up.
    pub dead_at: Option<Timestamp>,
    /// What the last attempt failed with.
    pub last_error: Option<String>,
}

impl FromRow for QueuedEntry {
    fn from_row(row: &Row) -> Result<Self, StoreError> {
        Ok(Self {
            id: row.id("id")?,
            created_at: row.time("created_at")?,
            due_at: row.time("due_at")?,
            attempts: row.count("attempts")?,
            dead_at: row.opt_time("dead_at")?,
            last_error: row.opt_text("last_error")?,
        })
    }
}

/// The mails after `after` in the order in which they were queued, at most `limit`.
pub async fn page(run: &impl Run, after: Option<MailId>, limit: u32) -> Result<Vec<QueuedEntry>, StoreError> {
    let sql = "SELECT id, created_at, due_at, attempts, dead_at, last_error FROM outbox WHERE id > $1 \
               ORDER BY id LIMIT $2";
    run.all(sql, params![after.unwrap_or(MailId(uuid::Uuid::nil())), limit]).await
}

/// Mails sealed by another key than `key_id` (for key rotation).
pub async fn sealed_by_others(
    run: &impl Run,
    key_id: &str,
    limit: u32,
) -> Result<Vec<QueuedMail>, StoreError> {
    run.all("SELECT * FROM outbox WHERE key_id <> $1 ORDER BY id LIMIT $2", params![key_id, limit]).await
}

/// Replaces a sealed mail by the same one under another key.
pub async fn reseal(tx: &Tx, mail: &QueuedMail, new: &Sealed) -> Result<bool, StoreError> {
    let sql = "UPDATE outbox SET sealed = $1, key_id = $2 WHERE id = $3 AND key_id = $4";
    Ok(tx.exec(sql, params![new.bytes.clone(), &new.key_id, mail.id, &mail.sealed.key_id]).await? == 1)
}
