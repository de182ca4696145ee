//! A clock that stands still until a test moves it.

use std::sync::{Mutex, MutexGuard};

use twinlock_core::clock::{Clock, Timestamp};

/// Where every [`FakeClock`] starts: seven seconds into a TOTP step, so that a small move stays in it.
const START: &str = "2026-03-02T10:00:07Z";

/// A wall clock under a test's control. Shared by reference or in an `Arc`.
#[derive(Debug)]
pub struct FakeClock(Mutex<State>);

#[derive(Debug)]
struct State {
    now: Timestamp,
    /// Looks at the clock before it moves, and by how many seconds.
    planned: Option<(u32, i64)>,
}

impl FakeClock {
    /// A clock at 2026-03-02T10:00:07Z.
    pub fn new() -> Self {
        let start = Timestamp::parse(START).expect("the start is RFC 3339");
        Self(Mutex::new(State { now: start, planned: None }))
    }

    /// Moves by `secs` seconds; negative goes back.
    pub fn advance_secs(&self, secs: i64) {
        let mut state = self.state();
        state.now = state.now.plus_secs(secs);
    }

    /// Jumps to `to`.
    pub fn set(&self, to: Timestamp) {
        self.state().now = to;
    }

    /// Moves by `secs` seconds once it was looked at `looks` times more: what was decided by the time of
    /// one look meets another time at the next.
    pub fn advance_after_looks(&self, looks: u32, secs: i64) {
        self.state().planned = Some((looks, secs));
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().expect("nobody panics while holding the clock")
    }
}

impl Default for FakeClock {
    fn default() -> Self {
        Self::new()
    }
}

impl Clock for FakeClock {
    fn now(&self) -> Timestamp {
        let mut state = self.state();
        if let Some((looks, secs)) = state.planned.take() {
            if looks == 0 {
                state.now = state.now.plus_secs(secs);
            } else {
                state.planned = Some((looks - 1, secs));
            }
        }
        state.now
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_stands_still_until_moved() {
        let clock = FakeClock::new();
        assert_eq!(clock.now().to_string(), START);
        clock.advance_secs(-7);
        assert_eq!(clock.now().to_string(), "2026-03-02T10:00:00Z");
        clock.set(Timestamp::from_secs(5));
        assert_eq!(clock.now(), Timestamp::from_secs(5));
    }

    #[test]
    fn it_moves_between_two_looks_when_told_to() {
        let clock = FakeClock::new();
        clock.set(Timestamp::from_secs(5));
        clock.advance_after_looks(2, 10);
        let seen: Vec<_> = (0..4).map(|_| clock.now().secs()).collect();
        assert_eq!(seen, [5, 5, 15, 15]);
    }
}
