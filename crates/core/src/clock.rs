//! Wall-clock time as a value.
//!
//! Security decisions use wall time only: a monotonic clock does not survive a restart and cannot be
//! shared between nodes. Everything that needs "now" takes a [`Timestamp`] or a [`Clock`].

use std::fmt;

use serde::{Deserialize, Serialize, Serializer};
use time::{OffsetDateTime, format_description::well_known::Rfc3339};

/// Milliseconds since the Unix epoch, UTC.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Timestamp(i64);

/// The largest instant RFC 3339 can write (end of year 9999), in milliseconds.
const MAX_MILLIS: i64 = 253_402_300_799_999;

impl Timestamp {
    /// From milliseconds since the Unix epoch; clamped to years 1970–9999.
    pub fn from_millis(millis: i64) -> Self {
        Self(millis.clamp(0, MAX_MILLIS))
    }

    /// From whole seconds since the Unix epoch.
    pub fn from_secs(secs: i64) -> Self {
        Self::from_millis(secs.saturating_mul(1000))
    }

    /// Milliseconds since the Unix epoch.
    pub fn millis(self) -> i64 {
        self.0
    }

    /// Whole seconds since the Unix epoch.
    pub fn secs(self) -> i64 {
        self.0 / 1000
    }

    /// This instant moved by `secs` seconds (negative goes back); saturates.
    #[must_use]
    pub fn plus_millis(self, millis: i64) -> Self {
        Self::from_millis(self.millis().saturating_add(millis))
    }

    /// So many seconds later, or earlier for a negative number.
    #[must_use]
    pub fn plus_secs(self, secs: i64) -> Self {
        Self::from_millis(self.0.saturating_add(secs.saturating_mul(1000)))
    }

    /// Seconds from `earlier` to `self`; negative when `earlier` is later.
    pub fn secs_since(self, earlier: Self) -> i64 {
        (self.0 - earlier.0).div_euclid(1000)
    }

    /// Seconds to wait from `now` until `self`, rounded up, at least 1.
    pub fn wait_from(self, now: Self) -> i64 {
        ((self.0 - now.0) + 999).div_euclid(1000).max(1)
    }

    /// Parses RFC 3339.
    pub fn parse(text: &str) -> Option<Self> {
        let parsed = OffsetDateTime::parse(text, &Rfc3339).ok()?;
        i64::try_from(parsed.unix_timestamp_nanos() / 1_000_000).ok().map(Self::from_millis)
    }

    /// The same instant as a calendar value in UTC.
    pub fn to_datetime(self) -> OffsetDateTime {
        OffsetDateTime::from_unix_timestamp(self.secs()).unwrap_or(OffsetDateTime::UNIX_EPOCH)
    }
}

impl fmt::Display for Timestamp {
    /// RFC 3339 in UTC with whole seconds, as the API writes times.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.to_datetime().format(&Rfc3339).map_err(|_| fmt::Error)?)
    }
}

impl Serialize for Timestamp {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Timestamp {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::parse(&text).ok_or_else(|| serde::de::Error::custom("expected an RFC 3339 time"))
    }
}

/// A day of the calendar in UTC: days since 1970-01-01.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Day(pub i64);

const DAY_SECS: i64 = 86_400;

impl Day {
    /// The day of an instant.
    pub fn of(time: Timestamp) -> Self {
        Self(time.secs().div_euclid(DAY_SECS))
    }

    /// Its beginning.
    pub fn start(self) -> Timestamp {
        Timestamp::from_secs(self.0.saturating_mul(DAY_SECS))
    }

    /// This many days later (negative: earlier).
    #[must_use]
    pub fn plus(self, days: i64) -> Self {
        Self(self.0.saturating_add(days))
    }
}

impl fmt::Display for Day {
    /// `2026-11-22`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let date = self.start().to_datetime().date();
        write!(f, "{:04}-{:02}-{:02}", date.year(), u8::from(date.month()), date.day())
    }
}

/// Where "now" comes from. Only the binary and the tests implement it.
pub trait Clock: Send + Sync {
    /// The wall clock now.
    fn now(&self) -> Timestamp;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_is_written_as_rfc_3339_and_read_back() {
        let time = Timestamp::from_secs(1_111_111_109);
        assert_eq!(time.to_string(), "2005-03-18T01:58:29Z");
        assert_eq!(Timestamp::parse("2005-03-18T01:58:29Z"), Some(time));
    }

    #[test]
    fn a_wait_is_rounded_up_and_never_zero() {
        let now = Timestamp::from_millis(1_000);
        assert_eq!(Timestamp::from_millis(2_001).wait_from(now), 2);
        assert_eq!(Timestamp::from_millis(1_000).wait_from(now), 1);
    }

    #[test]
    fn a_day_begins_at_midnight_in_utc() {
        let day = Day::of(Timestamp::from_secs(1_111_111_109));
        assert_eq!((day.to_string(), day.plus(-18).to_string()), ("2005-03-18".into(), "2005-02-28".into()));
        assert_eq!(day.start().to_string(), "2005-03-18T00:00:00Z");
        assert_eq!(Day::of(day.start().plus_secs(-1)), day.plus(-1));
        assert_eq!(Day::of(Timestamp::default()), Day(0));
    }

    #[test]
    fn arithmetic_far_outside_the_calendar_saturates() {
        assert_eq!(Timestamp::from_secs(i64::MAX).plus_secs(i64::MAX).millis(), MAX_MILLIS);
        assert_eq!(Timestamp::from_secs(5).plus_secs(i64::MIN).millis(), 0);
    }
}
