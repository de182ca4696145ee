//! A database of each test's own: an SQLite file, or a schema of a PostgreSQL server when
//! `TWINLOCK_TEST_POSTGRES` names one.
//!
//! A schema serves as a database here because it is made in milliseconds; a whole database takes longer
//! than most tests. Nothing of ours names a schema, so that the connection's search path decides.

use std::{
    env,
    path::{Path, PathBuf},
    process,
    sync::atomic::{AtomicU32, Ordering},
    thread,
};

use tempfile::TempDir;
use tokio::{runtime, sync::OnceCell};
use twinlock_store::{
    Run, Store, StoreError, migrate,
    row::{Bind, FromRow, Row},
};

/// Connections of a test's pool: enough to race, few enough for many tests at once.
const CONNECTIONS: u32 = 5;

/// The PostgreSQL database that holds the schemas. It outlives the tests and ends with the server.
const SHARED: &str = "twinlock_tests";

/// A migrated, empty database that ends with this value.
pub struct TestDatabase {
    store: Store,
    url: String,
    place: Place,
}

enum Place {
    /// The directory of the SQLite file, held because it is removed when dropped.
    File { _dir: TempDir },
    /// A schema of this name in the database with this address.
    Schema { shared: String, name: String },
}

impl TestDatabase {
    /// A fresh database with all migrations applied.
    pub async fn new() -> Self {
        let (place, url) = match server() {
            Some(admin) => in_schema(&admin).await,
            None => in_file(Some(migrated_file().await)).await,
        };
        let store = open(&url, CONNECTIONS).await;
        if matches!(place, Place::Schema { .. }) {
            migrate(&store).await.expect("the migrations apply");
        }
        Self { store, url, place }
    }

    /// A fresh database without any table.
    pub async fn unmigrated() -> Self {
        let (place, url) = match server() {
            Some(admin) => in_schema(&admin).await,
            None => in_file(None).await,
        };
        Self { store: open(&url, CONNECTIONS).await, url, place }
    }

    /// The pool of this test.
    pub fn store(&self) -> &Store {
        &self.store
    }

    /// Another pool on the same database, as another node has it.
    pub async fn connect(&self) -> Store {
        open(&self.url, CONNECTIONS).await
    }

    /// The files it consists of, where it is one of ours.
    pub fn files(&self) -> Vec<PathBuf> {
        match &self.place {
            Place::File { _dir: dir } => {
                ["twinlock.db", "twinlock.db-wal"].map(|name| dir.path().join(name)).into()
            }
            Place::Schema { .. } => Vec::new(),
        }
    }

    /// Does something with a connection and a runtime of its own, and waits for it: where nothing can be
    /// awaited.
    pub fn beside<T: Send>(&self, act: impl AsyncFnOnce(Store) -> T + Send) -> T {
        let work = || {
            let runtime = runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
            runtime.block_on(async {
                let store = open(&self.url, 1).await;
                let answer = act(store.clone()).await;
                store.close().await.expect("the database lets go");
                answer
            })
        };
        thread::scope(|scope| scope.spawn(work).join())
            .unwrap_or_else(|panic| std::panic::resume_unwind(panic))
    }

    /// Its address, as the configuration takes it.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// `sqlite` or `postgres`.
    pub fn backend_name(&self) -> &'static str {
        match self.place {
            Place::File { .. } => "sqlite",
            Place::Schema { .. } => "postgres",
        }
    }
}

impl Drop for TestDatabase {
    /// Best effort: what is left behind ends with the server.
    fn drop(&mut self) {
        let Place::Schema { shared, name } = &self.place else { return };
        let (shared, name) = (shared.clone(), name.clone());
        let dropping = thread::spawn(move || {
            let runtime = runtime::Builder::new_current_thread().enable_all().build()?;
            runtime.block_on(async {
                if let Ok(store) = Store::connect(&shared, 1).await {
                    let _ = drop_schema(&store, &name).await;
                }
            });
            Ok::<_, std::io::Error>(())
        });
        let _ = dropping.join();
    }
}

/// A superuser's address on the server to test with, if there is one.
fn server() -> Option<String> {
    env::var("TWINLOCK_TEST_POSTGRES").ok().filter(|address| !address.is_empty())
}

async fn open(url: &str, connections: u32) -> Store {
    Store::connect(url, connections).await.expect("the test database can be opened")
}

async fn in_file(content: Option<&[u8]>) -> (Place, String) {
    let dir = tempfile::tempdir().expect("a temporary directory");
    let file = dir.path().join("twinlock.db");
    if let Some(content) = content {
        tokio::fs::write(&file, content).await.expect("the template can be copied");
    }
    let url = file_url(&file);
    (Place::File { _dir: dir }, url)
}

