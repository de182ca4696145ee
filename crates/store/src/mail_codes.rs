//! Short codes by mail, one of each purpose per person: alive for minutes, few tries, few sends.

use twinlock_core::{clock::Timestamp, ids::UserId};

use crate::{
    Run, StoreError, Tx,
    row::{FromRow, Row, params},
};

/// What a code opens. A code of one purpose is worth nothing for the other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CodePurpose {
    /// A new password or address, while the account is limited.
    Change,
    /// The first enrollment of a second factor.
    Enrollment,
}

impl CodePurpose {
    /// The stable text form.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Change => "change",
            Self::Enrollment => "enrollment",
        }
    }

    fn parse(text: &str) -> Option<Self> {
        [Self::Change, Self::Enrollment].into_iter().find(|purpose| purpose.as_str() == text)
    }
}

/// A code that was mailed.
#[derive(Debug, Clone)]
pub struct MailCode {
    /// To whom.
    pub user_id: UserId,
    /// What for.
    pub purpose: CodePurpose,
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
            purpose: row.parsed("purpose", CodePurpose::parse)?,
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
pub async fn of_user(
    run: &impl Run,
    user: UserId,
    purpose: CodePurpose,
) -> Result<Option<MailCode>, StoreError> {
    let sql = "SELECT * FROM mail_codes WHERE user_id = $1 AND purpose = $2";
    run.one(sql, params![user, purpose.as_str()]).await
}

/// Stores a code in place of the last one of its purpose.
pub async fn put(tx: &Tx, code: &MailCode) -> Result<(), StoreError> {
    let sql = "INSERT INTO mail_codes \
               (user_id, purpose, tag, key_id, tries_left, sends, window_start, expires_at) \
               VALUES ($1, $2, $3, $4, $5, $6, $7, $8) \
               ON CONFLICT (user_id, purpose) DO UPDATE SET tag = excluded.tag, \
               key_id = excluded.key_id, tries_left = excluded.tries_left, sends = excluded.sends, \
               window_start = excluded.window_start, expires_at = excluded.expires_at";
    let values = params![
        code.user_id,
        code.purpose.as_str(),
        code.tag.clone(),
        &code.key_id,
        code.tries_left,
        code.sends,
        code.window_start,
        code.expires_at,
    ];
    tx.exec(sql, values).await.map(drop)
}

/// Uses up the code of this hash: true for exactly one caller.
pub async fn consume(
    tx: &Tx,
    user: UserId,
    purpose: CodePurpose,
    tag: &[u8],
    now: Timestamp,
) -> Result<bool, StoreError> {
    let sql = "UPDATE mail_codes SET expires_at = 0 WHERE user_id = $1 AND purpose = $2 AND tag = $3 \
               AND expires_at > $4 AND tries_left > 0";
    Ok(tx.exec(sql, params![user, purpose.as_str(), tag, now]).await? == 1)
}

/// Counts a wrong try.
pub async fn wrong(tx: &Tx, user: UserId, purpose: CodePurpose) -> Result<(), StoreError> {
    let sql = "UPDATE mail_codes SET tries_left = tries_left - 1 \
               WHERE user_id = $1 AND purpose = $2 AND tries_left > 0";
    tx.exec(sql, params![user, purpose.as_str()]).await.map(drop)
}
