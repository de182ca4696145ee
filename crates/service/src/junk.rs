//! What costs no row and yet some work may be asked for so often from one network: counted in memory, for whoever is
//! refused here writes nothing.

use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
};

use twinlock_core::{
    clock::Timestamp,
    throttle::{Failures, Ration},
};

use crate::{App, Client};

/// Networks that are told apart. Beyond them all begin anew: whoever has so many is held up by no count of one.
const MOST: usize = 50_000;

/// A door that anybody may knock at.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Door {
    /// Answers of passkeys to no challenge that is open.
    Passkey,
    /// Requests for a new password.
    Reset,
}

impl Door {
    fn ration(self) -> Ration {
        match self {
            Self::Passkey => Ration { most: 60, window_secs: 60 },
            Self::Reset => Ration { most: 100, window_secs: 600 },
        }
    }
}

/// How often each network has knocked, on this node.
#[derive(Default)]
pub(crate) struct Knocks(Mutex<HashMap<(Door, String), Failures>>);

impl Knocks {
    fn take(&self, door: Door, network: &str, now: Timestamp) -> Option<i64> {
        let (ration, mut knocks) = (door.ration(), self.0.lock().unwrap_or_else(PoisonError::into_inner));
        let key = (door, network.to_owned());
        if knocks.len() >= MOST && !knocks.contains_key(&key) {
            knocks.clear();
        }
        let taken = knocks.entry(key).or_default();
        let runs = taken.count > 0 && (0..ration.window_secs).contains(&now.secs_since(taken.window_start));
        if !runs {
            *taken = Failures { count: 0, window_start: now, ..Failures::default() };
        }
        taken.count = taken.count.saturating_add(1);
        ration.wait(taken, now)
    }
}

/// Takes one knock from the ration of the client's network; answers the seconds to wait where there is none left.
pub(crate) fn knock(app: &App, client: &Client, door: Door) -> Option<i64> {
    app.knocks.take(door, &client.limit_key(), app.now())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_network_waits_for_the_rest_of_its_window_and_others_do_not() {
        let (knocks, now) = (Knocks::default(), Timestamp::from_secs(1_800_000_000));
        let last = |network: &str, secs| {
            (0..61).map(|_| knocks.take(Door::Passkey, network, now.plus_secs(secs))).last()
        };
        assert_eq!(last("a", 0), Some(Some(60)));
        assert_eq!(knocks.take(Door::Passkey, "b", now), None);
        assert_eq!(knocks.take(Door::Reset, "a", now), None);
        assert_eq!(knocks.take(Door::Passkey, "a", now.plus_secs(59)), Some(1));
        assert_eq!(knocks.take(Door::Passkey, "a", now.plus_secs(60)), None);
        assert_eq!(knocks.take(Door::Passkey, "a", now.plus_secs(-5)), None, "the clock was set back");
    }
}
