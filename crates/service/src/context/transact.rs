//! A use case's transaction, from its beginning to its commit, and the same anew where the database took its turn away.
//!
//! [`twinlock_store::locks`] keeps transactions from waiting for each other. What no order can rule out (two people who
//! take each other's names, a job that goes through a whole table) ends one of them, with everything it wrote and used
//! up. It is begun again here, where nothing was done outside of it yet: what is slow came before, caches and answers
//! come after.

use std::{error::Error, time::Duration};

use twinlock_core::entropy::{Entropy, uniform_below};
use twinlock_store::was_undone;

use crate::App;

/// So often is a transaction tried.
const TRIES: u32 = 3;
/// The longest pause before the second try, in milliseconds; before the third, twice as long.
const PAUSE_MILLIS: u32 = 50;

impl App {
    /// Runs one transaction of a use case: `run` begins it, commits it once as the last thing it does in the database,
    /// and changes nothing elsewhere before.
    pub(crate) async fn transact<T, E, F>(&self, run: impl Fn() -> F) -> Result<T, E>
    where
        F: Future<Output = Result<T, E>>,
        E: Error + 'static,
    {
        let mut tried = 1;
        loop {
            match run().await {
                Err(error) if tried < TRIES && was_undone(&error) => {
                    tracing::info!(tried, "the database undid a transaction, which is tried again");
                    pause(&*self.entropy, tried).await;
                    tried += 1;
                }
                outcome => return outcome,
            }
        }
    }
}

/// Of two that met, one comes first the next time.
async fn pause(entropy: &dyn Entropy, tried: u32) {
    let millis = uniform_below(entropy, PAUSE_MILLIS * tried);
    tokio::time::sleep(Duration::from_millis(millis.into())).await;
}
