//! Commands that do one thing and end.

pub mod admin;
pub mod backup;
pub mod passphrase;
pub mod restore;

use twinlock_core::clock::Clock;
use twinlock_service::keys::{self, KeyDirectory};
use twinlock_store::{MigrationState, migration_state};

use crate::{
    cli::Place,
    config::Settings,
    failure::Failure,
    foundation::{Foundation, newer},
    output,
    system::{SystemClock, SystemEntropy},
    telemetry,
};

/// The settings, for a command that ends; its warnings go to the log.
pub fn settings(place: &Place) -> Result<Settings, Failure> {
    let settings = Settings::load(place, None)?;
    telemetry::start_log(settings.log);
    Ok(settings)
}

/// `twinlock migrate`.
pub async fn migrate(place: &Place) -> Result<(), Failure> {
    let foundation = Foundation::current(&settings(place)?).await?;
    output::say("the database is up to date");
    foundation.close().await
}

/// `twinlock keys rotate`.
pub async fn rotate_keys(place: &Place) -> Result<(), Failure> {
    let settings = settings(place)?;
    let foundation = existing(&settings).await?;
    let directory = KeyDirectory::new(&settings.keys);
    let rotated = keys::rotate(&directory, &foundation.store, &SystemEntropy, SystemClock.now()).await?;
    output::say(format_args!("added key {}; {} values were sealed anew", rotated.added, rotated.resealed));
    for id in &rotated.retired {
        output::say(format_args!("retired key {id}: only backups made before now need its file"));
    }
    output::say(
        "copy its file to every other node now; servers find it in their folder by themselves, and write with it after a \
         restart",
    );
    foundation.close().await
}

/// A database that is there, brought up to date: a command that acts on accounts has no use for an empty
/// one made by a wrong path.
pub async fn existing(settings: &Settings) -> Result<Foundation, Failure> {
    if let crate::config::Database::Sqlite(file) = &settings.database
        && !file.exists()
    {
        return Err(Failure::setup(format!("there is no database at {}", file.display())));
    }
    let foundation = Foundation::open(settings).await?;
    match migration_state(&foundation.store).await? {
        MigrationState::Current => Ok(foundation),
        MigrationState::Newer => Err(newer()),
        MigrationState::Empty | MigrationState::Behind => Err(Failure::failed(
            "the database is not up to date: run `twinlock migrate`, or start the server",
        )),
    }
}
