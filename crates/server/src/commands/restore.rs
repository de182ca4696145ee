//! `twinlock restore`: a backup in the place of the database.
//!
//! What was alive when the backup was made must not come alive again (security.md 17), so it is ended in
//! the copy before that copy becomes the database.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use twinlock_core::clock::Clock;
use twinlock_service::{
    keys::{self, KeyDirectory},
    restore::{self, Uncertain},
};
use twinlock_store::{MigrationState, Store, backup, migration_state};

use super::{backup::read_keys, passphrase::passphrase, settings};
use crate::{
    cli,
    config::{Database, Settings},
    data::{self, Claim},
    failure::Failure,
    foundation::{bring_up_to_date, connect, newer, sqlite_url},
    keyfile, output,
    system::{SystemClock, SystemEntropy},
};

/// Replaces the database.
pub async fn restore(place: &cli::Place, options: cli::Restore) -> Result<(), Failure> {
    let settings = settings(place)?;
    let Database::Sqlite(target) = &settings.database else {
        return Err(Failure::failed(
            "only SQLite is restored: use pg_restore for PostgreSQL, with no server running",
        ));
    };
    if settings.uses_data_folder() {
        data::make_folder(&settings.data)?;
    }
    let _claim = Claim::alone(target)?;
    let occupied = fs::metadata(target).is_ok_and(|meta| meta.len() > 0);
    if occupied && !options.force {
        return Err(Failure::failed(format!("{} is not empty: --force replaces it", target.display())));
    }
    let draft = Draft::copy(&options.from, target)?;
    if let Some(file) = &options.keys {
        restore_keys(&settings, file)?;
    }
    let uncertain = begin_anew(&settings, &draft.path).await?;
    if occupied {
        let kept = set_aside(target)?;
        output::say(format_args!("the database before is kept as {}", kept.display()));
    }
    draft.become_the_database(target)?;
    report(&uncertain);
    Ok(())
}

/// A copy of the backup beside the database, on the same disk. Removed unless it becomes the database.
struct Draft {
    path: PathBuf,
}

impl Draft {
    fn copy(from: &Path, target: &Path) -> Result<Self, Failure> {
        let draft = Self { path: beside(target, ".restoring") };
        draft.remove();
        let copied = fs::File::open(from).map_err(|error| data::at(from, &error)).and_then(|mut from| {
            let mut to =
                data::new_private_file(&draft.path).map_err(|error| data::at(&draft.path, &error))?;
            io::copy(&mut from, &mut to).map_err(|error| data::at(&draft.path, &error))
        });
        copied.map(|_| draft)
    }

    fn become_the_database(self, target: &Path) -> Result<(), Failure> {
        let moved = fs::File::open(&self.path)
            .and_then(|file| file.sync_all())
            .and_then(|()| fs::rename(&self.path, target));
        moved.map_err(|error| data::at(target, &error))
    }

    fn remove(&self) {
        for end in ["", "-wal", "-shm"] {
            let _ = fs::remove_file(beside(&self.path, end));
        }
    }
}

impl Drop for Draft {
    fn drop(&mut self) {
        self.remove();
    }
}

fn beside(path: &Path, end: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(end);
    PathBuf::from(name)
}

/// Checks the copy, and ends in it whatever was alive.
async fn begin_anew(settings: &Settings, draft: &Path) -> Result<Uncertain, Failure> {
    let store = connect(&sqlite_url(draft)?, 2).await.map_err(damaged)?;
    let outcome = check_and_end(settings, &store).await;
    store.close().await?;
    outcome
}

/// What SQLite says of such a file helps nobody.
fn damaged<E>(_: E) -> Failure {
    Failure::failed("the backup is damaged, or not a database")
}

async fn check_and_end(settings: &Settings, store: &Store) -> Result<Uncertain, Failure> {
    if !backup::is_whole(store).await.map_err(damaged)? {
        return Err(damaged(()));
    }
    match migration_state(store).await? {
        MigrationState::Empty => return Err(Failure::failed("the backup is not one of Twinlock's")),
        MigrationState::Newer => return Err(newer()),
        MigrationState::Behind | MigrationState::Current => bring_up_to_date(store).await?,
    }
    let directory = KeyDirectory::new(&settings.keys);
    let now = SystemClock.now();
    keys::load_or_create(&directory, store, &SystemEntropy, now).await?;
    Ok(restore::begin_anew(store, &SystemEntropy, now).await?)
}

/// Writes the keys that are missing. One that is there must be the same.
fn restore_keys(settings: &Settings, file: &Path) -> Result<(), Failure> {
    let text = fs::read_to_string(file).map_err(|error| data::at(file, &error))?;
    let wrong = |error| Failure::setup(format!("{}: {error}", file.display()));
    let keys = keyfile::open(&text, &passphrase()?).map_err(wrong)?;
    data::make_folder(&settings.keys)?;
    let present = read_keys(&settings.keys).map_err(|error| data::at(&settings.keys, &error))?;
    for (id, key) in keys {
        if !id.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-') {
            return Err(wrong(keyfile::KeyFileError::Malformed));
        }
        let path = settings.keys.join(format!("{id}.key"));
        match present.get(&id) {
            Some(same) if *same == key => {}
            Some(_) => return Err(Failure::setup(format!("{} is another key of that name", path.display()))),
            None => write_key(&path, &key).map_err(|error| data::at(&path, &error))?,
        }
    }
    Ok(())
}

fn write_key(path: &Path, key: &str) -> io::Result<()> {
    use io::Write;
    let mut file = data::new_private_file(path)?;
    writeln!(file, "{key}")?;
    file.sync_all()
}

/// Moves the database, and what belongs to it, out of the way; nothing of it is lost.
fn set_aside(target: &Path) -> Result<PathBuf, Failure> {
    let kept = beside(target, &format!(".replaced-{}", SystemClock.now().secs()));
    for end in ["-wal", "-shm", ""] {
        let (from, to) = (beside(target, end), beside(&kept, end));
        match fs::rename(&from, &to) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(data::at(&from, &error)),
            _ => {}
        }
    }
    Ok(kept)
}

fn report(uncertain: &Uncertain) {
    output::say(format_args!(
        "restored: {} sessions were ended, everybody has to sign in again",
        uncertain.sessions_ended
    ));
    output::say(
        "everything is as it was when the backup was made: passwords, second factors and roles that \
         changed since are the old ones again",
    );
    if uncertain.people.is_empty() {
        return;
    }
    output::say(
        "recovery codes that were used since the backup are good again; have these people make new ones:",
    );
    for (tenant, username) in &uncertain.people {
        output::say(format_args!("  {tenant}/{username}"));
    }
    if uncertain.more {
        output::say("  … and more");
    }
}
