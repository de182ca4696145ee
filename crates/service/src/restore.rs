//! After a restore: what was alive in the backup must not come alive again (security.md 17).

use serde_json::json;
use twinlock_core::{
    audit::{ActorKind, EventKind},
    clock::Timestamp,
    entropy::Entropy,
    factor::totp::step_at,
    ids::EventId,
};
use twinlock_store::{Store, audit, epoch};

use crate::Internal;

/// People named one by one at most.
const MAX_PEOPLE: usize = 1000;

/// What the operator has to know about a restored database.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Uncertain {
    /// Sessions that were alive in the backup.
    pub sessions_ended: u64,
    /// Tenant and user name of people with unused recovery codes: some may have been used since the
    /// backup and are good again.
    pub people: Vec<(String, String)>,
    /// Whether there are more such people.
    pub more: bool,
}

/// Ends sessions, half-finished logins, links, mailed codes and unconfirmed set-ups, and counts every
/// authenticator code up to the next step as used. `store` is the restored database, in use by nobody yet.
pub async fn begin_anew(store: &Store, entropy: &dyn Entropy, now: Timestamp) -> Result<Uncertain, Internal> {
    let tx = store.begin().await?;
    let sessions_ended = epoch::begin(&tx, now, step_at(now) + 1).await?;
    let mut people = epoch::people_with_codes(&tx, MAX_PEOPLE + 1).await?;
    let more = people.len() > MAX_PEOPLE;
    people.truncate(MAX_PEOPLE);
    let event = audit::Event {
        detail: json!({ "sessions_ended": sessions_ended }),
        ..audit::Event::of_server(
            EventId::new(now, entropy),
            now,
            ActorKind::CommandLine,
            EventKind::Restored,
        )
    };
    audit::append(&tx, &event).await?;
    tx.commit().await?;
    Ok(Uncertain { sessions_ended, people, more })
}
