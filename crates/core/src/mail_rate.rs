//! How many letters may leave within a day. Pure arithmetic; where each stands is kept in the database.
//!
//! A rate of `n` a day lets half of them go at once and the other half spread evenly, so that no twenty-four hours see
//! more than `n`. What is kept is one moment for each rate: when all letters so far would have left, had they left
//! evenly (the "generic cell rate algorithm").

use crate::clock::Timestamp;

const DAY_MILLIS: i64 = 86_400_000;

/// A number of letters a day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MailRate {
    per_day: u32,
}

impl MailRate {
    /// The least number: one at once, one more in a day.
    pub const LEAST: u32 = 2;

    /// So many in any twenty-four hours; [`MailRate::LEAST`] at least.
    pub fn per_day(per_day: u32) -> Self {
        Self { per_day: per_day.max(Self::LEAST) }
    }

    /// Letters that may leave at once.
    pub fn at_once(self) -> u32 {
        self.per_day / 2
    }

    /// Between two further ones, in milliseconds.
    pub fn interval_millis(self) -> i64 {
        DAY_MILLIS / i64::from(self.at_once())
    }

    /// When a letter may leave after which the kept moment is `next_at`: not before `now`.
    pub fn due(self, next_at: Timestamp, now: Timestamp) -> Timestamp {
        let ahead = i64::from(self.at_once()) * self.interval_millis();
        next_at.plus_millis(-ahead).max(now)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// What the database does with the kept moment.
    fn step(rate: MailRate, kept: Timestamp, now: Timestamp) -> Timestamp {
        kept.max(now).plus_millis(rate.interval_millis())
    }

    #[test]
    fn half_of_a_day_s_letters_leave_at_once_and_the_rest_evenly() {
        let (rate, now) = (MailRate::per_day(20), Timestamp::from_secs(1_000_000));
        let mut kept = Timestamp::default();
        let due: Vec<_> = (0..13)
            .map(|_| {
                kept = step(rate, kept, now);
                rate.due(kept, now).secs_since(now)
            })
            .collect();
        assert_eq!(due, [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 8640, 17_280, 25_920]);
    }

    proptest! {
        /// No twenty-four hours see more letters than the rate says.
        #[test]
        fn no_day_sees_more_than_the_rate(
            per_day in 2_u32..60,
            pauses in prop::collection::vec(0_i64..20_000, 1..200),
        ) {
            let rate = MailRate::per_day(per_day);
            let (mut now, mut kept, mut sent) = (Timestamp::from_secs(1_000_000), Timestamp::default(), Vec::new());
            for pause in pauses {
                now = now.plus_secs(pause);
                kept = step(rate, kept, now);
                sent.push(rate.due(kept, now));
            }
            for (number, first) in sent.iter().enumerate() {
                let within = sent[number..].iter().take_while(|at| at.millis() < first.millis() + DAY_MILLIS).count();
                prop_assert!(within <= per_day as usize, "{within} letters in a day at a rate of {per_day}");
            }
        }
    }
}
