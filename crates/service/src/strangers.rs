//! Tries to reach an organisation that is not the caller's own: answered as if there were none, and written into the
//! audit log of the caller's organisation.

use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
};

use twinlock_core::{audit::EventKind, clock::Timestamp, ids::SessionId};

use crate::{
    App, Caller, Client, Internal,
    audit_log::{About, record},
};

/// One event per session in so many seconds: whoever tries a thousand addresses fills no log.
const EVERY_SECS: i64 = 60;

/// When each session was last written down by this node.
#[derive(Default)]
pub(crate) struct Noted(Mutex<HashMap<SessionId, Timestamp>>);

impl Noted {
    fn is_due(&self, session: SessionId, now: Timestamp) -> bool {
        let mut noted = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        noted.retain(|_, at| (0..EVERY_SECS).contains(&now.secs_since(*at)));
        let due = !noted.contains_key(&session);
        noted.entry(session).or_insert(now);
        due
    }

    fn forget(&self, session: SessionId) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).remove(&session);
    }
}

/// Writes down that the caller asked for an organisation that is not theirs. Whether it exists is not looked at.
pub async fn note(app: &App, caller: &Caller, client: &Client) -> Result<(), Internal> {
    let session = caller.live.session.id;
    if !app.strangers.is_due(session, app.now()) {
        return Ok(());
    }
    let written = write(app, caller, client).await;
    if written.is_err() {
        app.strangers.forget(session);
    }
    written
}

async fn write(app: &App, caller: &Caller, client: &Client) -> Result<(), Internal> {
    let tx = app.store.begin().await?;
    record(&tx, app, client, EventKind::OtherTenantRefused, About::own(&caller.live.account.user)).await?;
    Ok(tx.commit().await?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_session_is_written_down_once_a_minute() {
        let noted = Noted::default();
        let at = |secs| Timestamp::from_millis(1_700_000_000_000).plus_secs(secs);
        let (one, other) = (SessionId(uuid::Uuid::from_u128(1)), SessionId(uuid::Uuid::from_u128(2)));
        assert!(noted.is_due(one, at(0)));
        assert!(!noted.is_due(one, at(59)) && noted.is_due(other, at(59)));
        assert!(noted.is_due(one, at(60)) && !noted.is_due(one, at(61)));
        assert!(noted.is_due(one, at(10)), "a clock that was set back hides nothing");
    }
}
