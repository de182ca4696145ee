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

/// Brings the write-ahead log of a SQLite database into its file, as far as nobody reads what was before: whoever
/// copies or looks at the file alone finds more than an empty shell. Waits for nobody, and nobody waits for it.
pub async fn checkpoint(store: &Store) -> Result<(), StoreError> {
    if store.is_sqlite() {
        let _done: Option<Done> = store.one("PRAGMA wal_checkpoint(PASSIVE)", params![]).await?;
    }
    Ok(())
}

struct Done;

impl crate::row::FromRow for Done {
    fn from_row(_: &crate::row::Row) -> Result<Self, StoreError> {
        Ok(Self)
    }
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
