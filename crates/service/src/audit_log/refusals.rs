//! Refusals that are noted now and written down a moment later: one row for each kind, source and minute.

use std::{
    collections::{BTreeMap, btree_map::Entry},
    mem,
    sync::{Mutex, PoisonError},
};

use sha2::{Digest, Sha256};
use twinlock_store::audit::{Event, Repeated};

/// Sources that are told apart between two times of writing. The rest is one row a kind.
const MOST: usize = 4096;
const MINUTE_MILLIS: i64 = 60_000;

/// What this node has noted and not written yet, under the keys of the rows.
#[derive(Default)]
pub(crate) struct Refusals(Mutex<BTreeMap<Vec<u8>, Event>>);

impl Refusals {
    /// Adds a refusal to those of its row.
    pub(super) fn add(&self, event: Event) {
        let mut noted = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let full = noted.len() >= MOST;
        let Some(key) = event.repeated.as_ref().map(|repeated| repeated.key.clone()) else { return };
        let event = if full && !noted.contains_key(&key) { of_many(event) } else { event };
        let Some(more) = event.repeated.clone() else { return };
        match noted.entry(more.key.clone()) {
            Entry::Vacant(place) => {
                place.insert(event);
            }
            Entry::Occupied(mut place) => {
                if let Some(repeated) = &mut place.get_mut().repeated {
                    repeated.times = repeated.times.saturating_add(more.times);
                    repeated.last_at = repeated.last_at.max(more.last_at);
                }
            }
        }
    }

    /// All of them, in the order of their keys: two nodes that write at once wait for each other and for nothing else.
    pub(super) fn take(&self) -> Vec<Event> {
        let mut noted = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        mem::take(&mut *noted).into_values().collect()
    }
}

/// A refusal that happened once. `network` is what tells sources apart: the addresses of one IPv6 network are one.
pub(super) fn once(event: &Event, network: &str) -> Repeated {
    Repeated { key: key(event, network), times: 1, last_at: event.at }
}

/// The row: kind, minute, and who was refused about whom from where. Details are those of the first.
fn key(event: &Event, network: &str) -> Vec<u8> {
    let id = |id: Option<uuid::Uuid>| id.map(|id| id.to_string()).unwrap_or_default();
    let minute = event.at.millis().div_euclid(MINUTE_MILLIS).to_string();
    let parts = [
        event.kind.as_str(),
        &minute,
        &id(event.tenant_id.map(|id| id.0)),
        event.actor.as_str(),
        &id(event.actor_id.map(|id| id.0)),
        &id(event.user_id.map(|id| id.0)),
        network,
    ];
    Sha256::digest(parts.join("\0")).to_vec()
}

/// The same as one of very many sources.
fn of_many(event: Event) -> Event {
    let mut event = Event {
        detail: serde_json::json!({ "sources": "many" }),
        repeated: event.repeated,
        ..Event::of_server(event.id, event.at, event.actor, event.kind)
    };
    let key = key(&event, "");
    if let Some(repeated) = &mut event.repeated {
        repeated.key = key;
    }
    event
}

#[cfg(test)]
mod tests {
    use twinlock_core::{
        audit::{ActorKind, EventKind},
        clock::Timestamp,
        ids::EventId,
    };

    use super::*;

    fn refusal(secs: i64, network: &str) -> Event {
        let at = Timestamp::from_secs(1_800_000_000 + secs);
        let id = EventId(uuid::Uuid::nil());
        let mut event = Event::of_server(id, at, ActorKind::Anonymous, EventKind::SignInThrottled);
        event.repeated = Some(once(&event, network));
        event
    }

    #[test]
    fn what_a_source_repeats_within_a_minute_is_one_event() {
        let refusals = Refusals::default();
        for (secs, network) in [(0, "a"), (59, "a"), (30, "a"), (60, "a"), (0, "b")] {
            refusals.add(refusal(secs, network));
        }
        let mut noted: Vec<_> = refusals
            .take()
            .iter()
            .map(|event| {
                (event.times(), event.at.secs() % 100, event.repeated.as_ref().unwrap().last_at.secs() % 100)
            })
            .collect();
        noted.sort_unstable();
        assert_eq!(noted, [(1, 0, 0), (1, 60, 60), (3, 0, 59)]);
        assert!(refusals.take().is_empty());
    }

    /// attacks.md row 3: whoever has many addresses fills no memory, and none of the refusals is lost.
    #[test]
    fn very_many_sources_are_one_event_beyond_what_is_told_apart() {
        let refusals = Refusals::default();
        for n in 0..2 * MOST {
            refusals.add(refusal(0, &n.to_string()));
        }
        let noted = refusals.take();
        assert_eq!(noted.len(), MOST + 1);
        assert_eq!(noted.iter().map(|event| event.times() as usize).sum::<usize>(), 2 * MOST);
    }
}
