//! Facts about this database as a whole, and the master keys it depends on.

use twinlock_core::clock::Timestamp;

use crate::{
    Run, StoreError, Tx,
    row::{FromRow, Row, params},
};

struct Text(String);

impl FromRow for Text {
    fn from_row(row: &Row) -> Result<Self, StoreError> {
        Ok(Self(row.text("value")?))
    }
}

/// A fact by name.
pub async fn get(run: &impl Run, name: &str) -> Result<Option<String>, StoreError> {
    let found: Option<Text> = run.one("SELECT value FROM meta WHERE name = $1", params![name]).await?;
    Ok(found.map(|text| text.0))
}

/// A fact by name, held until the end of the transaction.
pub async fn hold(tx: &Tx, name: &str) -> Result<Option<String>, StoreError> {
    let sql = format!("SELECT value FROM meta WHERE name = $1{}", tx.for_update("meta"));
    let found: Option<Text> = tx.one(&sql, params![name]).await?;
    Ok(found.map(|text| text.0))
}

/// Sets a fact.
pub async fn set(tx: &Tx, name: &str, value: &str) -> Result<(), StoreError> {
    let sql = "INSERT INTO meta (name, value) VALUES ($1, $2) \
               ON CONFLICT (name) DO UPDATE SET value = excluded.value";
    tx.exec(sql, params![name, value]).await.map(drop)
}

/// Sets a fact that must not exist yet; answers whether this caller was the one.
pub async fn set_once(tx: &Tx, name: &str, value: &str) -> Result<bool, StoreError> {
    let sql = "INSERT INTO meta (name, value) VALUES ($1, $2) ON CONFLICT (name) DO NOTHING";
    Ok(tx.exec(sql, params![name, value]).await? == 1)
}

/// A master key that rows of this database name.
#[derive(Debug, Clone)]
pub struct VaultKey {
    /// Its id.
    pub id: String,
    /// Recognises the key's bytes without giving them away.
    pub check_tag: Vec<u8>,
    /// When it came into use; the newest is used for everything new.
    pub created_at: Timestamp,
}

impl FromRow for VaultKey {
    fn from_row(row: &Row) -> Result<Self, StoreError> {
        Ok(Self {
            id: row.text("id")?,
            check_tag: row.bytes("check_tag")?,
            created_at: row.time("created_at")?,
        })
    }
}

/// The master keys that this database names, newest last.
pub async fn vault_keys(run: &impl Run) -> Result<Vec<VaultKey>, StoreError> {
    run.all("SELECT * FROM vault_keys ORDER BY created_at, id", params![]).await
}

/// Records a master key; answers whether it is new.
pub async fn add_vault_key(tx: &Tx, key: &VaultKey) -> Result<bool, StoreError> {
    let sql =
        "INSERT INTO vault_keys (id, check_tag, created_at) VALUES ($1, $2, $3) ON CONFLICT (id) DO NOTHING";
    Ok(tx.exec(sql, params![&key.id, key.check_tag.clone(), key.created_at]).await? == 1)
}

/// Forgets a master key that no row names any more; answers whether that was so.
pub async fn retire_vault_key(tx: &Tx, id: &str) -> Result<bool, StoreError> {
    let sql = "DELETE FROM vault_keys WHERE id = $1 \
         AND NOT EXISTS (SELECT 1 FROM totp_factors WHERE key_id = $1) \
         AND NOT EXISTS (SELECT 1 FROM totp_candidates WHERE key_id = $1) \
         AND NOT EXISTS (SELECT 1 FROM recovery_sets WHERE key_id = $1) \
         AND NOT EXISTS (SELECT 1 FROM shown_codes WHERE key_id = $1) \
         AND NOT EXISTS (SELECT 1 FROM signing_keys WHERE key_id = $1) \
         AND NOT EXISTS (SELECT 1 FROM outbox WHERE key_id = $1)";
    Ok(tx.exec(sql, params![id]).await? == 1)
}
