//! Connections and transactions: the only file that knows which database it talks to.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use sea_orm::{
    ConnectOptions, ConnectionTrait, Database, DatabaseConnection, DatabaseTransaction, DbBackend,
    SqliteTransactionMode, Statement, TransactionOptions, TransactionTrait, Value, sqlx,
    sqlx::Connection as _,
};
use tokio::sync::{Mutex, OwnedMutexGuard};
use tracing::{instrument::WithSubscriber as _, subscriber::NoSubscriber};

use crate::{
    error::{StoreError, conflict},
    row::{FromRow, Row},
};

/// A connection pool to SQLite or PostgreSQL.
#[derive(Clone)]
pub struct Store {
    connection: DatabaseConnection,
    backend: DbBackend,
    /// SQLite has one writer at a time. Waiting in line here is fair; polling its busy handler is not.
    writer: Option<Arc<Mutex<()>>>,
    statements: Arc<AtomicU64>,
}

/// Whether a connection that comes back to the pool has no transaction open. When the disk is full, SQLite ends
/// the transaction whose COMMIT failed by itself, and the library goes on counting it as open: whatever came
/// next on this connection would be a savepoint in a transaction that nothing ever commits. Such a connection
/// is closed.
async fn is_at_rest(connection: &mut sqlx::SqliteConnection) -> bool {
    // The rollback of a transaction that was dropped may still be in the queue of the connection's thread.
    !connection.is_in_transaction() || (connection.ping().await.is_ok() && !connection.is_in_transaction())
}

/// How long a statement waits for SQLite's lock (another process may hold it: backup, command line).
const BUSY_TIMEOUT: Duration = Duration::from_secs(5);

impl Store {
    /// Connects to `sqlite://path` or `postgres://…`, creating an SQLite file that does not exist.
    pub async fn connect(url: &str, max_connections: u32) -> Result<Self, StoreError> {
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
        // The library writes the whole address, password included, into a trace span of this call.
        let connecting = Database::connect(options).with_subscriber(NoSubscriber::default());
        let connection = Box::pin(connecting).await?;
        let backend = connection.get_database_backend();
        let writer = (backend == DbBackend::Sqlite).then(|| Arc::new(Mutex::new(())));
        Ok(Self { connection, backend, writer, statements: Arc::default() })
    }

    /// Begins a transaction that may write. SQLite takes its write lock at once, so that nothing read
    /// inside can be stale when it is acted upon.
    pub async fn begin(&self) -> Result<Tx, StoreError> {
        let turn = match &self.writer {
            Some(writer) => Some(Arc::clone(writer).lock_owned().await),
            None => None,
        };
        let options = TransactionOptions {
            sqlite_transaction_mode: Some(SqliteTransactionMode::Immediate),
            ..TransactionOptions::default()
        };
        let inner = self.connection.begin_with_options(options).await?;
        Ok(Tx { inner, backend: self.backend, statements: Arc::clone(&self.statements), _turn: turn })
    }

    /// Statements run so far by this pool, BEGIN and COMMIT not counted. For tests and metrics.
    pub fn statements(&self) -> u64 {
        self.statements.load(Ordering::Relaxed)
    }

    /// Whether the database answers.
    pub async fn ping(&self) -> Result<(), StoreError> {
        Ok(self.connection.ping().await?)
    }

    /// Whether this is the embedded database.
    pub fn is_sqlite(&self) -> bool {
        self.backend == DbBackend::Sqlite
    }

    /// Closes all connections.
    pub async fn close(self) -> Result<(), StoreError> {
        Ok(self.connection.close().await?)
    }

    pub(crate) fn connection(&self) -> &DatabaseConnection {
        &self.connection
    }
}

/// One use case's transaction. Dropped without [`Tx::commit`], it leaves nothing behind.
pub struct Tx {
    inner: DatabaseTransaction,
    backend: DbBackend,
    statements: Arc<AtomicU64>,
    _turn: Option<OwnedMutexGuard<()>>,
}

impl Tx {
    /// Makes everything durable, or nothing.
    pub async fn commit(self) -> Result<(), StoreError> {
        Ok(self.inner.commit().await?)
    }

    pub(crate) fn connection(&self) -> &DatabaseTransaction {
        &self.inner
    }

    pub(crate) fn backend(&self) -> DbBackend {
        self.backend
    }
}

/// Where statements run: a [`Tx`], or a [`Store`] for a single read.
pub trait Run: Sync {
    #[doc(hidden)]
    fn parts(&self) -> (&impl ConnectionTrait, DbBackend, &AtomicU64);

    /// Runs a statement; answers how many rows it changed.
    fn exec(&self, sql: &str, params: Vec<Value>) -> impl Future<Output = Result<u64, StoreError>> + Send {
        let sql = sql.to_owned();
        async move {
            let (connection, backend, statements) = self.parts();
            count(statements, &sql);
            let statement = Statement::from_sql_and_values(backend, sql, params);
            Ok(connection.execute_raw(statement).await.map_err(conflict)?.rows_affected())
        }
    }

    /// The first row of an answer.
    fn one<T: FromRow>(
        &self,
        sql: &str,
        params: Vec<Value>,
    ) -> impl Future<Output = Result<Option<T>, StoreError>> + Send {
        let sql = sql.to_owned();
        async move {
            let (connection, backend, statements) = self.parts();
            count(statements, &sql);
            let statement = Statement::from_sql_and_values(backend, sql, params);
            let row = connection.query_one_raw(statement).await.map_err(conflict)?;
            row.map(|row| T::from_row(&Row(row))).transpose()
        }
    }

    /// All rows of an answer. The statement limits how many there can be.
    fn all<T: FromRow + Send>(
        &self,
        sql: &str,
        params: Vec<Value>,
    ) -> impl Future<Output = Result<Vec<T>, StoreError>> + Send {
        let sql = sql.to_owned();
        async move {
            let (connection, backend, statements) = self.parts();
            count(statements, &sql);
            let statement = Statement::from_sql_and_values(backend, sql, params);
            let rows = connection.query_all_raw(statement).await.map_err(conflict)?;
            rows.into_iter().map(|row| T::from_row(&Row(row))).collect()
        }
    }
}

/// Counts a statement and traces its text. Parameters are never written anywhere: some are secrets.
fn count(statements: &AtomicU64, sql: &str) {
    statements.fetch_add(1, Ordering::Relaxed);
    tracing::trace!(sql, "statement");
}

impl Run for Store {
    fn parts(&self) -> (&impl ConnectionTrait, DbBackend, &AtomicU64) {
        (&self.connection, self.backend, &self.statements)
    }
}

impl Run for Tx {
    fn parts(&self) -> (&impl ConnectionTrait, DbBackend, &AtomicU64) {
        (&self.inner, self.backend, &self.statements)
    }
}
