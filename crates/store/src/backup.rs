//! Copies of an embedded database, taken while it is in use.

use std::path::Path;

use crate::{Run, Store, StoreError, row::params};

/// Writes a consistent copy of a SQLite database to a file that must not exist yet.
pub async fn copy_to(store: &Store, file: &Path) -> Result<(), StoreError> {
    if !store.is_sqlite() {
        return Err(StoreError::Unsupported("backup copies SQLite only; use pg_dump for PostgreSQL"));
    }
    let path = file.to_str().ok_or(StoreError::Unsupported("the path is not Unicode"))?;
    store.exec("VACUUM INTO $1", params![path]).await.map(drop)
}

struct Text(String);

impl crate::row::FromRow for Text {
    fn from_row(row: &crate::row::Row) -> Result<Self, StoreError> {
        Ok(Self(row.text("integrity_check")?))
    }
}

/// Whether a SQLite file is whole.
pub async fn is_whole(store: &Store) -> Result<bool, StoreError> {
    let answer: Option<Text> = store.one("PRAGMA integrity_check(1)", params![]).await?;
    Ok(answer.is_some_and(|text| text.0 == "ok"))
}
