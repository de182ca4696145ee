//! A clock that stands still until a test moves it.

use std::sync::atomic::{AtomicI64, Ordering};

use twinlock_core::clock::{Clock, Timestamp};

/// Where every [`FakeClock`] starts: seven seconds into a TOTP step, so that a small move stays in it.
const START: &str = "2026-03-02T10:00:07Z";

/// A wall clock under a test's control. Shared by reference or in an `Arc`.
#[derive(Debug)]
pub struct FakeClock(AtomicI64);

impl FakeClock {
    /// A clock at 2026-03-02T10:00:07Z.
    pub fn new() -> Self {
        let start = Timestamp::parse(START).expect("the start is RFC 3339");
        Self(AtomicI64::new(start.millis()))
    }

    /// Moves by `secs` seconds; negative goes back.
    pub fn advance_secs(&self, secs: i64) {
        self.set(self.now().plus_secs(secs));
    }

    /// Jumps to `to`.
    pub fn set(&self, to: Timestamp) {
        self.0.store(to.millis(), Ordering::SeqCst);
    }
}

impl Default for FakeClock {
    fn default() -> Self {
        Self::new()
    }
}

impl Clock for FakeClock {
    fn now(&self) -> Timestamp {
        Timestamp::from_millis(self.0.load(Ordering::SeqCst))
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
}
