//! Authenticator apps: confirmed factors, and candidates that are not factors yet.

use twinlock_core::{
    clock::Timestamp,
    ids::{FactorId, SessionId, UserId},
};
use uuid::Uuid;

use crate::{
    Run, StoreError, Tx,
    row::{FromRow, Row, params},
    seal::Sealed,
};

/// A confirmed authenticator app.
#[derive(Debug, Clone)]
pub struct TotpFactor {
    /// Id; the sealed secret is bound to it.
    pub id: FactorId,
    /// Whose.
    pub user_id: UserId,
    /// The name its owner gave it.
    pub name: String,
    /// The sealed secret.
    pub secret: Sealed,
    /// The last accepted time step.
    pub last_step: i64,
    /// Until when it opens no more than the recovery code it was enrolled on.
    pub limited_until: Option<Timestamp>,
    /// When it was confirmed.
    pub created_at: Timestamp,
    /// When it last signed in or stepped up.
    pub last_used_at: Option<Timestamp>,
}

impl FromRow for TotpFactor {
    fn from_row(row: &Row) -> Result<Self, StoreError> {
        Ok(Self {
            id: row.id("id")?,
            user_id: row.id("user_id")?,
            name: row.text("name")?,
            secret: Sealed { key_id: row.text("key_id")?, bytes: row.bytes("secret")? },
            last_step: row.int("last_step")?,
            limited_until: row.opt_time("limited_until")?,
            created_at: row.time("created_at")?,
            last_used_at: row.opt_time("last_used_at")?,
        })
    }
}

/// A secret that was shown but not yet confirmed by a code.
#[derive(Debug, Clone)]
pub struct TotpCandidate {
    /// Becomes the factor's id; the sealed secret is bound to it.
    pub id: FactorId,
    /// Whose.
    pub user_id: UserId,
    /// The session that began it: no other may see or confirm it.
    pub session_id: SessionId,
    /// The name given at set-up.
    pub name: String,
    /// The sealed secret, and with it the recovery codes that become valid on confirmation.
    pub secret: Sealed,
    /// Steps that a hint on the clock told of: their codes confirm nothing, and are used when it is a factor.
    pub told: Vec<i64>,
    /// After this it cannot be confirmed.
    pub expires_at: Timestamp,
}

impl FromRow for TotpCandidate {
    fn from_row(row: &Row) -> Result<Self, StoreError> {
        Ok(Self {
            id: row.id("id")?,
            user_id: row.id("user_id")?,
            session_id: row.id("session_id")?,
            name: row.text("name")?,
            secret: Sealed { key_id: row.text("key_id")?, bytes: row.bytes("secret")? },
            told: row.parsed("told_steps", steps_of)?,
            expires_at: row.time("expires_at")?,
        })
    }
}

fn steps_of(text: &str) -> Option<Vec<i64>> {
    text.split_whitespace().map(|step| step.parse().ok()).collect()
}

fn text_of(steps: &[i64]) -> String {
    steps.iter().map(i64::to_string).collect::<Vec<_>>().join(" ")
}

/// How many steps are kept that hints on the clock told of, of a factor or a set-up. Where there are as many, no
/// further hint is given.
pub const MAX_TOLD: usize = 64;
/// They are kept for this many steps after they have passed: a day.
const KEPT_STEPS: i64 = 2880;

/// All confirmed apps of a person, oldest first (at most ten).
pub async fn of_user(run: &impl Run, user: UserId) -> Result<Vec<TotpFactor>, StoreError> {
    let sql = "SELECT * FROM totp_factors WHERE user_id = $1 ORDER BY created_at, id LIMIT 20";
    run.all(sql, params![user]).await
}

/// Makes a candidate a factor. `last_step` is the step of the code that confirmed it: burned.
pub async fn insert(tx: &Tx, factor: &TotpFactor) -> Result<(), StoreError> {
    let sql = "INSERT INTO totp_factors (id, user_id, name, secret, key_id, last_step, limited_until, created_at) \
               VALUES ($1, $2, $3, $4, $5, $6, $7, $8)";
    let secret = &factor.secret;
    let values = params![
        factor.id,
        factor.user_id,
        &factor.name,
        secret.bytes.clone(),
        &secret.key_id,
        factor.last_step,
        factor.limited_until,
        factor.created_at,
    ];
    tx.exec(sql, values).await.map(drop)
}

/// Burns a time step: true for exactly one caller a step, and never for a step at or before the last, nor
/// for one that may have been used while the clock was ahead.
pub async fn accept_step(tx: &Tx, id: FactorId, step: i64, now: Timestamp) -> Result<bool, StoreError> {
    let sql = "UPDATE totp_factors SET last_step = $1, last_used_at = $2 WHERE id = $3 AND last_step < $1 \
               AND NOT EXISTS (SELECT 1 FROM totp_spent_steps s WHERE s.factor_id = totp_factors.id \
               AND s.from_step <= $1 AND s.to_step >= $1)";
    Ok(tx.exec(sql, params![step, now, id]).await? == 1)
}

struct Told {
    steps: i64,
    this: bool,
}

impl FromRow for Told {
    fn from_row(row: &Row) -> Result<Self, StoreError> {
        Ok(Self { steps: row.int("steps")?, this: row.flag("this")? })
    }
}

