//! Tokens: of a session one is live, and those that it replaced are good for a moment longer.

use twinlock_core::{
    assurance::Proofs,
    clock::Timestamp,
    ids::{SessionId, TokenId},
};

use super::{LiveToken, SESSION_COLUMNS, Session};
use crate::{
    Run, Stale, StoreError, Tx,
    row::{Bind, Found, params},
    seal::Tag,
    users::ACCOUNT_COLUMNS,
};

/// Tokens of the session itself only: one that was given to an app never opens what the person may do here.
fn live_token_sql(condition: &str) -> String {
    format!(
        "SELECT k.id AS k_id, k.ends_at AS k_ends_at, k.proofs, {SESSION_COLUMNS}, {ACCOUNT_COLUMNS} FROM session_tokens k \
         JOIN sessions s ON s.id = k.session_id JOIN users u ON u.id = s.user_id \
         JOIN tenants t ON t.id = u.tenant_id WHERE s.ended_at IS NULL AND (k.ends_at IS NULL OR k.ends_at > 0) \
         AND k.client_id IS NULL AND {condition}"
    )
}

/// The live token of this id (a JWT's `jti`).
pub async fn token_by_id(run: &impl Run, id: TokenId) -> Result<Option<LiveToken>, StoreError> {
    run.one(&live_token_sql("k.id = $1"), params![id]).await
}

/// The live token of one of these hashes (a cookie).
pub async fn token_by_hash(run: &impl Run, hashes: &[Tag]) -> Result<Option<LiveToken>, StoreError> {
    let places: Vec<_> = (1..=hashes.len()).map(|i| format!("${i}")).collect();
    let sql = live_token_sql(&format!("k.token_hash IN ({})", places.join(", ")));
    run.one(&sql, hashes.iter().map(|tag| tag.bytes.as_slice().bind()).collect()).await
}

/// A token to be stored: a cookie has a hash, a JWT is known by its id.
pub struct NewToken<'a> {
    /// Its id.
    pub id: TokenId,
    /// Its session.
    pub session: SessionId,
    /// Keyed hash of a cookie.
    pub hash: Option<&'a Tag>,
    /// What it may claim was proven.
    pub proofs: &'a Proofs,
    /// When it is issued.
    pub now: Timestamp,
}

/// Stores a token of a session, the one that is live from now on: the earlier ones must have been removed or
/// replaced.
pub async fn insert_token(tx: &Tx, token: &NewToken<'_>) -> Result<(), StoreError> {
    let sql = "INSERT INTO session_tokens (id, session_id, token_hash, proofs, created_at) \
               VALUES ($1, $2, $3, $4, $5)";
    let proofs = serde_json::to_string(token.proofs).map_err(|_| StoreError::Corrupt("proofs"))?;
    let hash = token.hash.map(|tag| tag.bytes.to_vec());
    tx.exec(sql, params![token.id, token.session, hash, proofs, token.now]).await.map(drop)
}

/// Ends a session's tokens: nothing that was issued for it so far is good any more, by no node's clock. The live one's
/// row stays, so that a browser which never got the next one learns what became of it ([`was_replaced`]).
pub async fn end_tokens(tx: &Tx, session: SessionId) -> Result<(), StoreError> {
    tx.stale(Stale::Session(session));
    let sql = "DELETE FROM session_tokens WHERE session_id = $1 AND ends_at IS NOT NULL";
    tx.exec(sql, params![session]).await?;
    let sql = "UPDATE session_tokens SET ends_at = 0 WHERE session_id = $1";
    tx.exec(sql, params![session]).await.map(drop)
}

/// Whether a later token took the place of the cookie of one of these hashes after `since`, in a session that goes on.
pub async fn was_replaced(run: &impl Run, hashes: &[Tag], since: Timestamp) -> Result<bool, StoreError> {
    let places: Vec<_> = (2..hashes.len() + 2).map(|i| format!("${i}")).collect();
    let sql = format!(
        "SELECT 1 AS n FROM session_tokens k JOIN sessions s ON s.id = k.session_id \
         JOIN session_tokens live ON live.session_id = s.id AND live.ends_at IS NULL AND live.created_at > $1 \
         WHERE s.ended_at IS NULL AND k.ends_at IS NOT NULL AND k.token_hash IN ({}) LIMIT 1",
        places.join(", ")
    );
    let mut values = params![since];
    values.extend(hashes.iter().map(|tag| tag.bytes.as_slice().bind()));
    Ok(run.one::<Found>(&sql, values).await?.is_some())
}

/// Whether a later token took the place of this one after `since`.
pub async fn is_replaced(run: &impl Run, token: TokenId, since: Timestamp) -> Result<bool, StoreError> {
    let sql = "SELECT 1 AS n FROM session_tokens k JOIN session_tokens live ON live.session_id = k.session_id \
               AND live.ends_at IS NULL AND live.created_at > $1 WHERE k.id = $2 AND k.ends_at IS NOT NULL LIMIT 1";
    Ok(run.one::<Found>(sql, params![since, token]).await?.is_some())
}

/// Tokens of a session that may be good beside the live one, the newest of those that were replaced.
const REPLACED_KEPT: u32 = 8;

/// Makes room for a new live token: the one so far is good until `ends_at`. Of the replaced ones a few stay.
pub async fn replace_token(tx: &Tx, session: SessionId, ends_at: Timestamp) -> Result<(), StoreError> {
    tx.stale(Stale::Session(session));
    let sql = "UPDATE session_tokens SET ends_at = $1 WHERE session_id = $2 AND ends_at IS NULL";
    tx.exec(sql, params![ends_at, session]).await?;
    let sql = "DELETE FROM session_tokens WHERE session_id = $1 AND id NOT IN (SELECT id FROM session_tokens \
               WHERE session_id = $1 ORDER BY ends_at DESC, id DESC LIMIT $2)";
    tx.exec(sql, params![session, REPLACED_KEPT]).await.map(drop)
}

/// Whether a token still stands for an open session, asked in the transaction that acts for it.
pub async fn is_open(tx: &Tx, token: TokenId, now: Timestamp) -> Result<bool, StoreError> {
    let sql = format!(
        "SELECT {SESSION_COLUMNS} FROM session_tokens k JOIN sessions s ON s.id = k.session_id \
         WHERE k.id = $1 AND k.client_id IS NULL AND s.ended_at IS NULL AND (k.ends_at IS NULL OR k.ends_at > $2)"
    );
    Ok(tx.one::<Session>(&sql, params![token, now]).await?.is_some())
}
