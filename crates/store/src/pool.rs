//! How connections are made, and which of them stay in the pool.
//!
//! A database moves: after a failover the address leads elsewhere, and what is in the pool does not. Connections are
//! not tested before they are used, for that would cost every request a round trip. Instead the first answer that
//! tells of trouble (a connection that died, a server that only reads) ends all idle connections, and the one that
//! answered so is looked at when it comes back.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use sea_orm::{ConnectOptions, DatabaseConnection, DbErr, sqlx, sqlx::Connection as _};

use crate::error::{Trouble, trouble};

/// How long a statement waits for SQLite's lock (another process may hold it: backup, command line).
const BUSY_TIMEOUT: Duration = Duration::from_secs(5);

/// Whether servers behind the address may only read: connections that come back are asked.
#[derive(Clone, Default)]
pub(crate) struct Doubt(Arc<AtomicBool>);

impl Doubt {
    /// Whether a connection that comes back may stay: not one to a server that does not write. The first that does
    /// ends the doubt.
    async fn lets_stay(&self, connection: &mut sqlx::PgConnection) -> Result<bool, sqlx::Error> {
        if !self.0.load(Ordering::Relaxed) {
            return Ok(true);
        }
        // What was dropped in the middle is undone first.
        connection.ping().await?;
        let answer: String =
            sqlx::query_scalar("SHOW transaction_read_only").persistent(false).fetch_one(connection).await?;
        let writes = answer == "off";
        if writes {
            self.0.store(false, Ordering::Relaxed);
        }
        Ok(writes)
    }

    /// Draws the consequences of an error on PostgreSQL; answers whether the connection was lost.
    pub(crate) fn learn(&self, connection: &DatabaseConnection, error: &DbErr) -> bool {
        match trouble(error) {
            Some(Trouble::ReadOnly) => self.raise(connection),
            Some(Trouble::Lost) => close_idle(connection),
            None => {}
        }
        trouble(error) == Some(Trouble::Lost)
    }

    /// A server only reads: what is idle may lead there, too.
    pub(crate) fn raise(&self, connection: &DatabaseConnection) {
        self.0.store(true, Ordering::Relaxed);
        close_idle(connection);
    }
}

fn close_idle(connection: &DatabaseConnection) {
    let pool = connection.get_postgres_connection_pool();
    while let Some(mut idle) = pool.try_acquire() {
        idle.close_on_drop();
    }
}

/// The options of a pool for `sqlite://path` or `postgres://…`.
pub(crate) fn options(url: &str, max_connections: u32, doubt: &Doubt) -> ConnectOptions {
    let mut options = ConnectOptions::new(url);
    options
        .max_connections(max_connections)
        .min_connections(0)
        .acquire_timeout(Duration::from_secs(5))
        .connect_timeout(Duration::from_secs(5))
        .sqlx_logging(false)
        .test_before_acquire(false);
    options.map_sqlx_sqlite_opts(|sqlite| {
        sqlite
            .create_if_missing(true)
            .pragma("journal_mode", "WAL")
            .pragma("synchronous", "FULL")
            .foreign_keys(true)
            .busy_timeout(BUSY_TIMEOUT)
            // KiB of each connection; the operating system keeps the file's pages anyway.
            .pragma("cache_size", "-512")
            .pragma("secure_delete", "ON")
    });
    options.map_sqlx_sqlite_pool_opts(|pool| {
        pool.after_release(|connection, _| Box::pin(async move { Ok(is_at_rest(connection).await) }))
    });
    // Nothing here is a floating-point number, and PgBouncer refuses a parameter that it does not know.
    options.map_sqlx_postgres_opts(|postgres| postgres.extra_float_digits(None));
    let doubt = doubt.clone();
    options.map_sqlx_postgres_pool_opts(move |pool| {
        let doubt = doubt.clone();
        pool.after_release(move |connection, _| {
            let doubt = doubt.clone();
            Box::pin(async move { doubt.lets_stay(connection).await })
        })
    });
    options
}

/// Whether a connection that comes back to the pool has no transaction open. When the disk is full, SQLite ends
/// the transaction whose COMMIT failed by itself, and the library goes on counting it as open: whatever came
/// next on this connection would be a savepoint in a transaction that nothing ever commits. Such a connection
/// is closed.
async fn is_at_rest(connection: &mut sqlx::SqliteConnection) -> bool {
    // The rollback of a transaction that was dropped may still be in the queue of the connection's thread.
    !connection.is_in_transaction() || (connection.ping().await.is_ok() && !connection.is_in_transaction())
}
