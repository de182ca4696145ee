//! Keys that sign tokens: sealed, shared by all nodes, rotated.

use twinlock_core::clock::Timestamp;
use uuid::Uuid;

use crate::{
    Run, StoreError, Tx,
    row::{FromRow, Row, params},
    seal::Sealed,
};

/// What a key signs with (RFC 7518 section 3.1, RFC 8037 section 3.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SigningAlgorithm {
    /// Ed25519.
    EdDsa,
    /// ECDSA over P-256 with SHA-256.
    Es256,
}

impl SigningAlgorithm {
    /// All of them.
    pub const ALL: [Self; 2] = [Self::EdDsa, Self::Es256];

    /// Its name as a JWK's `alg`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::EdDsa => "EdDSA",
            Self::Es256 => "ES256",
        }
    }

    fn parse(text: &str) -> Result<Self, StoreError> {
        let named = Self::ALL.into_iter().find(|algorithm| algorithm.as_str() == text);
        named.ok_or(StoreError::Corrupt("the algorithm of a signing key"))
    }
}

/// A sealed private key.
#[derive(Debug, Clone)]
pub struct SigningKey {
    /// `kid` of the tokens it signs; the seal is bound to it.
    pub id: Uuid,
    /// What it signs with.
    pub algorithm: SigningAlgorithm,
    /// The sealed private key.
    pub sealed: Sealed,
    /// When it was made; the newest of an algorithm signs.
    pub created_at: Timestamp,
    /// Since when it only verifies.
    pub retired_at: Option<Timestamp>,
}

impl FromRow for SigningKey {
    fn from_row(row: &Row) -> Result<Self, StoreError> {
        Ok(Self {
            id: row.id("id")?,
            algorithm: SigningAlgorithm::parse(&row.text("algorithm")?)?,
            sealed: Sealed { key_id: row.text("key_id")?, bytes: row.bytes("sealed")? },
            created_at: row.time("created_at")?,
            retired_at: row.opt_time("retired_at")?,
        })
    }
}

/// All keys, oldest first.
pub async fn all(run: &impl Run) -> Result<Vec<SigningKey>, StoreError> {
    run.all("SELECT * FROM signing_keys ORDER BY created_at, id LIMIT 50", params![]).await
}

/// Adds a key, and retires those of its algorithm before it.
pub async fn rotate(tx: &Tx, key: &SigningKey) -> Result<(), StoreError> {
    let sql = "UPDATE signing_keys SET retired_at = $1 WHERE retired_at IS NULL AND algorithm = $2";
    tx.exec(sql, params![key.created_at, key.algorithm.as_str()]).await?;
    let sql =
        "INSERT INTO signing_keys (id, algorithm, sealed, key_id, created_at) VALUES ($1, $2, $3, $4, $5)";
    let Sealed { key_id, bytes } = &key.sealed;
    tx.exec(sql, params![key.id, key.algorithm.as_str(), bytes.clone(), key_id, key.created_at])
        .await
        .map(drop)
}

/// Forgets keys retired before `before`: no token they signed can be alive.
pub async fn purge(tx: &Tx, before: Timestamp) -> Result<u64, StoreError> {
    tx.exec("DELETE FROM signing_keys WHERE retired_at < $1", params![before]).await
}

/// Replaces a sealed key by the same one under another master key.
pub async fn reseal(tx: &Tx, key: &SigningKey, new: &Sealed) -> Result<bool, StoreError> {
    let sql = "UPDATE signing_keys SET sealed = $1, key_id = $2 WHERE id = $3 AND key_id = $4";
    let values = params![new.bytes.clone(), &new.key_id, key.id, &key.sealed.key_id];
    Ok(tx.exec(sql, values).await? == 1)
}
