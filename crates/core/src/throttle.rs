//! How failures slow a guesser down. Pure arithmetic; the counters live in the database.
//!
//! NIST SP 800-63B-4 §3.2.2 allows at most 100 consecutive failures per authenticator.

use crate::clock::Timestamp;

/// Wrong typed codes that are free before the waits begin.
pub const FREE_CODES: u32 = 5;
/// Consecutive wrong typed codes after which TOTP is refused.
pub const TOTP_STOP: u32 = 50;
/// Consecutive wrong typed codes after which recovery codes are refused, too.
pub const RECOVERY_STOP: u32 = 100;
/// Failed tries of any kind that end a pending login, those included that count nowhere on the account.
pub const PENDING_TRIES: u32 = 5;
/// Failed answers of keys in a row of which their owner is told.
pub const KEYS_TOLD: u32 = 5;
/// Wrong passwords that are free before the waits begin.
pub const FREE_PASSWORDS: u32 = 10;
/// Failures of one address, over all accounts, within [`ADDRESS_WINDOW_SECS`] before it must wait.
pub const ADDRESS_LIMIT: u32 = 100;
/// Window of [`ADDRESS_LIMIT`], in seconds.
pub const ADDRESS_WINDOW_SECS: i64 = 600;
/// The longest wait, in seconds.
pub const MAX_WAIT_SECS: i64 = 900;

/// Consecutive failures and the wait they led to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Failures {
    /// Failures in a row (or in the window, for an address).
    pub count: u32,
    /// When the first of the window happened (addresses only).
    pub window_start: Timestamp,
    /// Nothing is evaluated before this time.
    pub blocked_until: Timestamp,
}

/// How often something may be asked for that costs the server a row, whoever asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ration {
    /// So many times …
    pub most: u32,
    /// … within so many seconds.
    pub window_secs: i64,
}

impl Ration {
    /// Challenges for the keys of one pending login, or of one session.
    pub const CHALLENGES_OF_PERSON: Self = Self { most: 30, window_secs: 60 };
    /// Challenges for passkeys, for a browser that somebody has signed in with.
    pub const CHALLENGES_OF_BROWSER: Self = Self { most: 60, window_secs: 60 };
    /// The same for all other browsers of one address, and for all programs there.
    pub const CHALLENGES_OF_ADDRESS: Self = Self { most: 600, window_secs: 300 };

    /// Seconds to wait before the next one, when `taken` says what was taken in the window, this time included.
    pub fn wait(self, taken: &Failures, now: Timestamp) -> Option<i64> {
        let over = taken.window_start.plus_secs(self.window_secs);
        (taken.count > self.most).then(|| over.wait_from(now).clamp(1, self.window_secs))
    }
}

/// The second-factor kinds that are typed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TypedKind {
    /// An authenticator app's code.
    Totp,
    /// A recovery code.
    Recovery,
}

impl Failures {
    /// Seconds to wait when blocked at `now`.
    ///
    /// A wait longer than the longest possible one means that the clock was set back. A small step back
    /// lifts nothing; after a large one the wait is void, so that a corrected clock never locks a person
    /// out. The count stays, and with it the length of the next wait.
    pub fn wait(&self, now: Timestamp) -> Option<i64> {
        let credible = self.blocked_until <= now.plus_secs(2 * MAX_WAIT_SECS);
        (self.blocked_until > now && credible).then(|| self.blocked_until.wait_from(now).min(MAX_WAIT_SECS))
    }

    /// Seconds to wait before a typed code of this kind is evaluated.
    pub fn code_wait(&self, kind: TypedKind, now: Timestamp) -> Option<i64> {
        if self.stops(kind) { Some(self.wait(now).unwrap_or(MAX_WAIT_SECS)) } else { self.wait(now) }
    }

    /// Whether typed codes of this kind are refused however long somebody waits. Where recovery codes
    /// are, an app's codes are as well.
    pub fn stops(&self, kind: TypedKind) -> bool {
        match kind {
            TypedKind::Totp => self.count >= TOTP_STOP,
            TypedKind::Recovery => self.count >= RECOVERY_STOP,
        }
    }

    /// After one more wrong typed code: 30 s from the fifth on, doubling to 15 min.
    #[must_use]
    pub fn after_wrong_code(&self, now: Timestamp) -> Self {
        self.one_more(now, |count| Some(doubling(30, count.checked_sub(FREE_CODES)?)))
    }

    /// After one more wrong password: 1 s from the tenth on, doubling to 15 min.
    #[must_use]
    pub fn after_wrong_password(&self, now: Timestamp) -> Self {
        self.one_more(now, |count| Some(doubling(1, count.checked_sub(FREE_PASSWORDS)?)))
    }

