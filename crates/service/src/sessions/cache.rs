//! Callers, cached for at most a second.
//!
//! A look-up costs no statement while it is warm. A transaction knows what it makes stale ([`twinlock_store::Stale`]), and
//! once it is committed every cached answer on this node is void; other nodes, and acts of the command line, are seen
//! within [`MAX_AGE_MILLIS`]. Wall time decides the age.

use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering},
};

use moka::sync::Cache;
use twinlock_core::clock::Timestamp;
use twinlock_store::Stale;

use super::Caller;

const MAX_AGE_MILLIS: i64 = 1000;
/// So many different tokens within one second; beyond, some are read again. About 2 KiB each.
const MAX_ENTRIES: u64 = 4096;

#[derive(Clone)]
struct Entry {
    caller: Arc<Caller>,
    loaded_at: Timestamp,
    generation: u64,
}

pub(crate) struct SessionCache {
    entries: Cache<[u8; 32], Entry>,
    generation: AtomicU64,
}

impl SessionCache {
    pub(crate) fn new() -> Self {
        Self { entries: Cache::new(MAX_ENTRIES), generation: AtomicU64::new(0) }
    }

    /// Voids what a transaction made stale, after its commit. One generation stands for all entries.
    pub(crate) fn forget(&self, stale: &[Stale]) {
        if !stale.is_empty() {
            self.generation.fetch_add(1, Ordering::SeqCst);
        }
    }

    /// Voids everything cached.
    pub(crate) fn changed(&self) {
        self.forget(&[Stale::Everybody]);
    }

    /// Read before the database is, and given to [`Self::put`]: what was read before a change is never
    /// kept after it.
    pub(crate) fn generation(&self) -> u64 {
        self.generation.load(Ordering::SeqCst)
    }

    pub(crate) fn get(&self, key: &[u8; 32], now: Timestamp) -> Option<Arc<Caller>> {
        let entry = self.entries.get(key)?;
        let age = now.millis() - entry.loaded_at.millis();
        let valid = entry.generation == self.generation() && (0..MAX_AGE_MILLIS).contains(&age);
        (valid && !entry.caller.live.is_replaced(now)).then_some(entry.caller)
    }

    pub(crate) fn put(&self, key: [u8; 32], caller: Arc<Caller>, loaded_at: Timestamp, generation: u64) {
        self.entries.insert(key, Entry { caller, loaded_at, generation });
    }
}
