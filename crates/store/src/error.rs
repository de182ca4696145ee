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
    /// The connection was lost while a transaction was being committed: nobody knows whether it was.
    #[error("database: lost during a commit: {0}")]
    InDoubt(String),
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
            Self::Database(DbErr::ConnectionAcquire(_) | DbErr::Conn(_)) | Self::InDoubt(_) => true,
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
/// operator's doing (57), a lock not granted, a deadlock, or a server that only reads. SQLite's are numbers whose low byte is the
/// primary code: BUSY, LOCKED, IOERR, FULL, CANTOPEN.
fn code_passes(code: &str) -> bool {
    match code.parse::<u32>() {
        Ok(number) if code.len() < 5 => matches!(number & 0xff, 5 | 6 | 10 | 13 | 14),
        _ => {
            matches!(code, "55P03" | "40P01" | "40001" | "25006")
                || matches!(code.get(..2), Some("08" | "53" | "57"))
        }
    }
}

/// Whether the database undid a transaction as a whole, so that the same again, from its beginning, may well succeed:
/// two that waited for each other (40P01), one that no longer fitted what another committed (40001), one whose
/// connection was lost or leads to a server that only reads. Looks for the database's answer among the causes of any
/// error. Where the commit itself was lost, nothing is known, and this is false.
pub fn was_undone(error: &(dyn Error + 'static)) -> bool {
    let mut cause = Some(error);
    while let Some(error) = cause {
        if let Some(error) = error.downcast_ref::<DbErr>() {
            let was_begun = !matches!(error, DbErr::Conn(_));
            return was_begun && trouble(error).is_some()
                || code(error).is_some_and(|code| lost_its_turn(&code));
        }
        cause = error.source();
    }
    false
}

/// SQLite's are BUSY_SNAPSHOT and BUSY_RECOVERY: nothing that waiting in line would have spared.
fn lost_its_turn(code: &str) -> bool {
    matches!(code, "40P01" | "40001" | "517" | "261")
}

/// What an error of PostgreSQL tells about its connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Trouble {
    /// It is no more: the server stopped (57P01 to 57P03), or nobody answers.
    Lost,
    /// The server does not write, or not any more.
    ReadOnly,
}

/// None where the connection is as good as before.
pub(crate) fn trouble(error: &DbErr) -> Option<Trouble> {
    let (DbErr::Exec(RuntimeErr::SqlxError(cause))
    | DbErr::Query(RuntimeErr::SqlxError(cause))
    | DbErr::Conn(RuntimeErr::SqlxError(cause))) = error
    else {
        return None;
    };
    if matches!(&**cause, sqlx::Error::Io(_) | sqlx::Error::Protocol(_) | sqlx::Error::Tls(_)) {
        return Some(Trouble::Lost);
    }
    match code(error)?.as_str() {
        "25006" => Some(Trouble::ReadOnly),
        "57P01" | "57P02" | "57P03" => Some(Trouble::Lost),
        code if code.starts_with("08") => Some(Trouble::Lost),
        _ => None,
    }
}

/// The code of a database's answer.
pub(crate) fn code(error: &DbErr) -> Option<String> {
    match error {
        DbErr::Exec(RuntimeErr::SqlxError(e))
        | DbErr::Query(RuntimeErr::SqlxError(e))
        | DbErr::Conn(RuntimeErr::SqlxError(e)) => {
            e.as_database_error().and_then(DatabaseError::code).map(Cow::into_owned)
        }
        _ => None,
    }
}

pub(crate) const READ_ONLY: &str =
    "the database of database.url only reads: it is a standby, or default_transaction_read_only is on";

pub(crate) const LOSES_STATEMENTS: &str = "database.url leads through a pooler that loses prepared statements: PgBouncer needs version 1.21 or later \
     and max_prepared_statements above 0, or pool_mode = session";

pub(crate) const NO_TRANSACTIONS: &str = "database.url leads through a pooler that has no transactions: PgBouncer needs pool_mode = session, or \
     transaction from version 1.21 on";

/// Why a server that starts may not use this database, in words for whoever set it up; none where it is not a matter
/// of how it was set up.
pub fn refusal(error: &(dyn Error + 'static)) -> Option<&'static str> {
    let mut cause = Some(error);
    while let Some(error) = cause {
        if let Some(error) = error.downcast_ref::<DbErr>() {
            return match code(error)?.as_str() {
                "42501" => Some(
                    "the role of database.url lacks rights: it must own the database, or be allowed to create \
                     tables in its schema",
                ),
                "25006" => Some(READ_ONLY),
                "26000" | "42P05" => Some(LOSES_STATEMENTS),
                _ => None,
            };
        }
        cause = error.source();
    }
    None
}

pub(crate) fn conflict(error: DbErr) -> StoreError {
    match error.sql_err() {
        Some(SqlErr::UniqueConstraintViolation(_)) => StoreError::Conflict,
        _ => StoreError::Database(error),
    }
}
