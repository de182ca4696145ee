use std::collections::BTreeSet;

use proptest::prelude::*;

use super::*;

const NOON: i64 = 1_800_000_000;
const DAY: i64 = 86_400;

fn at(secs: i64) -> Timestamp {
    Timestamp::from_secs(NOON + secs)
}

#[test]
fn small_corrections_do_not_count() {
    assert!(!is_set_back(at(0), at(-TOLERANCE_SECS)) && is_set_back(at(0), at(-TOLERANCE_SECS - 1)));
    let mut line = Timeline::new(at(0));
    line.see(at(-3));
    assert_eq!(line.latest(), at(0));
}

#[test]
fn what_was_seen_counts_until_the_clock_is_corrected() {
    let mut line = Timeline::new(at(0));
    line.see(at(DAY));
    line.see(at(50));
    assert_eq!(line.latest(), at(DAY));
    let back = line.set_back(at(60));
    assert_eq!((back.was, back.now, line.latest()), (at(DAY), at(60), at(60)));
    assert_eq!(line.corrections(), 1);
}

#[test]
fn steps_of_a_time_that_was_ahead_stay_spent() {
    let mut line = Timeline::new(at(0));
    line.see(at(50));
    line.see(at(DAY));
    line.see(at(DAY + 30));
    let spent = line.set_back(at(90)).spent.unwrap();
    assert_eq!(spent, SpentSteps { last: step_at(at(90)) + 1, from: step_at(at(DAY)) - 1 });
}

#[test]
fn where_all_of_it_was_lived_through_nothing_opens_again() {
    let mut line = Timeline::new(at(0));
    for secs in 0..100 {
        line.see(at(secs * LEAP_SECS));
    }
    assert_eq!(line.set_back(at(60)).spent, None);
}

#[test]
fn it_is_stored_as_text() {
    let mut line = Timeline::new(at(0));
    line.see(at(DAY));
    assert_eq!(Timeline::parse(&line.to_text()), Some(line));
    for nonsense in ["", "1 2 3", "1 2 3 4 5", "a b c d", "1  2 3", "99999999999999999999 0 0 0"] {
        assert_eq!(Timeline::parse(nonsense), None, "{nonsense}");
    }
}

/// A factor as the database keeps it.
struct Factor {
    last_step: i64,
    spent: Vec<(i64, i64)>,
}

impl Factor {
    fn accepts(&self, step: i64) -> bool {
        step > self.last_step && !self.spent.iter().any(|(from, to)| (*from..=*to).contains(&step))
    }

    fn set_back(&mut self, steps: SpentSteps) {
        if self.last_step > steps.last {
            self.spent.push((steps.from, self.last_step));
            self.last_step = steps.last;
        }
    }
}

/// What happens next: the clock jumps by this many seconds, and then a code this many steps off is typed,
/// if one is.
fn happenings() -> impl Strategy<Value = Vec<(i64, Option<i64>)>> {
    let jump =
        prop_oneof![4 => 0..=40_i64, 2 => -200..=200_i64, 1 => -4000..=4000_i64, 1 => -3 * DAY..=3 * DAY];
    proptest::collection::vec((jump, proptest::option::weighted(0.7, -1..=1_i64)), 1..80)
}

proptest! {
    /// attacks.md row 99: wherever the clock jumps, no step is accepted twice; and once it runs where it never
    /// was, or where no code was used, the right code opens.
    #[test]
    fn no_step_counts_twice_and_fresh_ones_do(happenings in happenings()) {
        let mut now = NOON;
        let mut line = Timeline::new(at(0));
        let mut factor = Factor { last_step: step_at(at(0)), spent: vec![] };
        let (mut used, mut latest) = (BTreeSet::new(), NOON);
        for (jump, typed) in happenings {
            now = (now + jump).max(0);
            let time = Timestamp::from_secs(now);
            if is_set_back(line.latest(), time) {
                if let Some(steps) = line.set_back(time).spent {
                    factor.set_back(steps);
                }
            } else {
                line.see(time);
            }
            if let Some(offset) = typed {
                let step = step_at(time) + offset;
                if factor.accepts(step) {
                    prop_assert!(used.insert(step), "step {} twice", step);
                    factor.last_step = step;
                }
            }
            latest = latest.max(now);
        }
        let beyond = step_at(Timestamp::from_secs(latest)) + 2;
        prop_assert!(factor.accepts(beyond));
    }

    /// attacks.md row 99: a clock that is far ahead for a while and corrected keeps nobody out for longer
    /// than two steps, and what was used meanwhile stays used.
    #[test]
    fn a_corrected_clock_lets_people_in(
        ahead in prop_oneof![3600..=2 * DAY, 3600..=200 * 365 * DAY],
        used_for in 0..=600_i64,
        now in 0..=900_i64,
    ) {
        let mut line = Timeline::new(at(0));
        let mut factor = Factor { last_step: step_at(at(0)), spent: vec![] };
        for secs in (0..=used_for).step_by(20) {
            line.see(at(ahead + secs));
            factor.last_step = factor.last_step.max(step_at(at(ahead + secs)) + 1);
        }
        let used = factor.last_step;
        factor.set_back(line.set_back(at(now)).spent.unwrap());
        prop_assert!(factor.accepts(step_at(at(now)) + 2));
        prop_assert!(!factor.accepts(used) && !factor.accepts(step_at(at(ahead))));
    }
}
