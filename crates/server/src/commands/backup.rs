//! `twinlock backup`: a copy of the database, and apart from it the keys.

use std::{
    fs,
    io::{self, Write},
    path::Path,
};

use twinlock_store::backup;
use zeroize::Zeroizing;

use super::{passphrase::passphrase, settings};
use crate::{
    cli,
    config::{Database, Settings},
    data,
    failure::Failure,
    foundation::Foundation,
    keyfile::{self, Keys},
    output,
    system::SystemEntropy,
};

/// Writes what was asked for. Files that exist are never overwritten.
pub async fn backup(place: &cli::Place, options: cli::Backup) -> Result<(), Failure> {
    let settings = settings(place)?;
    if let Some(file) = &options.keys {
        write_keys(&settings, file)?;
        output::say(format_args!("keys, encrypted: {}", file.display()));
    }
    if let Some(file) = &options.to {
        copy_database(&settings, file).await?;
        output::say(format_args!("database: {} (the keys are not in it)", file.display()));
    }
    Ok(())
}

async fn copy_database(settings: &Settings, to: &Path) -> Result<(), Failure> {
    let Database::Sqlite(file) = &settings.database else {
        return Err(Failure::failed("only SQLite is copied: use pg_dump for PostgreSQL"));
    };
    if !file.exists() {
        return Err(Failure::setup(format!("there is no database at {}", file.display())));
    }
    let foundation = Foundation::open(settings).await?;
    // SQLite fills an empty file, so the copy is private from its first byte on.
    data::new_private_file(to).map_err(|error| data::at(to, &error))?;
    let copied = backup::copy_to(&foundation.store, to).await;
    if copied.is_err() {
        let _ = fs::remove_file(to);
    }
    copied?;
    flush(to).map_err(|error| data::at(to, &error))?;
    foundation.close().await
}

fn write_keys(settings: &Settings, to: &Path) -> Result<(), Failure> {
    let keys = read_keys(&settings.keys).map_err(|error| data::at(&settings.keys, &error))?;
    if keys.is_empty() {
        return Err(Failure::failed(format!("there are no keys in {}", settings.keys.display())));
    }
    let text = keyfile::seal(&keys, &passphrase()?, &SystemEntropy).map_err(Failure::setup)?;
    let mut file = data::new_private_file(to).map_err(|error| data::at(to, &error))?;
    file.write_all(text.as_bytes()).and_then(|()| flush(to)).map_err(|error| data::at(to, &error))
}

/// The key files of a directory, by id.
pub fn read_keys(directory: &Path) -> io::Result<Keys> {
    let mut keys = Keys::new();
    for entry in fs::read_dir(directory)? {
        let path = entry?.path();
        if path.extension().is_some_and(|extension| extension == "key")
            && let Some(id) = path.file_stem().and_then(|id| id.to_str())
        {
            let text = Zeroizing::new(fs::read_to_string(&path)?);
            keys.insert(id.to_owned(), Zeroizing::new(text.trim().to_owned()));
        }
    }
    Ok(keys)
}

/// Makes a new file and its name durable.
fn flush(path: &Path) -> io::Result<()> {
    fs::File::open(path)?.sync_all()?;
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    fs::File::open(folder)?.sync_all()
}
