//! One short code by mail per person: alive for minutes, few tries, few sends.

use twinlock_core::{clock::Timestamp, ids::UserId};

use crate::{
    Run, StoreError, Tx,
    row::{FromRow, Row, params},
};

/// A code that was mailed.
#[derive(Debug, Clone)]
pub struct MailCode {
    /// To whom.
    pub user_id: UserId,
    /// Keyed hash.
    pub tag: Vec<u8>,
    /// Master key of the hash.
    pub key_id: String,
    /// Wrong tries that are left.
    pub tries_left: u32,
    /// Codes sent in the window.
    pub sends: u32,
    /// When the window began.
    pub window_start: Timestamp,
    /// When it ends.
    pub expires_at: Timestamp,
}

impl FromRow for MailCode {
    fn from_row(row: &Row) -> Result<Self, StoreError> {
        Ok(Self {
            user_id: row.id("user_id")?,
            tag: row.bytes("tag")?,
            key_id: row.text("key_id")?,
            tries_left: row.count("tries_left")?,
            sends: row.count("sends")?,
            window_start: row.time("window_start")?,
            expires_at: row.time("expires_at")?,
        })
    }
}

/// The person's code, alive or not.
pub async fn of_user(run: &impl Run, user: UserId) -> Result<Option<MailCode>, StoreError> {
    run.one("SELECT * FROM mail_codes WHERE user_id = $1", params![user]).await
}

/// Stores a code in place of the last one.
pub async fn put(tx: &Tx, code: &MailCode) -> Result<(), StoreError> {
    let sql = "INSERT INTO mail_codes (user_id, tag, key_id, tries_left, sends, window_start, expires_at) \
               VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (user_id) DO UPDATE SET tag = excluded.tag, \
               key_id = excluded.key_id, tries_left = excluded.tries_left, sends = excluded.sends, \
               window_start = excluded.window_start, expires_at = excluded.expires_at";
    let values = params![
        code.user_id,
        code.tag.clone(),
        &code.key_id,
        code.tries_left,
        code.sends,
        code.window_start,
        code.expires_at,
    ];
    tx.exec(sql, values).await.map(drop)
}

/// Uses up a code: true for exactly one caller.
pub async fn consume(tx: &Tx, user: UserId, tag: &[u8], now: Timestamp) -> Result<bool, StoreError> {
    let sql = "UPDATE mail_codes SET expires_at = 0 WHERE user_id = $1 AND tag = $2 AND expires_at > $3 \
               AND tries_left > 0";
    Ok(tx.exec(sql, params![user, tag, now]).await? == 1)
}

/// Counts a wrong try.
pub async fn wrong(tx: &Tx, user: UserId) -> Result<(), StoreError> {
    let sql = "UPDATE mail_codes SET tries_left = tries_left - 1 WHERE user_id = $1 AND tries_left > 0";
    tx.exec(sql, params![user]).await.map(drop)
}

/// Ends the person's code; the sends of the window still count.
pub async fn end(tx: &Tx, user: UserId) -> Result<(), StoreError> {
    tx.exec("UPDATE mail_codes SET expires_at = 0 WHERE user_id = $1", params![user]).await.map(drop)
}
