//! Whether what was typed confirms a set-up.

use twinlock_core::{
    clock::Timestamp,
    factor::{
        totp::{self, ClockOff, PairCheck, TotpCheck, TotpSecret},
        typed::{self, TotpCode, TypedCode},
    },
};

/// The code, and the next one where the tenant asks for two.
pub(super) struct Typed<'a> {
    code: &'a str,
    second: Option<&'a str>,
}

impl<'a> Typed<'a> {
    /// A blank second code is none.
    pub(super) fn new(code: &'a str, second: Option<&'a str>) -> Self {
        Self { code, second: second.filter(|code| !typed::is_blank(code)) }
    }
}

/// What the code is worth.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Judgement {
    /// Right.
    Right(Steps),
    /// The tenant asks for two.
    SecondCodeNeeded,
    /// Wrong, or right for a near time.
    Wrong(Option<Hint>),
}

const WRONG: Judgement = Judgement::Wrong(None);

/// The steps that were shown: one, or two adjacent ones.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Steps {
    /// The later of them.
    pub(super) last: i64,
    /// How many.
    pub(super) count: u8,
}

impl Steps {
    /// All of them.
    pub(super) fn all(self) -> impl Iterator<Item = i64> {
        (self.last + 1 - i64::from(self.count))..=self.last
    }
}

/// Right for a near time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Hint {
    /// How far the device is ahead (negative: behind), in seconds.
    pub(super) seconds: i64,
    /// What the hint tells of, where that is yet to come.
    pub(super) foretold: Option<Steps>,
}

impl Hint {
    fn of(off: ClockOff, count: u8) -> Self {
        let foretold = off.foretells().then_some(Steps { last: off.step, count });
        Self { seconds: off.seconds, foretold }
    }
}

/// Compares what was typed with the set-up's secret; `codes` is how many the tenant asks for. Pure:
/// nothing is counted or used up.
pub(super) fn judge(secret: &TotpSecret, typed: &Typed<'_>, codes: u8, now: Timestamp) -> Judgement {
    let Some(first) = app_code(typed.code) else { return WRONG };
    match (codes, typed.second) {
        (2, None) => Judgement::SecondCodeNeeded,
        (2, Some(second)) => match app_code(second) {
            Some(second) => of_two(secret, &first, &second, now),
            None => WRONG,
        },
        _ => of_one(secret, &first, now),
    }
}

fn app_code(raw: &str) -> Option<TotpCode> {
    match typed::parse(raw) {
        Some(TypedCode::Totp(code)) => Some(code),
        _ => None,
    }
}

fn of_one(secret: &TotpSecret, code: &TotpCode, now: Timestamp) -> Judgement {
    match totp::check(secret, code, now, None) {
        TotpCheck::Accepted { step } => Judgement::Right(Steps { last: step, count: 1 }),
        TotpCheck::ClockOff(off) => Judgement::Wrong(Some(Hint::of(off, 1))),
        TotpCheck::Replayed { .. } | TotpCheck::Wrong => WRONG,
    }
}

fn of_two(secret: &TotpSecret, first: &TotpCode, second: &TotpCode, now: Timestamp) -> Judgement {
    match totp::check_pair(secret, first, second, now) {
        PairCheck::Accepted { last_step } => Judgement::Right(Steps { last: last_step, count: 2 }),
        PairCheck::ClockOff(off) => Judgement::Wrong(Some(Hint::of(off, 2))),
        PairCheck::Wrong => WRONG,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn now() -> Timestamp {
        Timestamp::from_secs(1_700_000_010)
    }

    fn secret() -> TotpSecret {
        TotpSecret::from_bytes(&[7; 20]).unwrap()
    }

    fn code(steps: i64) -> String {
        secret().code_at(totp::step_at(now()) + steps)
    }

    fn judged(code: &str, second: Option<&str>, codes: u8) -> Judgement {
        judge(&secret(), &Typed::new(code, second), codes, now())
    }

    #[test]
    fn one_current_code_confirms_and_its_step_is_told() {
        let last = totp::step_at(now());
        assert_eq!(judged(&code(0), None, 1), Judgement::Right(Steps { last, count: 1 }));
    }

    #[test]
    fn a_hint_tells_of_the_steps_that_are_yet_to_come_and_of_no_others() {
        let now = totp::step_at(now());
        let ahead = Hint { seconds: 300, foretold: Some(Steps { last: now + 10, count: 1 }) };
        assert_eq!(judged(&code(10), None, 1), Judgement::Wrong(Some(ahead)));
        let behind = Hint { seconds: -300, foretold: None };
        assert_eq!(judged(&code(-10), None, 1), Judgement::Wrong(Some(behind)));
        let Judgement::Wrong(Some(two)) = judged(&code(9), Some(&code(10)), 2) else { panic!("no hint") };
        let told: Vec<_> = two.foretold.into_iter().flat_map(Steps::all).collect();
        assert_eq!((two.seconds, told), (300, vec![now + 9, now + 10]));
    }

    #[test]
    fn where_two_are_asked_for_one_is_not_enough_and_a_blank_is_none() {
        let last = totp::step_at(now()) + 1;
        assert_eq!(judged(&code(0), Some(" "), 2), Judgement::SecondCodeNeeded);
        assert_eq!(judged(&code(0), Some(&code(1)), 2), Judgement::Right(Steps { last, count: 2 }));
        assert_eq!(judged(&code(0), Some("nonsense"), 2), WRONG);
    }

    #[test]
    fn a_recovery_code_confirms_nothing() {
        assert_eq!(judged("12345678", None, 1), WRONG);
    }
}
