//! Connections and transactions: the only file that knows which database it talks to.

use std::{
    ops::Deref,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

use sea_orm::{
    ConnectionTrait, Database, DatabaseConnection, DatabaseTransaction, DbBackend, DbErr,
    SqliteTransactionMode, Statement, TransactionOptions, TransactionTrait, Value,
};
use tokio::sync::{Mutex, OwnedMutexGuard};
use tracing::{instrument::WithSubscriber as _, subscriber::NoSubscriber};

use crate::{
    error::{StoreError, conflict},
    pool::{Doubt, options},
    row::{FromRow, Row},
    schema,
    stale::{Stale, StaleList},
};

/// A connection pool to SQLite or PostgreSQL.
#[derive(Clone)]
pub struct Store {
    connection: DatabaseConnection,
    backend: DbBackend,
    /// SQLite has one writer at a time. Waiting in line here is fair; polling its busy handler is not.
    writer: Option<Arc<Mutex<()>>>,
    /// What statements on PostgreSQL end with: the schema that they were written for. A pooler that keeps prepared
    /// statements keeps them by their text, and those from before an upgrade fail once the tables have changed.
    stamp: Option<Arc<str>>,
    statements: Arc<AtomicU64>,
    doubt: Doubt,
}

impl Store {
    /// Connects to `sqlite://path` or `postgres://…`, creating an SQLite file that does not exist.
    pub async fn connect(url: &str, max_connections: u32) -> Result<Self, StoreError> {
        let doubt = Doubt::default();
        // The library writes the whole address, password included, into a trace span of this call.
        let connecting =
            Database::connect(options(url, max_connections, &doubt)).with_subscriber(NoSubscriber::default());
        let connection = Box::pin(connecting).await?;
        let backend = connection.get_database_backend();
        let writer = (backend == DbBackend::Sqlite).then(|| Arc::new(Mutex::new(())));
        let stamp = (backend == DbBackend::Postgres).then(|| format!(" /* {} */", schema::newest()).into());
        Ok(Self { connection, backend, writer, stamp, statements: Arc::default(), doubt })
    }

    /// Begins a transaction that may write. SQLite takes its write lock at once, so that nothing read
    /// inside can be stale when it is acted upon.
    ///
    /// A connection that died in the pool is found out here, before anything was sent: another one is taken.
    pub async fn begin(&self) -> Result<Tx, StoreError> {
        let turn = match &self.writer {
            Some(writer) => Some(Arc::clone(writer).lock_owned().await),
            None => None,
        };
        let options = TransactionOptions {
            sqlite_transaction_mode: Some(SqliteTransactionMode::Immediate),
            ..TransactionOptions::default()
        };
        let inner = match self.connection.begin_with_options(options).await {
            Err(error) if self.has_lost(&error) => self.connection.begin_with_options(options).await?,
            other => other?,
        };
        Ok(Tx { inner, store: self.clone(), stale: StaleList::default(), _turn: turn })
    }

    /// Statements run so far by this pool, BEGIN and COMMIT not counted. For tests and metrics.
    pub fn statements(&self) -> u64 {
        self.statements.load(Ordering::Relaxed)
    }

    /// Whether the database answers.
    pub async fn ping(&self) -> Result<(), StoreError> {
        match self.connection.ping().await {
            Err(error) if self.has_lost(&error) => Ok(self.connection.ping().await?),
            other => Ok(other?),
        }
    }

    /// Whether the database writes. Where it does not, connections to it are not kept.
    pub async fn is_writable(&self) -> Result<bool, StoreError> {
        if self.is_sqlite() {
            return Ok(true);
        }
        let reads_only = self.one(READS_ONLY, vec![]).await?.is_some_and(|State(state)| state == "on");
        if reads_only {
            self.doubt.raise(&self.connection);
        }
        Ok(!reads_only)
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

    /// Whether an error tells that a connection was lost. Whatever else it tells of the pool is acted upon.
    fn has_lost(&self, error: &DbErr) -> bool {
        !self.is_sqlite() && self.doubt.learn(&self.connection, error)
    }
}

/// Whether the server only reads, as a [`State`]: `on` or `off`.
pub(crate) const READS_ONLY: &str = "SELECT current_setting('transaction_read_only') AS state";

/// One word.
pub(crate) struct State(pub(crate) String);

impl FromRow for State {
    fn from_row(row: &Row) -> Result<Self, StoreError> {
        row.text("state").map(Self)
    }
}

/// One use case's transaction. Dropped without [`Tx::commit`], it leaves nothing behind.
pub struct Tx {
    inner: DatabaseTransaction,
    store: Store,
    stale: StaleList,
    _turn: Option<OwnedMutexGuard<()>>,
}

impl Tx {
    /// Makes everything durable, or nothing. Where the connection is lost on the way, nobody knows which.
    pub async fn commit(self) -> Result<(), StoreError> {
        let Self { inner, store, _turn, .. } = self;
        let lost = |error: DbErr| {
            if store.has_lost(&error) { StoreError::InDoubt(error.to_string()) } else { error.into() }
        };
        inner.commit().await.map_err(lost)
    }

    pub(crate) fn connection(&self) -> &DatabaseTransaction {
        &self.inner
    }

    pub(crate) fn backend(&self) -> DbBackend {
        self.store.backend
    }

    /// Notes that what is cached of `whom` must not outlive this transaction.
    pub(crate) fn stale(&self, whom: Stale) {
        self.stale.add(whom);
    }

    /// What this transaction made stale so far, in the order of its happening. It counts from the commit on.
    pub fn made_stale(&self) -> Vec<Stale> {
        self.stale.all()
    }
}

/// Where statements run: a [`Tx`], or a [`Store`] for a single read.
pub trait Run: Sync {
    #[doc(hidden)]
    fn parts(&self) -> (&impl ConnectionTrait, &Store);

    /// Whether a statement that found its connection lost may be run again: a single read may, and what belongs to a
    /// transaction went with it.
    #[doc(hidden)]
    fn may_repeat(&self, error: &DbErr) -> bool;

    /// Runs a statement; answers how many rows it changed.
    fn exec(&self, sql: &str, params: Vec<Value>) -> impl Future<Output = Result<u64, StoreError>> + Send {
        let sql = sql.to_owned();
        async move {
            let (connection, store) = self.parts();
            let statement = store.statement(sql, params);
            let answer = connection.execute_raw(statement).await;
            Ok(answer.inspect_err(|error| _ = self.may_repeat(error)).map_err(conflict)?.rows_affected())
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
            let (connection, store) = self.parts();
            let statement = store.statement(sql, params);
            let row = match connection.query_one_raw(statement.clone()).await {
                Err(error) if self.may_repeat(&error) => connection.query_one_raw(statement).await,
                other => other,
            };
            row.map_err(conflict)?.map(|row| T::from_row(&Row(row))).transpose()
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
            let (connection, store) = self.parts();
            let statement = store.statement(sql, params);
            let rows = match connection.query_all_raw(statement.clone()).await {
                Err(error) if self.may_repeat(&error) => connection.query_all_raw(statement).await,
                other => other,
            };
            rows.map_err(conflict)?.into_iter().map(|row| T::from_row(&Row(row))).collect()
        }
    }
}

impl Store {
    /// Counts a statement and traces its text. Parameters are never written anywhere: some are secrets.
    fn statement(&self, sql: String, params: Vec<Value>) -> Statement {
        self.statements.fetch_add(1, Ordering::Relaxed);
        tracing::trace!(sql, "statement");
        let text = match &self.stamp {
            Some(stamp) => sql + stamp,
            None => sql,
        };
        Statement::from_sql_and_values(self.backend, text, params)
    }
}

impl Run for Store {
    fn parts(&self) -> (&impl ConnectionTrait, &Store) {
        (&self.connection, self)
    }

    fn may_repeat(&self, error: &DbErr) -> bool {
        self.has_lost(error)
    }
}

impl Run for Tx {
    fn parts(&self) -> (&impl ConnectionTrait, &Store) {
        (&self.inner, &self.store)
    }

    fn may_repeat(&self, error: &DbErr) -> bool {
        self.store.has_lost(error);
        false
    }
}

/// Whatever carries a transaction runs statements in it.
impl<T: Deref<Target = Tx> + Sync> Run for T {
    fn parts(&self) -> (&impl ConnectionTrait, &Store) {
        (**self).parts()
    }

    fn may_repeat(&self, error: &DbErr) -> bool {
        (**self).may_repeat(error)
    }
}
