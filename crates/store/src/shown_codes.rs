//! Recovery codes that the page of one session may show again for a while: sealed, until they are saved.

use twinlock_core::{
    clock::Timestamp,
    ids::{CodeSetId, SessionId, UserId},
};

use crate::{
    Run, StoreError, Tx,
    row::{FromRow, Row, params},
    seal::Sealed,
};

/// The codes of a set, for one session.
#[derive(Debug, Clone)]
pub struct ShownCodes {
    /// The set; the seal is bound to it.
    pub set_id: CodeSetId,
    /// The session that they were made in: no other may see them.
    pub session_id: SessionId,
    /// The sealed codes.
    pub sealed: Sealed,
    /// When the set was made.
    pub made_at: Timestamp,
    /// After this they are shown no more.
    pub expires_at: Timestamp,
}

impl FromRow for ShownCodes {
    fn from_row(row: &Row) -> Result<Self, StoreError> {
        Ok(Self {
            set_id: row.id("set_id")?,
            session_id: row.id("session_id")?,
            sealed: Sealed { key_id: row.text("key_id")?, bytes: row.bytes("sealed")? },
            made_at: row.time("made_at")?,
            expires_at: row.time("expires_at")?,
        })
    }
}

/// Keeps the codes of a set that was just stored.
pub async fn put(tx: &Tx, codes: &ShownCodes) -> Result<(), StoreError> {
    let sql = "INSERT INTO shown_codes (set_id, session_id, sealed, key_id, expires_at) \
               VALUES ($1, $2, $3, $4, $5)";
    let sealed = &codes.sealed;
    let values =
        params![codes.set_id, codes.session_id, sealed.bytes.clone(), &sealed.key_id, codes.expires_at];
    tx.exec(sql, values).await.map(drop)
}

/// What this session of this person may be shown; over or not.
pub async fn of_session(
    run: &impl Run,
    user: UserId,
    session: SessionId,
) -> Result<Option<ShownCodes>, StoreError> {
    let sql = "SELECT c.set_id, c.session_id, c.sealed, c.key_id, c.expires_at, s.created_at AS made_at \
               FROM shown_codes c JOIN recovery_sets s ON s.id = c.set_id \
               WHERE c.session_id = $1 AND s.user_id = $2";
    run.one(sql, params![session, user]).await
}

/// Forgets what sessions of this person may be shown.
pub async fn forget(tx: &Tx, user: UserId) -> Result<(), StoreError> {
    let sql = "DELETE FROM shown_codes WHERE set_id IN (SELECT id FROM recovery_sets WHERE user_id = $1)";
    tx.exec(sql, params![user]).await.map(drop)
}
