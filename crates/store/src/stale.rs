//! What a transaction changes of that which callers are remembered by.
//!
//! Who a token belongs to is cached above ([`crate::sessions::token_by_id`] is what is asked). The functions of this crate
//! that change an answer to that question say so here, and nobody who calls them has to think of it.

use std::sync::{Mutex, PoisonError};

use twinlock_core::ids::{SessionId, TenantId, UserId};

/// Whose cached callers are out of date once a transaction is committed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stale {
    /// Those of one session.
    Session(SessionId),
    /// Those of a person.
    User(UserId),
    /// Those of everybody in a tenant.
    Tenant(TenantId),
    /// All.
    Everybody,
}

/// What a transaction made stale so far.
#[derive(Default)]
pub(crate) struct StaleList(Mutex<Vec<Stale>>);

impl StaleList {
    pub(crate) fn add(&self, whom: Stale) {
        let mut list = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if !list.contains(&whom) {
            list.push(whom);
        }
    }

    pub(crate) fn all(&self) -> Vec<Stale> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}
