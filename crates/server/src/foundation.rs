//! What every command stands on: the data folder, the database, the keys, and the application on them.

use std::{path::Path, sync::Arc};

use secrecy::ExposeSecret;
use twinlock_core::clock::Clock;
use twinlock_service::{
    App, Config, Parts,
    hasher::HasherSettings,
    keys::{self, KeyDirectory, KeyFiles},
};
use twinlock_store::{MigrationState, Store, StoreError, migrate, migration_state, refusal};
use url::Url;

use crate::{
    config::{Database, Mail, Settings},
    data::{self, Claim},
    failure::Failure,
    output,
    system::{SystemClock, SystemEntropy},
};

/// A database in use.
pub struct Foundation {
    /// The database.
    pub store: Store,
    /// Holds the database against being replaced.
    claim: Option<Claim>,
}

impl Foundation {
    /// Opens the database, making folder and file where they are missing. The schema is not looked at.
    pub async fn open(settings: &Settings) -> Result<Self, Failure> {
        if settings.uses_data_folder() {
            data::make_folder(&settings.data)?;
        }
        let (url, claim) = match &settings.database {
            Database::Sqlite(file) => {
                data::ensure_private_file(file)?;
                (sqlite_url(file)?, Some(Claim::shared(file)?))
            }
            Database::Postgres(url) => (url.expose_secret().to_owned(), None),
        };
        if claim.is_none() {
            probe(&url).await?;
        }
        Ok(Self { store: connect(&url, settings.max_connections).await?, claim })
    }

    /// The same, with the schema brought up to date.
    pub async fn current(settings: &Settings) -> Result<Self, Failure> {
        let foundation = Self::open(settings).await?;
        bring_up_to_date(&foundation.store).await?;
        Ok(foundation)
    }

    /// The application on this database.
    pub async fn app(
        &self,
        settings: &Settings,
        public_url: Url,
        hashing: HasherSettings,
    ) -> Result<Arc<App>, Failure> {
        let with = Settings { hashing, ..settings.clone() };
        self.app_under(&with, public_url, Arc::new(SystemClock)).await
    }

    /// The same under another clock.
    pub async fn app_under(
        &self,
        settings: &Settings,
        public_url: Url,
        clock: Arc<dyn Clock>,
    ) -> Result<Arc<App>, Failure> {
        let directory = KeyDirectory::new(&settings.keys);
        if keys::is_stranded(&directory, &self.store).await? {
            output::warn(format_args!(
                "the database is empty, but {} holds keys of another one: if there should be accounts, stop now and \
                 look at --data and database.url, or restore the database",
                settings.keys.display()
            ));
        }
        let keyring = keys::load_or_create(&directory, &self.store, &SystemEntropy, clock.now()).await?;
        let keyring = keyring.from_source(KeyFiles::new(directory, Arc::clone(&clock)));
        let app = App::new(Parts {
            store: self.store.clone(),
            keyring,
            clock,
            entropy: Arc::new(SystemEntropy),
            config: Config {
                public_url,
                mfa_enabled: settings.mfa_enabled,
                security_contact: settings.security_contact.clone(),
                smtp: matches!(settings.mail, Mail::Smtp(_)),
                hasher: settings.hashing,
                mail: settings.mail_budgets,
                webauthn: settings.webauthn.clone(),
                audit_retention_days: settings.audit_retention_days,
            },
        });
        Ok(Arc::new(app.await?))
    }

    /// Closes the database. SQLite's write-ahead log is merged into the file.
    pub async fn close(self) -> Result<(), Failure> {
        self.store.close().await?;
        drop(self.claim);
        Ok(())
    }
}

/// Whether this PostgreSQL does, before anything is done in it.
async fn probe(url: &str) -> Result<(), Failure> {
    Store::probe(url).await.map_err(|error| match (refusal(&error), &error) {
        (Some(line), _) => Failure::setup(line),
        (None, StoreError::Unsupported(line)) => Failure::setup(line),
        (None, _) => unreachable_database(url, &error),
    })
}

/// Connects, or says that the database cannot be reached.
pub async fn connect(url: &str, max_connections: u32) -> Result<Store, Failure> {
    Store::connect(url, max_connections).await.map_err(|error| unreachable_database(url, &error))
}

fn unreachable_database(url: &str, error: &StoreError) -> Failure {
    // A driver may repeat the address, and with it a password.
    let text = error.to_string().replace(url, "database.url");
    Failure::setup(format!("the database cannot be reached: {text}"))
}

/// Applies what the schema lacks.
///
/// # Errors
/// Exit code 2 where the database is newer than this program.
pub async fn bring_up_to_date(store: &Store) -> Result<(), Failure> {
    match migration_state(store).await? {
        MigrationState::Current => Ok(()),
        MigrationState::Newer => Err(newer()),
        MigrationState::Empty | MigrationState::Behind => Ok(migrate(store).await?),
    }
}

/// The failure of a program that is older than its database.
pub fn newer() -> Failure {
    Failure::setup("the database is newer than this program: use the version that wrote it, or a later one")
}

/// The address of a database file; characters that mean something in an address are written as `%XX`.
pub fn sqlite_url(file: &Path) -> Result<String, Failure> {
    let text = file.to_str().ok_or_else(|| {
        Failure::setup(format!("{}: the path of the database is not Unicode", file.display()))
    })?;
    Ok(format!("sqlite://{}", text.replace('%', "%25").replace('?', "%3F")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_folder_may_have_any_name() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("100% odd?name#.db");
        let store = connect(&sqlite_url(&file).unwrap(), 2).await.unwrap();
        bring_up_to_date(&store).await.unwrap();
        store.close().await.unwrap();
        assert!(file.exists());
    }
}
