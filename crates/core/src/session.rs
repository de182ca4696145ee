//! How long a session lives.

use crate::clock::Timestamp;

/// A session that was not used for this long is over, in seconds.
pub const IDLE_SECS: i64 = 3600;

/// The two ends of a session.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Lifetime {
    /// When it began.
    pub created_at: Timestamp,
    /// Its absolute end.
    pub expires_at: Timestamp,
    /// When it was last used, to the minute.
    pub last_used_at: Timestamp,
}

impl Lifetime {
    /// Whether the session is alive. A session from the future is not: the clock was set back, and
    /// its end can no longer be trusted.
    pub fn is_alive(&self, now: Timestamp) -> bool {
        // A minute of tolerance covers nodes whose clocks differ slightly.
        let begun = self.created_at.millis() <= now.millis() + 60_000;
        begun && now < self.expires_at && now.secs_since(self.last_used_at) < IDLE_SECS
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(secs: i64) -> Timestamp {
        Timestamp::from_secs(1_800_000_000 + secs)
    }

    /// attacks.md row 45: idle and absolute ends are exact.
    #[test]
    fn a_session_ends_when_idle_for_an_hour_and_at_its_absolute_end() {
        let life = Lifetime { created_at: at(0), expires_at: at(7200), last_used_at: at(1800) };
        assert!(life.is_alive(at(1800 + IDLE_SECS - 1)));
        assert!(!life.is_alive(at(1800 + IDLE_SECS)));
        let used = Lifetime { last_used_at: at(7000), ..life };
        assert!(used.is_alive(at(7199)));
        assert!(!used.is_alive(at(7200)));
    }

    /// attacks.md row 99: a clock set back does not lengthen a session.
    #[test]
    fn a_session_from_the_future_is_dead() {
        let life = Lifetime { created_at: at(3600), expires_at: at(7200), last_used_at: at(3600) };
        assert!(!life.is_alive(at(0)));
    }
}
