//! Last use of sessions: kept in memory, written at most once a minute and in batches. It is not worth
//! a commit per request.

use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
};

use twinlock_core::{clock::Timestamp, ids::SessionId};
use twinlock_store::sessions;

use crate::{App, Internal, context::Work};

/// How far the stored last use may lag behind, in seconds.
const LAG_SECS: i64 = 60;
/// Uses written in one commit: nobody who signs in meanwhile waits for more of them.
const BATCH: usize = 256;

/// Uses that are not written yet.
#[derive(Default)]
pub(crate) struct Touches(Mutex<HashMap<SessionId, Timestamp>>);

impl Touches {
    /// The latest use known: the stored one, or one that is not written yet.
    pub(crate) fn latest(&self, id: SessionId, stored: Timestamp) -> Timestamp {
        let waiting = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        waiting.get(&id).map_or(stored, |at| stored.max(*at))
    }

    /// Notes a use when the last one noted is a minute old.
    pub(crate) fn used(&self, id: SessionId, last: Timestamp, now: Timestamp) {
        if now.secs_since(last) >= LAG_SECS {
            self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(id, now);
        }
    }

    fn take(&self) -> HashMap<SessionId, Timestamp> {
        std::mem::take(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// Writes the uses noted so far, in as few commits as keep each short.
pub async fn flush_touches(app: &App) -> Result<(), Internal> {
    let waiting: Vec<_> = app.touches.take().into_iter().collect();
    for batch in waiting.chunks(BATCH) {
        app.transact(|| write(app, batch)).await?;
    }
    Ok(())
}

async fn write(app: &App, batch: &[(SessionId, Timestamp)]) -> Result<(), Internal> {
    let work = Work::of_server(app).await?;
    for (id, at) in batch {
        sessions::touch(&work, *id, *at).await?;
    }
    Ok(work.commit().await?)
}