/// The bytes of a migrated SQLite file, made once per process.
async fn migrated_file() -> &'static [u8] {
    static BYTES: OnceCell<Vec<u8>> = OnceCell::const_new();
    BYTES
        .get_or_init(|| async {
            let dir = tempfile::tempdir().expect("a temporary directory");
            let file = dir.path().join("template.db");
            let store = open(&file_url(&file), 1).await;
            migrate(&store).await.expect("the migrations apply");
            // The last connection to close moves the write-ahead log into the file.
            store.close().await.expect("the template closes");
            tokio::fs::read(&file).await.expect("the template can be read")
        })
        .await
}

fn file_url(file: &Path) -> String {
    format!("sqlite://{}", file.display())
}

async fn in_schema(admin: &str) -> (Place, String) {
    static COUNT: AtomicU32 = AtomicU32::new(0);
    let number = COUNT.fetch_add(1, Ordering::Relaxed);
    let name = format!("test_{}_{number}", process::id());
    let shared = with_database(admin, SHARED);
    let store = if let Ok(store) = Store::connect(&shared, 1).await {
        store
    } else {
        ensure_shared(admin).await;
        open(&shared, 1).await
    };
    // A process of the same number may have died without cleaning up.
    drop_schema(&store, &name).await.expect("old schemas can be dropped");
    store.exec(&format!("CREATE SCHEMA {name}"), vec![]).await.expect("a superuser's address");
    store.close().await.expect("the server lets go");
    // The name of the application tells the connections of one test from those of another.
    let parameters = format!("options[search_path]={name}&application_name={name}");
    let separator = if shared.contains('?') { '&' } else { '?' };
    let url = format!("{shared}{separator}{parameters}");
    (Place::Schema { shared, name }, url)
}

/// Creates the shared database unless it is there; every test may be a process of its own.
async fn ensure_shared(admin: &str) {
    // One connection for the lock, one for what cannot run inside a transaction.
    let server = Store::connect(admin, 2).await.expect("TWINLOCK_TEST_POSTGRES answers");
    let lock = server.begin().await.expect("a transaction");
    lock.exec("SELECT pg_advisory_xact_lock(7461)", vec![]).await.expect("the lock is free some time");
    let found = "SELECT 1 AS n FROM pg_database WHERE datname = $1";
    if server.one::<Found>(found, vec![SHARED.bind()]).await.expect("the catalogue can be read").is_none() {
        // A language that does not sort by bytes: nothing may depend on what the server speaks.
        let create = format!(
            "CREATE DATABASE {SHARED} TEMPLATE template0 ENCODING 'UTF8' LOCALE_PROVIDER icu ICU_LOCALE 'en-US'"
        );
        server.exec(&create, vec![]).await.expect("a superuser's address, PostgreSQL 15 or newer");
    }
    lock.commit().await.expect("the lock is given back");
}

struct Found;

impl FromRow for Found {
    fn from_row(_: &Row) -> Result<Self, StoreError> {
        Ok(Self)
    }
}

/// Drops a schema and whatever still works in it: a transaction that a test left open would be waited for.
async fn drop_schema(store: &Store, name: &str) -> Result<(), StoreError> {
    let end = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = $1";
    store.exec(end, vec![name.bind()]).await?;
    store.exec(&format!("DROP SCHEMA IF EXISTS {name} CASCADE"), vec![]).await.map(drop)
}

/// The server's address with another database; parameters stay.
fn with_database(admin: &str, name: &str) -> String {
    let (address, parameters) = admin.split_once('?').unwrap_or((admin, ""));
    let (server, _) = address.rsplit_once('/').expect("an address with a database");
    let separator = if parameters.is_empty() { "" } else { "?" };
    format!("{server}/{name}{separator}{parameters}")
}

#[cfg(test)]
mod tests {
    use twinlock_store::{MigrationState, meta, migration_state};

    use super::*;

    #[test]
    fn the_address_of_another_database_keeps_everything_else() {
        let admin = "postgres://u:p@127.0.0.1:5555/postgres";
        assert_eq!(with_database(admin, "x"), "postgres://u:p@127.0.0.1:5555/x");
        assert_eq!(with_database("postgres:///postgres?host=/run/pg", "x"), "postgres:///x?host=/run/pg");
    }

    #[tokio::test]
    async fn each_test_has_its_own_migrated_database() {
        let (one, other) = tokio::join!(TestDatabase::new(), TestDatabase::new());
        assert_eq!(migration_state(one.store()).await.unwrap(), MigrationState::Current);
        let tx = one.store().begin().await.unwrap();
        meta::set(&tx, "fact", "here").await.unwrap();
        tx.commit().await.unwrap();
        assert_eq!(meta::get(other.store(), "fact").await.unwrap(), None);
        assert_eq!(meta::get(&one.connect().await, "fact").await.unwrap().as_deref(), Some("here"));
    }

    #[tokio::test]
    async fn nothing_is_left_behind() {
        let database = TestDatabase::new().await;
        let url = database.url().to_owned();
        drop(database);
        match url.strip_prefix("sqlite://") {
            Some(file) => assert!(!Path::new(file).exists()),
            None => assert_eq!(migration_state(&open(&url, 1).await).await.unwrap(), MigrationState::Empty),
        }
    }
}
