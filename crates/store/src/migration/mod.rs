//! The schema, one set of migrations for both databases.
//!
//! Each migration is a file of SQL in PostgreSQL's words; for SQLite the type names are exchanged and
//! the tables made `STRICT`, so that a wrong type is an error there, too. `WITHOUT ROWID` is SQLite's word for a
//! table that is kept in its primary key; PostgreSQL does not see it.

use sea_orm::{ConnectionTrait, DbBackend, DbErr};
use sea_orm_migration::{MigrationName, MigrationTrait, MigratorTrait, SchemaManager};

use crate::{Store, StoreError, schema};

struct Sql(&'static schema::File);

impl MigrationName for Sql {
    fn name(&self) -> &str {
        self.0.name
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Sql {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let connection = manager.get_connection();
        let text = in_dialect(self.0.text, connection.get_database_backend());
        for statement in text.split(';').map(str::trim).filter(|s| !s.is_empty()) {
            connection.execute_unprepared(statement).await?;
        }
        Ok(())
    }
}

/// PostgreSQL's words exchanged for SQLite's.
fn in_dialect(text: &str, backend: DbBackend) -> String {
    let code: String =
        text.lines().filter(|line| !line.trim_start().starts_with("--")).collect::<Vec<_>>().join("\n");
    if backend != DbBackend::Sqlite {
        return code.replace(" WITHOUT ROWID;", ";");
    }
    code.replace(" UUID", " BLOB")
        .replace(" BYTEA", " BLOB")
        .replace(" BIGINT", " INTEGER")
        .replace(" COLLATE \"C\"", " COLLATE BINARY")
        .replace("\n);", "\n) STRICT;")
        .replace("\n) WITHOUT ROWID;", "\n) STRICT, WITHOUT ROWID;")
}

struct Migrator;

impl MigratorTrait for Migrator {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        schema::FILES.iter().map(|file| Box::new(Sql(file)) as Box<dyn MigrationTrait>).collect()
    }

    fn migration_table_name() -> sea_orm::DynIden {
        sea_orm::sea_query::IntoIden::into_iden("schema_migrations")
    }
}

/// How the database's schema relates to this program.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MigrationState {
    /// Nothing was ever applied.
    Empty,
    /// Migrations are missing.
    Behind,
    /// As this program expects it.
    Current,
    /// Applied by a newer program: this one must not touch it.
    Newer,
}

/// The newest migration that this program has.
pub fn newest_migration() -> String {
    schema::newest().to_owned()
}

/// Compares the schema with this program; changes nothing.
pub async fn migration_state(store: &Store) -> Result<MigrationState, StoreError> {
    let connection = store.connection();
    state_of(connection, &SchemaManager::new(connection)).await
}

async fn state_of(
    connection: &impl ConnectionTrait,
    manager: &SchemaManager<'_>,
) -> Result<MigrationState, StoreError> {
    if !manager.has_table("schema_migrations").await? {
        return Ok(MigrationState::Empty);
    }
    let known: Vec<_> = Migrator::migrations().iter().map(|m| m.name().to_owned()).collect();
    let applied: Vec<_> =
        Migrator::get_migration_models(connection).await?.into_iter().map(|m| m.version).collect();
    Ok(if applied.iter().any(|version| !known.contains(version)) {
        MigrationState::Newer
    } else if applied.is_empty() {
        MigrationState::Empty
    } else if applied.len() < known.len() {
        MigrationState::Behind
    } else {
        MigrationState::Current
    })
}

/// Any number that no other lock of this program has.
const MIGRATION_LOCK: i64 = 0x7477_696e;

/// Applies what is missing: all of it or nothing, and once when several nodes start together. A database
/// newer than the program is left alone with an error.
pub async fn migrate(store: &Store) -> Result<(), StoreError> {
    let tx = store.begin().await?;
    tx.lock(MIGRATION_LOCK).await?;
    let connection = tx.connection();
    if state_of(connection, &SchemaManager::new(connection)).await? == MigrationState::Newer {
        return Err(StoreError::Unsupported("the database is newer than this program"));
    }
    Migrator::up(connection, None).await?;
    tx.commit().await
}
