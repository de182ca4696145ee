//! Open WebAuthn challenges: each is answered once, by whom it was given to.

use twinlock_core::{
    clock::Timestamp,
    ids::{ChallengeId, UserId},
};
use uuid::Uuid;

use crate::{
    Run, StoreError, Tx,
    row::{FromRow, Row, params},
};

/// What a challenge was given for. One of another ceremony is never accepted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ceremony {
    /// Registering a key, in a session.
    Register,
    /// The second step of a pending login.
    SignIn,
    /// Step-up of a session.
    StepUp,
    /// Signing in without a password.
    Passkey,
}

impl Ceremony {
    fn as_str(self) -> &'static str {
        match self {
            Self::Register => "register",
            Self::SignIn => "sign_in",
            Self::StepUp => "step_up",
            Self::Passkey => "passkey",
        }
    }
}

/// A challenge.
#[derive(Debug, Clone)]
pub struct Challenge {
    /// Id.
    pub id: ChallengeId,
    /// The pending login or session it belongs to; its own id for [`Ceremony::Passkey`].
    pub owner_id: Uuid,
    /// The person it was given to; nobody yet for [`Ceremony::Passkey`].
    pub user_id: Option<UserId>,
    /// 32 random bytes.
    pub challenge: Vec<u8>,
    /// What was asked, as JSON of the use case.
    pub state: String,
    /// When it was given.
    pub created_at: Timestamp,
    /// When it ends.
    pub expires_at: Timestamp,
}

impl FromRow for Challenge {
    fn from_row(row: &Row) -> Result<Self, StoreError> {
        Ok(Self {
            id: row.id("id")?,
            owner_id: row.id("owner_id")?,
            user_id: row.opt_uuid("user_id")?.map(UserId),
            challenge: row.bytes("challenge")?,
            state: row.text("state")?,
            created_at: row.time("created_at")?,
            expires_at: row.time("expires_at")?,
        })
    }
}

/// Stores a challenge in place of the owner's last one of the same ceremony. Who has no owner is counted
/// together with others of the same `asker`: see [`make_room`].
pub async fn put(
    tx: &Tx,
    ceremony: Ceremony,
    challenge: &Challenge,
    asker: Option<&str>,
) -> Result<(), StoreError> {
    let sql = "INSERT INTO webauthn_challenges (id, ceremony, owner_id, user_id, challenge, state, address, \
               created_at, expires_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) \
               ON CONFLICT (ceremony, owner_id) DO UPDATE SET id = excluded.id, user_id = excluded.user_id, \
               challenge = excluded.challenge, state = excluded.state, address = excluded.address, \
               created_at = excluded.created_at, expires_at = excluded.expires_at";
    let values = params![
        challenge.id,
        ceremony.as_str(),
        challenge.owner_id,
        challenge.user_id,
        challenge.challenge.as_slice(),
        &challenge.state,
        asker,
        challenge.created_at,
        challenge.expires_at,
    ];
    tx.exec(sql, values).await.map(drop)
}

/// The owner's open challenge, to look at only.
pub async fn of_owner(
    run: &impl Run,
    ceremony: Ceremony,
    owner: Uuid,
) -> Result<Option<Challenge>, StoreError> {
    let sql = "SELECT * FROM webauthn_challenges WHERE ceremony = $1 AND owner_id = $2";
    run.one(sql, params![ceremony.as_str(), owner]).await
}

/// An open challenge by its own bytes, to look at only.
pub async fn by_value(
    run: &impl Run,
    ceremony: Ceremony,
    value: &[u8],
) -> Result<Option<Challenge>, StoreError> {
    let sql = "SELECT * FROM webauthn_challenges WHERE challenge = $1 AND ceremony = $2";
    run.one(sql, params![value, ceremony.as_str()]).await
}

/// Uses a challenge up, whether its answer was good or not: true for exactly one caller.
pub async fn consume(tx: &Tx, id: ChallengeId) -> Result<bool, StoreError> {
    Ok(tx.exec("DELETE FROM webauthn_challenges WHERE id = $1", params![id]).await? == 1)
}

/// Voids the oldest challenges of an asker, so that at most `kept` are left.
pub async fn make_room(tx: &Tx, asker: &str, kept: u32) -> Result<u64, StoreError> {
    // The limit is there because SQLite knows no offset without one.
    let oldest = "id IN (SELECT id FROM webauthn_challenges \
                  WHERE address = $1 ORDER BY expires_at DESC LIMIT 10000 OFFSET $2)";
    tx.clear("webauthn_challenges", "id", oldest, params![asker, kept]).await
}
