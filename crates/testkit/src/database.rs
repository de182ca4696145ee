//! A database of each test's own: an SQLite file, or a PostgreSQL database when
//! `TWINLOCK_TEST_POSTGRES` names a server.
//!
//! Applying the migrations costs more than most tests, so it is done once and copied: on PostgreSQL
//! once per server (every test may be a process of its own), on SQLite once per process.

use std::{
    env,
    path::Path,
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

/// The migrated database that the others are copies of. It outlives the tests: a server that is kept
/// while migrations are edited must be restarted.
const TEMPLATE: &str = "twinlock_template";

/// A migrated, empty database that ends with this value.
pub struct TestDatabase {
    store: Store,
    url: String,
    place: Place,
}

enum Place {
    /// The directory of the SQLite file, held because it is removed when dropped.
    File { _dir: TempDir },
    /// A database of this name on the server with this superuser's address.
    Server { admin: String, name: String },
}

impl TestDatabase {
    /// A fresh database with the current schema.
    pub async fn new() -> Self {
        Self::create(true).await
    }

    /// A fresh database without any schema.
    pub async fn without_schema() -> Self {
        Self::create(false).await
    }

    /// The pool of this test.
    pub fn store(&self) -> &Store {
        &self.store
    }

    /// Another pool on the same database, as another node has it.
    pub async fn connect(&self) -> Store {
        Store::connect(&self.url, CONNECTIONS).await.expect("the test database can be opened again")
    }

    /// Its address, as the configuration takes it.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// `sqlite` or `postgres`.
    pub fn backend_name(&self) -> &'static str {
        match self.place {
            Place::File { .. } => "sqlite",
            Place::Server { .. } => "postgres",
        }
    }

    async fn create(with_schema: bool) -> Self {
        let (place, url) = match env::var("TWINLOCK_TEST_POSTGRES") {
            Ok(admin) if !admin.is_empty() => on_server(admin, with_schema).await,
            _ => in_file(with_schema).await,
        };
        let store = Store::connect(&url, CONNECTIONS).await.expect("the test database can be opened");
        Self { store, url, place }
    }
}

impl Drop for TestDatabase {
    /// Best effort: what is left behind ends with the server.
    fn drop(&mut self) {
        let Place::Server { admin, name } = &self.place else { return };
        let (admin, name) = (admin.clone(), name.clone());
        let dropping = thread::spawn(move || {
            let runtime = runtime::Builder::new_current_thread().enable_all().build()?;
            runtime.block_on(async {
                if let Ok(server) = Store::connect(&admin, 1).await {
                    let _ = drop_database(&server, &name).await;
                }
            });
            Ok::<_, std::io::Error>(())
        });
        let _ = dropping.join();
    }
}

async fn in_file(with_schema: bool) -> (Place, String) {
    let dir = tempfile::tempdir().expect("a temporary directory");
    let file = dir.path().join("twinlock.db");
    if with_schema {
        tokio::fs::write(&file, migrated_file().await).await.expect("the template can be copied");
    }
    let url = file_url(&file);
    (Place::File { _dir: dir }, url)
}

/// The bytes of a migrated SQLite file.
async fn migrated_file() -> &'static [u8] {
    static BYTES: OnceCell<Vec<u8>> = OnceCell::const_new();
    BYTES
        .get_or_init(|| async {
            let dir = tempfile::tempdir().expect("a temporary directory");
            let file = dir.path().join("template.db");
            let store = Store::connect(&file_url(&file), 1).await.expect("a new SQLite file");
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

async fn on_server(admin: String, with_schema: bool) -> (Place, String) {
    static COUNT: AtomicU32 = AtomicU32::new(0);
    let number = COUNT.fetch_add(1, Ordering::Relaxed);
    let name = format!("twinlock_test_{}_{number}", process::id());
    // One connection for the lock, one for what cannot run inside a transaction.
    let server = Store::connect(&admin, 2).await.expect("TWINLOCK_TEST_POSTGRES answers");
    // A process of the same number may have died without cleaning up.
    drop_database(&server, &name).await.expect("old test databases can be dropped");
    let template = if with_schema { ensure_template(&server, &admin).await } else { "template0" };
    server
        .exec(&format!("CREATE DATABASE {name} TEMPLATE {template}"), vec![])
        .await
        .expect("the template can be copied");
    server.close().await.expect("the server lets go");
    let url = with_database(&admin, &name);
    (Place::Server { admin, name }, url)
}

/// Creates and migrates the template unless it is there. It gets its name last, so that what has the
/// name is complete.
async fn ensure_template(server: &Store, admin: &str) -> &'static str {
    if exists(server).await {
        return TEMPLATE;
    }
    let lock = server.begin().await.expect("a transaction");
    lock.exec("SELECT pg_advisory_xact_lock(7461)", vec![]).await.expect("the lock is free some time");
    if !exists(server).await {
        let draft = format!("{TEMPLATE}_draft");
        drop_database(server, &draft).await.expect("a draft left behind can be dropped");
        // A language that does not sort by bytes: nothing may depend on what the server speaks.
        let create = format!(
            "CREATE DATABASE {draft} TEMPLATE template0 ENCODING 'UTF8' LOCALE_PROVIDER icu ICU_LOCALE 'en-US'"
        );
        server.exec(&create, vec![]).await.expect("a superuser's address, PostgreSQL 15 or newer");
        let store = Store::connect(&with_database(admin, &draft), 1).await.expect("the new database");
        migrate(&store).await.expect("the migrations apply");
        store.close().await.expect("the template closes");
        let rename = format!("ALTER DATABASE {draft} RENAME TO {TEMPLATE}");
        server.exec(&rename, vec![]).await.expect("the template gets its name");
    }
    lock.commit().await.expect("the lock is given back");
    TEMPLATE
}

struct Found;

impl FromRow for Found {
    fn from_row(_: &Row) -> Result<Self, StoreError> {
        Ok(Self)
    }
}

async fn exists(server: &Store) -> bool {
    let sql = "SELECT 1 AS n FROM pg_database WHERE datname = $1";
    server.one::<Found>(sql, vec![TEMPLATE.bind()]).await.expect("the catalogue can be read").is_some()
}

async fn drop_database(server: &Store, name: &str) -> Result<(), StoreError> {
    server.exec(&format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)"), vec![]).await.map(drop)
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
            None => assert!(Store::connect(&url, 1).await.is_err()),
        }
    }
}
