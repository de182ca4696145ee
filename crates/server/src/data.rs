//! The data folder and the files in it: only for the account the server runs as.

use std::{
    fs::{self, DirBuilder, File, OpenOptions, TryLockError},
    io::{self, Write},
    os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt},
    path::{Path, PathBuf},
};

use crate::failure::Failure;

/// Marks a folder whose content may be thrown away.
const DEMO_MARK: &str = ".twinlock-demo";

/// Makes a folder that only its owner can open, and what is missing above it.
pub fn make_folder(path: &Path) -> Result<(), Failure> {
    let existed = path.exists();
    DirBuilder::new().recursive(true).mode(0o700).create(path).map_err(|error| at(path, &error))?;
    if existed && fs::metadata(path).is_ok_and(|meta| meta.permissions().mode() & 0o077 != 0) {
        let folder = path.display();
        tracing::warn!(%folder, "other users of this machine can look into the data folder: chmod 700");
    }
    Ok(())
}

/// Marks a folder as a demo's.
pub fn mark_demo(folder: &Path) -> Result<(), Failure> {
    let mark = folder.join(DEMO_MARK);
    let text = "Everything in this folder belongs to `twinlock demo` and may be deleted.\n";
    OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(true)
        .mode(0o600)
        .open(&mark)
        .and_then(|mut file| file.write_all(text.as_bytes()))
        .map_err(|error| at(&mark, &error))
}

/// Whether a folder is a demo's.
pub fn is_demo(folder: &Path) -> bool {
    folder.join(DEMO_MARK).exists()
}

/// A file that is there already is left alone; a new one is empty and only its owner can read it.
pub fn ensure_private_file(path: &Path) -> Result<(), Failure> {
    match new_private_file(path) {
        Ok(_) => Ok(()),
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
        Err(error) => Err(at(path, &error)),
    }
}

/// A new, empty file that only its owner can read; an error when there is one of this name.
pub fn new_private_file(path: &Path) -> io::Result<File> {
    OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)
}

/// A failure that names the file it is about.
pub fn at(path: &Path, error: &io::Error) -> Failure {
    Failure::setup(format!("{}: {error}", path.display()))
}

/// A claim on an SQLite database, held until dropped. Any number of processes may use a database; while
/// it is replaced, none may. The operating system forgets the claim of a process that died.
pub struct Claim {
    file: File,
    path: PathBuf,
}

impl Claim {
    /// To use the database beside others.
    pub fn shared(database: &Path) -> Result<Self, Failure> {
        let claim = Self::open(database)?;
        claim.taken(claim.file.try_lock_shared(), "it is being replaced")?;
        Ok(claim)
    }

    /// To replace the database.
    pub fn alone(database: &Path) -> Result<Self, Failure> {
        let claim = Self::open(database)?;
        claim.taken(claim.file.try_lock(), "it is in use: stop the server first")?;
        Ok(claim)
    }

    fn open(database: &Path) -> Result<Self, Failure> {
        let mut name = database.as_os_str().to_owned();
        name.push(".lock");
        let lock = PathBuf::from(name);
        ensure_private_file(&lock)?;
        let file = OpenOptions::new().write(true).open(&lock).map_err(|error| at(&lock, &error))?;
        Ok(Self { file, path: database.to_owned() })
    }

    fn taken(&self, outcome: Result<(), TryLockError>, why_not: &str) -> Result<(), Failure> {
        match outcome {
            Ok(()) => Ok(()),
            Err(TryLockError::WouldBlock) => {
                Err(Failure::failed(format!("{}: {why_not}", self.path.display())))
            }
            Err(TryLockError::Error(error)) => Err(at(&self.path, &error)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mode(path: &Path) -> u32 {
        fs::metadata(path).unwrap().permissions().mode() & 0o777
    }

    #[test]
    fn folders_and_files_are_private() {
        let dir = tempfile::tempdir().unwrap();
        let (folder, file) = (dir.path().join("a/b"), dir.path().join("a/b/c"));
        make_folder(&folder).unwrap();
        ensure_private_file(&file).unwrap();
        assert_eq!((mode(&folder), mode(&file)), (0o700, 0o600));
        assert!(new_private_file(&file).is_err());
    }

    #[test]
    fn a_database_in_use_is_not_replaced() {
        let dir = tempfile::tempdir().unwrap();
        let database = dir.path().join("twinlock.db");
        let users = [Claim::shared(&database).unwrap(), Claim::shared(&database).unwrap()];
        assert_eq!(Claim::alone(&database).err().unwrap().code(), 1);
        drop(users);
        let alone = Claim::alone(&database).unwrap();
        assert_eq!(Claim::shared(&database).err().unwrap().code(), 1);
        drop(alone);
        assert!(Claim::shared(&database).is_ok());
    }
}
