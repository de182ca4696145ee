//! Sets of recovery codes. A set has one salt; a code is found by its keyed Argon2id hash.

use twinlock_core::{
    clock::Timestamp,
    factor::recovery::CodeFormat,
    ids::{CodeSetId, UserId},
};

use crate::{
    Run, Stale, StoreError, Tx,
    row::{Bind, FromRow, Row, params},
    shown_codes,
};

/// How the codes of a set are hashed.
#[derive(Debug, Clone)]
pub struct CodeSet {
    /// Id.
    pub id: CodeSetId,
    /// Whose.
    pub user_id: UserId,
    /// Salt of all its codes (16 bytes).
    pub salt: Vec<u8>,
    /// Argon2 parameters, `m=…,t=…,p=…`.
    pub params: String,
    /// Master key whose derived pepper is Argon2's secret key.
    pub key_id: String,
    /// Form of its codes.
    pub format: CodeFormat,
    /// When it became valid.
    pub created_at: Timestamp,
    /// When its owner said that the codes are saved, or used one.
    pub saved_at: Option<Timestamp>,
}

impl FromRow for CodeSet {
    fn from_row(row: &Row) -> Result<Self, StoreError> {
        Ok(Self {
            id: row.id("id")?,
            user_id: row.id("user_id")?,
            salt: row.bytes("salt")?,
            params: row.text("params")?,
            key_id: row.text("key_id")?,
            format: row.parsed("format", parse_format)?,
            created_at: row.time("created_at")?,
            saved_at: row.opt_time("saved_at")?,
        })
    }
}

fn parse_format(text: &str) -> Option<CodeFormat> {
    serde_json::from_value(text.into()).ok()
}

fn format_text(format: CodeFormat) -> &'static str {
    match format {
        CodeFormat::Digits8 => "8digits",
        CodeFormat::Long16 => "long",
    }
}

/// The person's set, if they have one.
pub async fn of_user(run: &impl Run, user: UserId) -> Result<Option<CodeSet>, StoreError> {
    run.one("SELECT * FROM recovery_sets WHERE user_id = $1", params![user]).await
}

/// Puts a full set in place of the person's last one: there is never more or less than one valid set.
pub async fn replace(tx: &Tx, set: &CodeSet, tags: &[[u8; 32]]) -> Result<(), StoreError> {
    tx.stale(Stale::User(set.user_id));
    remove_all(tx, set.user_id).await?;
    let sql = "INSERT INTO recovery_sets (user_id, id, salt, params, key_id, format, created_at, saved_at) \
               VALUES ($1, $2, $3, $4, $5, $6, $7, $8)";
    let values = params![
        set.user_id,
        set.id,
        set.salt.clone(),
        &set.params,
        &set.key_id,
        format_text(set.format),
        set.created_at,
        set.saved_at,
    ];
    tx.exec(sql, values).await?;
    let rows: Vec<_> = (0..tags.len()).map(|i| format!("($1, ${})", i + 2)).collect();
    let mut values = params![set.id];
    values.extend(tags.iter().map(|tag| tag.as_slice().bind()));
    let sql = format!("INSERT INTO recovery_codes (set_id, tag) VALUES {}", rows.join(", "));
    tx.exec(&sql, values).await.map(drop)
}

/// Uses up a code: true for exactly one caller a code.
pub async fn consume(tx: &Tx, set: CodeSetId, tag: &[u8; 32], now: Timestamp) -> Result<bool, StoreError> {
    let sql = "UPDATE recovery_codes SET used_at = $1 WHERE set_id = $2 AND tag = $3 AND used_at IS NULL";
    Ok(tx.exec(sql, params![now, set, tag.as_slice()]).await? == 1)
}

/// Whether the set holds this code, used or not.
pub async fn holds(run: &impl Run, set: CodeSetId, tag: &[u8; 32]) -> Result<bool, StoreError> {
    let sql = "SELECT * FROM recovery_sets WHERE id = $1 AND EXISTS \
               (SELECT 1 FROM recovery_codes WHERE set_id = $1 AND tag = $2)";
    let found: Option<CodeSet> = run.one(sql, params![set, tag.as_slice()]).await?;
    Ok(found.is_some())
}

/// Notes that the person's codes are saved, and forgets what pages could show of them; false where they were, or there
/// are none.
pub async fn mark_saved(tx: &Tx, user: UserId, now: Timestamp) -> Result<bool, StoreError> {
    tx.stale(Stale::User(user));
    let sql = "UPDATE recovery_sets SET saved_at = $1 WHERE user_id = $2 AND saved_at IS NULL";
    let marked = tx.exec(sql, params![now, user]).await? == 1;
    if marked {
        shown_codes::forget(tx, user).await?;
    }
    Ok(marked)
}

/// Removes the person's set and its codes.
pub async fn remove_all(tx: &Tx, user: UserId) -> Result<(), StoreError> {
    tx.stale(Stale::User(user));
    tx.exec("DELETE FROM recovery_sets WHERE user_id = $1", params![user]).await.map(drop)
}
