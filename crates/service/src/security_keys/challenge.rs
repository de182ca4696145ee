//! Giving challenges, and what is remembered of each until it is answered.

use serde::{Deserialize, Serialize};
use twinlock_core::{
    clock::Timestamp,
    entropy::random_bytes,
    factor::webauthn::{KeyKind, UserVerification},
    ids::{ChallengeId, UserId},
};
use twinlock_store::challenges::{self, Ceremony, Challenge};
use uuid::Uuid;

use crate::{Internal, context::Work};

/// A challenge must be answered within this many seconds.
pub const CHALLENGE_SECS: i64 = 300;

/// What was asked together with a challenge. The answer is judged by this, never by what it says of itself.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Asked {
    /// The relying party it was asked for.
    pub(crate) rp_id: String,
    /// What was asked about the person.
    pub(crate) user_verification: UserVerification,
    /// Registration: what the key is to serve.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) kind: Option<KeyKind>,
    /// Registration: the name that was wanted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) name: Option<String>,
    /// Registration: the user handle the key was given, base64url. Passkey: none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) user_handle: Option<Vec<u8>>,
    /// Second step and step-up: the credentials that may answer.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) allowed: Vec<Vec<u8>>,
    /// Passkey: the tenant's slug as it was given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) tenant: Option<String>,
    /// Passkey: keyed hash of the browser's secret, where a page asked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) browser: Option<Vec<u8>>,
}

impl Asked {
    /// A question for one relying party, nothing more.
    pub(crate) fn new(rp_id: &str, user_verification: UserVerification) -> Self {
        Self {
            rp_id: rp_id.to_owned(),
            user_verification,
            kind: None,
            name: None,
            user_handle: None,
            allowed: Vec::new(),
            tenant: None,
            browser: None,
        }
    }
}

/// To whom a challenge is given.
#[derive(Clone, Copy)]
pub(crate) enum Owner<'a> {
    /// A pending login or session of this person.
    Person(Uuid, UserId),
    /// Nobody yet; together with others of the same asker.
    Stranger(&'a str),
}

/// Stores a fresh challenge; the owner's last one of the ceremony is void. Answers its bytes.
pub(crate) async fn give(
    work: &Work<'_>,
    ceremony: Ceremony,
    owner: Owner<'_>,
    asked: &Asked,
) -> Result<[u8; 32], Internal> {
    let now = work.now;
    let bytes = random_bytes::<32>(work.app.entropy());
    let id = ChallengeId::new(now, work.app.entropy());
    let (owner_id, user_id, asker) = match owner {
        Owner::Person(owner, user) => (owner, Some(user), None),
        Owner::Stranger(asker) => (id.0, None, Some(asker)),
    };
    let row = Challenge {
        id,
        owner_id,
        user_id,
        challenge: bytes.to_vec(),
        state: serde_json::to_string(asked).map_err(|_| Internal::Broken("a challenge cannot be written"))?,
        created_at: now,
        expires_at: now.plus_secs(CHALLENGE_SECS),
    };
    challenges::put(work, ceremony, &row, asker).await?;
    Ok(bytes)
}

/// What was asked with a challenge.
pub(crate) fn asked(challenge: &Challenge) -> Result<Asked, Internal> {
    serde_json::from_str(&challenge.state).map_err(|_| Internal::Broken("a challenge cannot be read"))
}

/// Whether it may still be answered. One from the future is dead: the clock was set back.
pub(crate) fn is_alive(challenge: &Challenge, now: Timestamp) -> bool {
    challenge.created_at.millis() <= now.millis() + 60_000 && now < challenge.expires_at
}
