//! What can go wrong, and whether trying again helps.

use std::{borrow::Cow, error::Error};

use sea_orm::{
    DbErr, RuntimeErr, SqlErr,
    sqlx::{self, error::DatabaseError},
};

/// What can go wrong below a use case.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The database refused or is away. The text is for the log, never for a client.
    #[error("database: {0}")]
    Database(#[from] DbErr),
    /// A unique value exists already.
    #[error("already exists")]
    Conflict,
    /// A stored value cannot be read.
    #[error("stored value in {0} cannot be read")]
    Corrupt(&'static str),
    /// A sealed value cannot be opened.
    #[error(transparent)]
    Seal(#[from] crate::seal::SealError),
    /// Not possible with this database.
    #[error("{0}")]
    Unsupported(&'static str),
    /// Reading or writing a file failed.
    #[error("{0}: {1}")]
    File(std::path::PathBuf, std::io::Error),
}

impl StoreError {
    /// Whether trying again later may help (the database is away, busy, or the pool is empty).
    pub fn is_unavailable(&self) -> bool {
        match self {
            Self::Database(DbErr::ConnectionAcquire(_) | DbErr::Conn(_)) => true,
            Self::Database(
                DbErr::Exec(RuntimeErr::SqlxError(e)) | DbErr::Query(RuntimeErr::SqlxError(e)),
            ) => passes(e),
            _ => false,
        }
    }
}

/// Whether a driver's error tells of the moment rather than of the statement.
fn passes(error: &sqlx::Error) -> bool {
    use sqlx::Error::{BeginFailed, Database, Io, PoolClosed, PoolTimedOut, Protocol, Tls, WorkerCrashed};
    match error {
        Database(e) => e.code().is_some_and(|code| code_passes(&code)),
        Io(_) | Tls(_) | Protocol(_) | PoolTimedOut | PoolClosed | WorkerCrashed | BeginFailed => true,
        _ => false,
    }
}

/// PostgreSQL's codes have five characters: a connection lost (08), resources used up (53), an
/// operator's doing (57), a lock not granted or a deadlock. SQLite's are numbers whose low byte is the
/// primary code: BUSY, LOCKED, IOERR, FULL, CANTOPEN.
fn code_passes(code: &str) -> bool {
    match code.parse::<u32>() {
        Ok(number) if code.len() < 5 => matches!(number & 0xff, 5 | 6 | 10 | 13 | 14),
        _ => matches!(code, "55P03" | "40P01" | "40001") || matches!(code.get(..2), Some("08" | "53" | "57")),
    }
}

/// Whether the database took a transaction's turn away and undid it as a whole: two that waited for each other
/// (40P01), or one that no longer fitted what another committed (40001). The same again, from its beginning, may well
/// succeed. Looks for the database's answer among the causes of any error.
pub fn lost_its_turn(error: &(dyn Error + 'static)) -> bool {
    let mut cause = Some(error);
    while let Some(error) = cause {
        if let Some(error) = error.downcast_ref::<DbErr>() {
            return code(error).is_some_and(|code| is_lost_turn(&code));
        }
        cause = error.source();
    }
    false
}

/// SQLite's are BUSY_SNAPSHOT and BUSY_RECOVERY: nothing that waiting in line would have spared.
fn is_lost_turn(code: &str) -> bool {
    matches!(code, "40P01" | "40001" | "517" | "261")
}

/// The code of a database's answer.
fn code(error: &DbErr) -> Option<String> {
    match error {
        DbErr::Exec(RuntimeErr::SqlxError(e))
        | DbErr::Query(RuntimeErr::SqlxError(e))
        | DbErr::Conn(RuntimeErr::SqlxError(e)) => {
            e.as_database_error().and_then(DatabaseError::code).map(Cow::into_owned)
        }
        _ => None,
    }
}

pub(crate) fn conflict(error: DbErr) -> StoreError {
    match error.sql_err() {
        Some(SqlErr::UniqueConstraintViolation(_)) => StoreError::Conflict,
        _ => StoreError::Database(error),
    }
}