/// Notes that a hint tells of this step, so that it is never accepted. False where too many are noted already:
/// then nothing must be told. The owner's account is held.
pub async fn tell_step(tx: &Tx, id: FactorId, step: i64, current: i64) -> Result<bool, StoreError> {
    let sql = "DELETE FROM totp_spent_steps WHERE factor_id = $1 AND from_step = to_step AND to_step < $2";
    tx.exec(sql, params![id, current - KEPT_STEPS]).await?;
    let sql = "SELECT count(*) AS steps, \
               count(CASE WHEN from_step <= $2 AND to_step >= $2 THEN 1 END) AS this \
               FROM totp_spent_steps WHERE factor_id = $1";
    let found: Option<Told> = tx.one(sql, params![id, step]).await?;
    match found {
        Some(Told { this: true, .. }) => Ok(true),
        Some(Told { steps, .. }) if usize::try_from(steps).is_ok_and(|steps| steps >= MAX_TOLD) => Ok(false),
        _ => {
            spend_step(tx, id, step).await?;
            Ok(true)
        }
    }
}

/// Counts one step of an app as used, whether it was or not.
pub async fn spend_step(tx: &Tx, id: FactorId, step: i64) -> Result<(), StoreError> {
    let sql = "INSERT INTO totp_spent_steps (factor_id, from_step, to_step) VALUES ($1, $2, $2)";
    tx.exec(sql, params![id, step]).await.map(drop)
}

/// Renames a person's own app; answers whether there is one of this id.
pub async fn rename(tx: &Tx, user: UserId, id: FactorId, name: &str) -> Result<bool, StoreError> {
    let sql = "UPDATE totp_factors SET name = $1 WHERE id = $2 AND user_id = $3";
    Ok(tx.exec(sql, params![name, id, user]).await? == 1)
}

/// Removes a person's own app; answers whether there was one of this id.
pub async fn remove(tx: &Tx, user: UserId, id: FactorId) -> Result<bool, StoreError> {
    let sql = "DELETE FROM totp_factors WHERE id = $1 AND user_id = $2";
    Ok(tx.exec(sql, params![id, user]).await? == 1)
}

/// Removes all apps of a person, and the candidate.
pub async fn remove_all(tx: &Tx, user: UserId) -> Result<u64, StoreError> {
    remove_candidate(tx, user).await?;
    tx.exec("DELETE FROM totp_factors WHERE user_id = $1", params![user]).await
}

/// Stores a candidate in place of the person's last one.
pub async fn put_candidate(tx: &Tx, candidate: &TotpCandidate) -> Result<(), StoreError> {
    let sql = "INSERT INTO totp_candidates (user_id, id, session_id, name, secret, key_id, expires_at, told_steps) \
               VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT (user_id) DO UPDATE SET id = excluded.id, \
               session_id = excluded.session_id, name = excluded.name, secret = excluded.secret, \
               key_id = excluded.key_id, expires_at = excluded.expires_at, told_steps = excluded.told_steps";
    let secret = &candidate.secret;
    let values = params![
        candidate.user_id,
        candidate.id,
        candidate.session_id,
        &candidate.name,
        secret.bytes.clone(),
        &secret.key_id,
        candidate.expires_at,
        text_of(&candidate.told),
    ];
    tx.exec(sql, values).await.map(drop)
}

/// The person's candidate, expired or not.
pub async fn candidate(run: &impl Run, user: UserId) -> Result<Option<TotpCandidate>, StoreError> {
    run.one("SELECT * FROM totp_candidates WHERE user_id = $1", params![user]).await
}

/// Notes what hints told of the candidate of this id.
pub async fn tell_candidate(tx: &Tx, id: FactorId, told: &[i64]) -> Result<(), StoreError> {
    let sql = "UPDATE totp_candidates SET told_steps = $1 WHERE id = $2";
    tx.exec(sql, params![text_of(told), id]).await.map(drop)
}

/// Takes the candidate of this id away; true for exactly one caller.
pub async fn consume_candidate(tx: &Tx, user: UserId, id: FactorId) -> Result<bool, StoreError> {
    let sql = "DELETE FROM totp_candidates WHERE user_id = $1 AND id = $2";
    Ok(tx.exec(sql, params![user, id]).await? == 1)
}

/// Drops the person's candidate, if any.
pub async fn remove_candidate(tx: &Tx, user: UserId) -> Result<(), StoreError> {
    tx.exec("DELETE FROM totp_candidates WHERE user_id = $1", params![user]).await.map(drop)
}

/// Sealed secrets that another key than `key_id` sealed (for key rotation), candidates not included:
/// they end by themselves.
pub async fn sealed_by_others(
    run: &impl Run,
    key_id: &str,
    limit: u32,
) -> Result<Vec<TotpFactor>, StoreError> {
    let sql = "SELECT * FROM totp_factors WHERE key_id <> $1 ORDER BY id LIMIT $2";
    run.all(sql, params![key_id, limit]).await
}

/// Replaces a sealed secret by the same one under another key.
pub async fn reseal(tx: &Tx, id: Uuid, old: &Sealed, new: &Sealed) -> Result<bool, StoreError> {
    let sql = "UPDATE totp_factors SET secret = $1, key_id = $2 WHERE id = $3 AND secret = $4";
    let values = params![new.bytes.clone(), &new.key_id, id, old.bytes.clone()];
    Ok(tx.exec(sql, values).await? == 1)
}

/// Counts every step up to `step` as used: codes seen around a backup must not work after a restore.
pub async fn burn_steps(tx: &Tx, step: i64) -> Result<u64, StoreError> {
    tx.exec("UPDATE totp_factors SET last_step = $1 WHERE last_step < $1", params![step]).await
}