    /// After one more failure from an address: the hundredth in ten minutes blocks until they are over.
    #[must_use]
    pub fn after_address_failure(&self, now: Timestamp) -> Self {
        let age = now.secs_since(self.window_start);
        let same_window = self.count > 0 && (0..ADDRESS_WINDOW_SECS).contains(&age);
        let (count, window_start) =
            if same_window { (self.count.saturating_add(1), self.window_start) } else { (1, now) };
        let blocked_until = if count >= ADDRESS_LIMIT {
            window_start.plus_secs(ADDRESS_WINDOW_SECS)
        } else {
            Timestamp::default()
        };
        Self { count, window_start, blocked_until }
    }

    fn one_more(&self, now: Timestamp, wait: impl Fn(u32) -> Option<i64>) -> Self {
        let count = self.count.saturating_add(1);
        let blocked_until = wait(count).map_or(Timestamp::default(), |secs| now.plus_secs(secs));
        Self { count, window_start: self.window_start, blocked_until }
    }
}

/// `first`, twice that, … after `steps` doublings, at most [`MAX_WAIT_SECS`].
fn doubling(first: i64, steps: u32) -> i64 {
    first.saturating_mul(1_i64 << steps.min(20)).min(MAX_WAIT_SECS)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn now() -> Timestamp {
        Timestamp::from_secs(1_800_000_000)
    }

    fn after(n: u32, step: impl Fn(Failures) -> Failures) -> Failures {
        (0..n).fold(Failures::default(), |f, _| step(f))
    }

    #[test]
    fn the_fifth_wrong_code_waits_half_a_minute_and_then_it_doubles() {
        let waits: Vec<_> = (4..=11).map(|n| after(n, |f| f.after_wrong_code(now())).wait(now())).collect();
        let expected = [None, Some(30), Some(60), Some(120), Some(240), Some(480), Some(900), Some(900)];
        assert_eq!(waits, expected);
    }

    #[test]
    fn totp_stops_at_fifty_and_recovery_codes_at_a_hundred() {
        let later = now().plus_secs(MAX_WAIT_SECS);
        let fifty = after(50, |f| f.after_wrong_code(now()));
        assert_eq!(fifty.code_wait(TypedKind::Totp, later), Some(MAX_WAIT_SECS));
        assert_eq!(fifty.code_wait(TypedKind::Recovery, later), None);
        assert!(fifty.stops(TypedKind::Totp) && !fifty.stops(TypedKind::Recovery));
        let hundred = after(100, |f| f.after_wrong_code(now()));
        assert_eq!(hundred.code_wait(TypedKind::Recovery, later), Some(MAX_WAIT_SECS));
        assert!(hundred.stops(TypedKind::Totp) && hundred.stops(TypedKind::Recovery));
    }

    #[test]
    fn ten_wrong_passwords_are_one_second_and_never_more_than_a_quarter_hour() {
        assert_eq!(after(9, |f| f.after_wrong_password(now())).wait(now()), None);
        assert_eq!(after(10, |f| f.after_wrong_password(now())).wait(now()), Some(1));
        assert_eq!(after(500, |f| f.after_wrong_password(now())).wait(now()), Some(900));
    }

    #[test]
    fn an_address_waits_out_its_ten_minutes() {
        let full = after(100, |f| f.after_address_failure(now()));
        assert_eq!(full.wait(now()), Some(600));
        assert_eq!(full.wait(now().plus_secs(600)), None);
        assert_eq!(full.after_address_failure(now().plus_secs(600)).count, 1);
    }

    #[test]
    fn a_ration_waits_for_the_rest_of_its_window() {
        let ration = Ration { most: 2, window_secs: 60 };
        let taken = |count| Failures { count, window_start: now().plus_secs(-20), ..Failures::default() };
        assert_eq!([1, 2, 3].map(|count| ration.wait(&taken(count), now())), [None, None, Some(40)]);
    }

    /// attacks.md row 99: a clock that was ahead and is corrected leaves no lock of days.
    #[test]
    fn a_corrected_clock_voids_a_wait_that_cannot_be() {
        let ahead = |secs| after(10, |f| f.after_wrong_code(now().plus_secs(secs)));
        assert_eq!(ahead(86_400).wait(now()), None);
        assert_eq!(ahead(86_400).after_wrong_code(now()).wait(now()), Some(MAX_WAIT_SECS));
        // A step of a minute or of a quarter of an hour is no way around a lock.
        assert_eq!(ahead(60).wait(now()), Some(MAX_WAIT_SECS));
        assert_eq!(ahead(MAX_WAIT_SECS).wait(now()), Some(MAX_WAIT_SECS));
    }
}
