//! Where a demo keeps its data.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use tempfile::TempDir;

use crate::{
    data::{self, Claim},
    failure::Failure,
};

/// Where a demo keeps its data: a folder of its own that ends with it, or a named one that is marked.
pub struct Folder {
    /// The folder.
    pub path: PathBuf,
    own: Option<TempDir>,
}

impl Folder {
    /// Makes the folder, and marks it.
    pub fn make(named: Option<&Path>) -> Result<Self, Failure> {
        let Some(path) = named else {
            let own = tempfile::Builder::new().prefix("twinlock-demo-").tempdir().map_err(Failure::failed)?;
            data::mark_demo(own.path())?;
            return Ok(Self { path: own.path().to_owned(), own: Some(own) });
        };
        if is_occupied(path).map_err(|error| data::at(path, &error))? && !data::is_demo(path) {
            let folder = path.display();
            return Err(Failure::setup(format!(
                "{folder} is not empty and not a demo's: choose another folder"
            )));
        }
        data::make_folder(path)?;
        data::mark_demo(path)?;
        Ok(Self { path: path.to_owned(), own: None })
    }

    /// Throws away what an earlier demo left here; one that still runs is not disturbed.
    pub fn empty(&self) -> Result<(), Failure> {
        let database = self.path.join("twinlock.db");
        let _claim = Claim::alone(&database)?;
        for name in ["twinlock.db", "twinlock.db-wal", "twinlock.db-shm"] {
            ignore_missing(fs::remove_file(self.path.join(name)))?;
        }
        for name in ["keys", "outbox"] {
            ignore_missing(fs::remove_dir_all(self.path.join(name)))?;
        }
        Ok(())
    }

    /// Removes the folder, where it was the demo's own.
    pub fn remove(self) {
        if let Some(error) = self.own.and_then(|own| own.close().err()) {
            tracing::warn!(%error, folder = %self.path.display(), "the demo's folder is left behind");
        }
    }
}

fn is_occupied(path: &Path) -> io::Result<bool> {
    match fs::read_dir(path) {
        Ok(mut entries) => Ok(entries.next().is_some()),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
        Err(error) => Err(error),
    }
}

fn ignore_missing(outcome: io::Result<()>) -> Result<(), Failure> {
    match outcome {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(Failure::failed(error)),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_with_somebodys_files_is_refused() {
        let dir = tempfile::tempdir().unwrap();
        fs::write(dir.path().join("twinlock.db"), "precious").unwrap();
        assert_eq!(Folder::make(Some(dir.path())).err().unwrap().code(), 2);
        assert!(!data::is_demo(dir.path()));
    }

    #[test]
    fn a_demos_own_folder_is_used_again_and_emptied() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("demo");
        Folder::make(Some(&path)).unwrap().empty().unwrap();
        fs::write(path.join("twinlock.db"), "old").unwrap();
        Folder::make(Some(&path)).unwrap().empty().unwrap();
        assert!(data::is_demo(&path) && !path.join("twinlock.db").exists());
    }
}
