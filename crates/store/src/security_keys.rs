//! Security keys and passkeys.

use twinlock_core::{
    clock::Timestamp,
    factor::webauthn::KeyKind,
    ids::{FactorId, UserId},
};
use uuid::Uuid;

use crate::{
    Run, StoreError, Tx,
    row::{FromRow, Row, params},
};

/// A registered credential.
#[derive(Debug, Clone)]
pub struct SecurityKey {
    /// Id.
    pub id: FactorId,
    /// Whose.
    pub user_id: UserId,
    /// The id the authenticator gave it, up to 1023 bytes; no two credentials share one.
    pub credential_id: Vec<u8>,
    /// The relying party it was registered for: it can be used nowhere else.
    pub rp_id: String,
    /// What it serves.
    pub kind: KeyKind,
    /// The name its owner gave it.
    pub name: String,
    /// The public key, COSE-encoded (RFC 9052 §7).
    pub public_key: Vec<u8>,
    /// COSE algorithm: -7 ES256, -35 ES384, -257 RS256.
    pub algorithm: i64,
    /// The last accepted signature counter.
    pub sign_count: u32,
    /// Whether it verified the user at registration.
    pub user_verified: bool,
    /// Whether it may be copied to other devices; never changes.
    pub backup_eligible: bool,
    /// Whether it was copied when last seen.
    pub backed_up: bool,
    /// The make, as the authenticator says; a hint unless attested.
    pub aaguid: Uuid,
    /// How it is reached (`usb`, `nfc`, `internal`, …), as the browser says; a hint.
    pub transports: Vec<String>,
    /// How its make was shown: `none`, `self`, or the format whose chain was verified.
    pub attestation: String,
    /// When its counter last failed to rise.
    pub counter_alert_at: Option<Timestamp>,
    /// When its device was first seen to find it by itself, where it is a second factor only.
    pub discovered_at: Option<Timestamp>,
    /// Until when it opens no more than the recovery code it was enrolled on.
    pub limited_until: Option<Timestamp>,
    /// When it was registered.
    pub created_at: Timestamp,
    /// When it last signed in or stepped up.
    pub last_used_at: Option<Timestamp>,
}

impl FromRow for SecurityKey {
    fn from_row(row: &Row) -> Result<Self, StoreError> {
        Ok(Self {
            id: row.id("id")?,
            user_id: row.id("user_id")?,
            credential_id: row.bytes("credential_id")?,
            rp_id: row.text("rp_id")?,
            kind: row.parsed("kind", KeyKind::parse)?,
            name: row.text("name")?,
            public_key: row.bytes("public_key")?,
            algorithm: row.int("algorithm")?,
            sign_count: row.count("sign_count")?,
            user_verified: row.flag("user_verified")?,
            backup_eligible: row.flag("backup_eligible")?,
            backed_up: row.flag("backed_up")?,
            aaguid: row.id("aaguid")?,
            transports: row.parsed("transports", |text| serde_json::from_str(text).ok())?,
            attestation: row.text("attestation")?,
            counter_alert_at: row.opt_time("counter_alert_at")?,
            discovered_at: row.opt_time("discovered_at")?,
            limited_until: row.opt_time("limited_until")?,
            created_at: row.time("created_at")?,
            last_used_at: row.opt_time("last_used_at")?,
        })
    }
}

/// All keys of a person, oldest first (at most ten).
pub async fn of_user(run: &impl Run, user: UserId) -> Result<Vec<SecurityKey>, StoreError> {
    let sql = "SELECT * FROM security_keys WHERE user_id = $1 ORDER BY created_at, id LIMIT 20";
    run.all(sql, params![user]).await
}

/// The credential with this id, whoever owns it.
pub async fn by_credential(run: &impl Run, credential: &[u8]) -> Result<Option<SecurityKey>, StoreError> {
    run.one("SELECT * FROM security_keys WHERE credential_id = $1", params![credential]).await
}

struct Handled(SecurityKey, Option<Vec<u8>>);

impl FromRow for Handled {
    fn from_row(row: &Row) -> Result<Self, StoreError> {
        Ok(Self(SecurityKey::from_row(row)?, row.opt_bytes("user_handle")?))
    }
}

