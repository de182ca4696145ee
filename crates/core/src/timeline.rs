//! What a server knows of the wall clock's past, and what follows when the clock is set back.
//!
//! Wall time decides what is over. Where the clock goes back, time that was lived through comes again, and
//! with it whatever ended meanwhile; so the latest time seen is kept, and what had ended by then is ended
//! for good. Nothing waits for the clock to catch up: from the correction on, the corrected time counts.
//!
//! Codes of authenticator apps are the exception, for a used one must never count again. A factor knows only
//! its last used step. Where the clock was ahead and is corrected, that step lies in the future, and the
//! steps before it have to open again. Those that the server lived through while it was ahead may all have
//! been used: these stay spent.

use crate::{clock::Timestamp, factor::totp::step_at};

/// How far the clock may go back before it counts as set back, in seconds. Small corrections are daily
/// business.
pub const TOLERANCE_SECS: i64 = 5;

/// Without seeing the clock for this long, the time between does not count as lived through, in seconds.
pub const LEAP_SECS: i64 = 60;

/// The clock's past, as far as it matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Timeline {
    /// The latest time seen.
    latest: Timestamp,
    /// Since when time went on without a leap.
    since: Timestamp,
    /// The latest time seen before that, but for times that the clock was corrected from.
    before: Timestamp,
    /// How often the clock was set back.
    corrections: i64,
}

/// The clock was set back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SetBack {
    /// The latest time seen: what was over then stays over.
    pub was: Timestamp,
    /// The time that counts from now on.
    pub now: Timestamp,
    /// What becomes of codes, where the clock had been ahead.
    pub spent: Option<SpentSteps>,
}

/// For factors whose last used step is later than `last`: `last` takes its place, and the steps from `from`
/// to the one it was stay spent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SpentSteps {
    /// No step up to this one counts any more. The clock never was beyond it, but for the time it is
    /// corrected from.
    pub last: i64,
    /// The first step that counted when the clock was ahead.
    pub from: i64,
}

/// Whether a clock that shows `now` was set back, when `latest` was seen before.
pub fn is_set_back(latest: Timestamp, now: Timestamp) -> bool {
    now.millis() < latest.millis() - TOLERANCE_SECS * 1000
}

/// Whether nobody saw the clock between `latest` and `now`: it was set forward, or the machine slept.
pub fn is_leap(latest: Timestamp, now: Timestamp) -> bool {
    now.millis() > latest.millis() + LEAP_SECS * 1000
}

impl Timeline {
    /// Begins now.
    pub fn new(now: Timestamp) -> Self {
        Self { latest: now, since: now, before: Timestamp::default(), corrections: 0 }
    }

    /// The latest time seen.
    pub fn latest(&self) -> Timestamp {
        self.latest
    }

    /// How often the clock was set back: of two nodes on one database, the one that knows of more is right.
    pub fn corrections(&self) -> i64 {
        self.corrections
    }

    /// Takes over how often another node knows of.
    pub fn adopt(&mut self, corrections: i64) {
        self.corrections = corrections;
    }

    /// Takes note of the time. An earlier one changes nothing.
    pub fn see(&mut self, now: Timestamp) {
        if is_leap(self.latest, now) {
            self.before = self.before.max(self.latest);
            self.since = now;
        }
        self.latest = self.latest.max(now);
    }

    /// Time went on until then without a leap.
    pub fn went_on(&mut self, until: Timestamp) {
        self.latest = self.latest.max(until);
    }

    /// Begins anew at an earlier time; answers what has to follow.
    pub fn set_back(&mut self, now: Timestamp) -> SetBack {
        let was = self.latest;
        let spent = if now < self.since {
            let last = step_at(self.before.max(now)) + 1;
            Some(SpentSteps { last, from: step_at(self.since) - 1 })
        } else {
            // All of the time taken back was lived through. Whoever used a code in it waits until it comes
            // round: any of its codes may be used.
            self.before = self.before.max(was);
            None
        };
        (self.latest, self.since) = (now, now);
        self.corrections += 1;
        SetBack { was, now, spent }
    }

    /// As text, to be stored.
    pub fn to_text(&self) -> String {
        let [latest, since, before] = [self.latest, self.since, self.before].map(Timestamp::millis);
        format!("{latest} {since} {before} {}", self.corrections)
    }

    /// From [`Self::to_text`].
    pub fn parse(text: &str) -> Option<Self> {
        let numbers: Vec<i64> = text.split(' ').map(str::parse).collect::<Result<_, _>>().ok()?;
        let [latest, since, before, corrections] = numbers.try_into().ok()?;
        let [latest, since, before] = [latest, since, before].map(Timestamp::from_millis);
        Some(Self { latest, since, before, corrections })
    }
}

#[cfg(test)]
mod tests;
