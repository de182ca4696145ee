//! The key directory as a running server looks into it again: a rotation beside it adds a file.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, PoisonError},
};

use twinlock_core::clock::{Clock, Timestamp};
use twinlock_store::seal::KeySource;
use zeroize::Zeroizing;

use super::KeyDirectory;

/// A key that is not there is looked for again after this long, in milliseconds.
const AGAIN_MILLIS: i64 = 1000;

/// The files of a directory. One that is missing or damaged is looked for once a second, however many rows name it.
pub struct KeyFiles {
    directory: KeyDirectory,
    clock: Arc<dyn Clock>,
    missed: Mutex<BTreeMap<String, Timestamp>>,
}

impl KeyFiles {
    /// Those of a directory.
    pub fn new(directory: KeyDirectory, clock: Arc<dyn Clock>) -> Self {
        Self { directory, clock, missed: Mutex::default() }
    }

    /// Whether it is too soon to look for a key again.
    fn is_too_soon(&self, id: &str, now: Timestamp) -> bool {
        let mut missed = self.missed.lock().unwrap_or_else(PoisonError::into_inner);
        missed.retain(|_, at| (0..AGAIN_MILLIS).contains(&(now.millis() - at.millis())));
        missed.contains_key(id)
    }
}

impl KeySource for KeyFiles {
    fn key(&self, id: &str) -> Option<Zeroizing<[u8; 32]>> {
        let now = self.clock.now();
        if self.is_too_soon(id, now) {
            return None;
        }
        match self.directory.read(id) {
            Ok(Some(key)) => {
                tracing::info!(id, "a key was added beside this server");
                return Some(key);
            }
            Ok(None) => tracing::warn!(id, "the database names a key that is not in the key folder"),
            Err(error) => tracing::warn!(%error, "a key cannot be read"),
        }
        self.missed.lock().unwrap_or_else(PoisonError::into_inner).insert(id.to_owned(), now);
        None
    }

    fn ids(&self) -> Vec<String> {
        self.directory.ids().unwrap_or_default()
    }
}