/// The credential with this id, whoever owns it, and the user handle its authenticator knows them by.
pub async fn by_credential_with_handle(
    run: &impl Run,
    credential: &[u8],
) -> Result<Option<(SecurityKey, Vec<u8>)>, StoreError> {
    let sql = "SELECT k.*, u.user_handle FROM security_keys k JOIN users u ON u.id = k.user_id \
               WHERE k.credential_id = $1";
    let found: Option<Handled> = run.one(sql, params![credential]).await?;
    Ok(found.and_then(|Handled(key, handle)| Some((key, handle?))))
}

/// Stores a new credential; [`StoreError::Conflict`] when one of this credential id exists, on any account.
pub async fn insert(tx: &Tx, key: &SecurityKey) -> Result<(), StoreError> {
    let sql = "INSERT INTO security_keys (id, user_id, credential_id, rp_id, kind, name, public_key, \
               algorithm, sign_count, user_verified, backup_eligible, backed_up, aaguid, transports, \
               attestation, limited_until, created_at, discovered_at) \
               VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18) \
               ON CONFLICT (credential_id) DO NOTHING";
    let transports = serde_json::to_string(&key.transports).map_err(|_| StoreError::Corrupt("transports"))?;
    let values = params![
        key.id,
        key.user_id,
        key.credential_id.as_slice(),
        &key.rp_id,
        key.kind.as_str(),
        &key.name,
        key.public_key.as_slice(),
        key.algorithm,
        key.sign_count,
        key.user_verified,
        key.backup_eligible,
        key.backed_up,
        key.aaguid,
        transports,
        &key.attestation,
        key.limited_until,
        key.created_at,
        key.discovered_at,
    ];
    if tx.exec(sql, values).await? == 1 { Ok(()) } else { Err(StoreError::Conflict) }
}

/// Accepts a signature counter: true only where it rose over the stored one, or both are zero. Of two
/// assertions with one counter, one wins.
pub async fn accept_counter(
    tx: &Tx,
    id: FactorId,
    counter: u32,
    backed_up: bool,
    now: Timestamp,
) -> Result<bool, StoreError> {
    let sql = "UPDATE security_keys SET sign_count = $1, backed_up = $2, last_used_at = $3 \
               WHERE id = $4 AND (sign_count < $1 OR (sign_count = 0 AND $1 = 0))";
    Ok(tx.exec(sql, params![counter, backed_up, now, id]).await? == 1)
}

/// Marks a key whose counter did not rise.
pub async fn mark_counter(tx: &Tx, id: FactorId, now: Timestamp) -> Result<(), StoreError> {
    let sql = "UPDATE security_keys SET counter_alert_at = $1 WHERE id = $2";
    tx.exec(sql, params![now, id]).await.map(drop)
}

/// Notes that a key that is a second factor only answered where no credential was named.
pub async fn mark_discovered(tx: &Tx, id: FactorId, now: Timestamp) -> Result<(), StoreError> {
    let sql = "UPDATE security_keys SET discovered_at = $1 WHERE id = $2 AND discovered_at IS NULL";
    tx.exec(sql, params![now, id]).await.map(drop)
}

/// Lets a person's own key sign in alone; true for exactly one caller, and only for a key that verified the user when
/// it was registered and that its device finds by itself.
pub async fn let_sign_in_alone(tx: &Tx, user: UserId, id: FactorId) -> Result<bool, StoreError> {
    let sql = "UPDATE security_keys SET kind = 'passkey' WHERE id = $1 AND user_id = $2 AND kind = 'security_key' \
               AND user_verified = 1 AND discovered_at IS NOT NULL";
    Ok(tx.exec(sql, params![id, user]).await? == 1)
}

/// Renames a person's own key; answers whether there is one of this id.
pub async fn rename(tx: &Tx, user: UserId, id: FactorId, name: &str) -> Result<bool, StoreError> {
    let sql = "UPDATE security_keys SET name = $1 WHERE id = $2 AND user_id = $3";
    Ok(tx.exec(sql, params![name, id, user]).await? == 1)
}

/// Removes a person's own key; answers whether there was one of this id.
pub async fn remove(tx: &Tx, user: UserId, id: FactorId) -> Result<bool, StoreError> {
    let sql = "DELETE FROM security_keys WHERE id = $1 AND user_id = $2";
    Ok(tx.exec(sql, params![id, user]).await? == 1)
}

/// Removes all keys of a person.
pub async fn remove_all(tx: &Tx, user: UserId) -> Result<u64, StoreError> {
    tx.exec("DELETE FROM security_keys WHERE user_id = $1", params![user]).await
}
