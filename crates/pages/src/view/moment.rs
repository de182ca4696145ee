//! Instants and lengths of time, split into the numbers a template puts into words.

use std::borrow::Borrow;

use twinlock_core::clock::Timestamp;

const MINUTE: i64 = 60;
const HOUR: i64 = 60 * MINUTE;
const DAY: i64 = 24 * HOUR;

/// An instant seen from now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct When {
    at: Timestamp,
    now: Timestamp,
}

/// How long ago an instant was, in the unit people would say it in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ago {
    /// Less than a minute ago, or in the future.
    JustNow,
    /// Less than an hour ago.
    Minutes(i64),
    /// Less than a day ago.
    Hours(i64),
    /// Less than a week ago.
    Days(i64),
    /// Longer ago: say the date.
    Date,
}

impl When {
    /// `at`, seen from `now`.
    pub fn new(at: Timestamp, now: Timestamp) -> Self {
        Self { at, now }
    }

    /// Days until it, one that has begun counted whole; 0 when it is over.
    pub fn days_left(&self) -> i64 {
        twinlock_core::policy::days_left(self.at, self.now)
    }

    /// RFC 3339, for the `datetime` attribute.
    pub fn iso(&self) -> String {
        self.at.to_string()
    }

    /// Day of the month.
    pub fn day(&self) -> u8 {
        self.at.to_datetime().day()
    }

    /// Month, 1 to 12.
    pub fn month(&self) -> u8 {
        u8::from(self.at.to_datetime().month())
    }

    /// Year.
    pub fn year(&self) -> i32 {
        self.at.to_datetime().year()
    }

    /// Time of day in UTC, `09:05`.
    pub fn clock(&self) -> String {
        let time = self.at.to_datetime();
        format!("{:02}:{:02}", time.hour(), time.minute())
    }

    /// The same with seconds, `09:05:59`.
    pub fn clock_to_the_second(&self) -> String {
        format!("{}:{:02}", self.clock(), self.at.to_datetime().second())
    }

    /// How long ago it was.
    pub fn ago(&self) -> Ago {
        let secs = self.now.secs_since(self.at);
        match secs {
            ..MINUTE => Ago::JustNow,
            MINUTE..HOUR => Ago::Minutes(secs / MINUTE),
            HOUR..DAY => Ago::Hours(secs / HOUR),
            _ if secs < 7 * DAY => Ago::Days(secs / DAY),
            _ => Ago::Date,
        }
    }
}

/// A length of time in one unit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Length {
    /// Below two minutes.
    Seconds(i64),
    /// Two minutes and more.
    Minutes(i64),
}

/// How long to wait, never said too short: minutes are rounded up. (Templates hand over a reference.)
pub fn wait(secs: impl Borrow<i64>) -> Length {
    let secs = (*secs.borrow()).max(1);
    if secs < 2 * MINUTE { Length::Seconds(secs) } else { Length::Minutes((secs + MINUTE - 1) / MINUTE) }
}

/// How far a clock is off, to the nearest minute.
pub fn offset(secs: impl Borrow<i64>) -> Length {
    let secs = secs.borrow().saturating_abs();
    if secs < 2 * MINUTE { Length::Seconds(secs) } else { Length::Minutes((secs + MINUTE / 2) / MINUTE) }
}

/// A length of time in the greatest unit that has it whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Span {
    /// Minutes.
    Minutes(u64),
    /// Hours.
    Hours(u64),
    /// Days.
    Days(u64),
}

impl Span {
    /// So many minutes.
    pub fn of_minutes(minutes: u64) -> Self {
        match minutes {
            1.. if minutes.is_multiple_of(24 * 60) => Self::Days(minutes / (24 * 60)),
            1.. if minutes.is_multiple_of(60) => Self::Hours(minutes / 60),
            _ => Self::Minutes(minutes),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_instant_is_told_in_the_unit_people_use() {
        let now = Timestamp::from_secs(1_790_000_000);
        let ago = |secs: i64| When::new(now.plus_secs(-secs), now).ago();
        assert_eq!(ago(-30), Ago::JustNow);
        assert_eq!(ago(59), Ago::JustNow);
        assert_eq!(ago(61), Ago::Minutes(1));
        assert_eq!(ago(3 * HOUR + 5), Ago::Hours(3));
        assert_eq!(ago(2 * DAY), Ago::Days(2));
        assert_eq!(ago(8 * DAY), Ago::Date);
    }

    #[test]
    fn a_wait_is_never_told_too_short() {
        assert_eq!(wait(0), Length::Seconds(1));
        assert_eq!(wait(119), Length::Seconds(119));
        assert_eq!(wait(121), Length::Minutes(3));
        assert_eq!(offset(-125), Length::Minutes(2));
    }

    #[test]
    fn a_span_is_told_in_its_greatest_whole_unit() {
        let told = [0, 59, 60, 90, 480, 1440, 1500, 43_200].map(Span::of_minutes);
        let (minutes, hours, days) = (Span::Minutes, Span::Hours, Span::Days);
        let expected =
            [minutes(0), minutes(59), hours(1), minutes(90), hours(8), days(1), hours(25), days(30)];
        assert_eq!(told, expected);
    }

    #[test]
    fn a_date_is_split_into_its_numbers() {
        let time = Timestamp::parse("2026-11-02T09:05:59Z").unwrap();
        let when = When::new(time, time);
        assert_eq!((when.day(), when.month(), when.year()), (2, 11, 2026));
        assert_eq!(when.clock(), "09:05");
        assert_eq!(when.clock_to_the_second(), "09:05:59");
    }
}
