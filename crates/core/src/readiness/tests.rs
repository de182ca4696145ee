use proptest::prelude::*;
use uuid::Uuid;

use super::*;

const FULL_SET: u32 = 10;

fn with(app: bool, keys: &[Home], codes: u32) -> Holdings {
    let enrolled = app || !keys.is_empty();
    Holdings { enrolled, app, keys: keys.to_vec(), codes, codes_saved: true }
}

#[test]
fn where_a_key_lives_is_read_from_what_is_known_of_it() {
    for (backed_up, transports, home) in [
        (true, &["internal", "hybrid"][..], Home::Synced),
        (true, &[], Home::Synced),
        (false, &["internal", "hybrid"], Home::Phone),
        (false, &["hybrid", "internal", "smoke-signals"], Home::Phone),
        (false, &["internal"], Home::Device),
        (false, &["usb", "nfc"], Home::SecurityKey),
        (false, &["hybrid"], Home::SecurityKey),
        (false, &[], Home::SecurityKey),
    ] {
        assert_eq!(Home::of(backed_up, transports), home, "{backed_up} {transports:?}");
    }
}

/// The verdict in full, for what people usually have.
#[test]
fn one_thing_that_would_lock_somebody_out_is_named() {
    use Way::{Device, Phone, RecoveryCodes, SecurityKey, SyncedPasskey};
    let cases: [(Holdings, &[Way], Verdict); 12] = [
        (with(false, &[], 0), &[], Verdict::NotEnrolled),
        (with(true, &[], FULL_SET), &[Phone, RecoveryCodes], Verdict::Ready),
        (with(true, &[], 3), &[Phone, RecoveryCodes], Verdict::Ready),
        (with(true, &[], 2), &[Phone], Verdict::AtRisk),
        (with(true, &[Home::Phone], 2), &[Phone], Verdict::AtRisk),
        (with(true, &[Home::Phone], 3), &[Phone, RecoveryCodes], Verdict::Ready),
        // The same authenticator is never registered twice, so these are two phones.
        (with(true, &[Home::Phone, Home::Phone], 0), &[Phone, Phone], Verdict::Ready),
        (with(true, &[Home::Synced], 0), &[Phone, SyncedPasskey], Verdict::Ready),
        (with(true, &[Home::Device], 0), &[Phone, Device], Verdict::Ready),
        (with(false, &[Home::SecurityKey], 0), &[SecurityKey], Verdict::AtRisk),
        (with(false, &[Home::SecurityKey; 2], 0), &[SecurityKey, SecurityKey], Verdict::Ready),
        (with(false, &[Home::Synced], 0), &[SyncedPasskey], Verdict::AtRisk),
    ];
    for (held, ways, verdict) in cases {
        assert_eq!((held.ways().as_slice(), held.verdict()), (ways, verdict), "{held:?}");
    }
}

/// Whose only key belongs to another name of the server gets in by codes alone, or not at all.
#[test]
fn a_factor_that_does_not_work_here_is_no_way_in() {
    let foreign = |codes| Holdings { enrolled: true, codes, codes_saved: true, ..Holdings::default() };
    assert_eq!((foreign(9).ways(), foreign(9).verdict()), (vec![Way::RecoveryCodes], Verdict::AtRisk));
    assert_eq!((foreign(1).ways(), foreign(1).verdict()), (vec![], Verdict::AtRisk));
}

#[test]
fn advice_begins_with_what_is_done_fastest() {
    let now = Timestamp::from_secs(1_790_000_000);
    let of = |held: &Holdings| assess(held, &[], now).advice;
    assert_eq!(of(&with(false, &[], 0)), []);
    assert_eq!(of(&with(true, &[], FULL_SET)), []);
    assert_eq!(of(&with(true, &[], 1)), [Advice::RenewCodes, Advice::AddFactor]);
    assert_eq!(of(&with(true, &[Home::SecurityKey], 1)), [Advice::RenewCodes]);
}

#[test]
fn what_was_not_used_for_long_is_worth_trying_and_changes_no_verdict() {
    let now = Timestamp::from_secs(1_790_000_000);
    let id = |number| FactorId(Uuid::from_u128(number));
    let used = [(id(1), now.plus_secs(-UNUSED_SECS)), (id(2), now.plus_secs(-UNUSED_SECS - 1))];
    let held = with(true, &[Home::SecurityKey], FULL_SET);
    let found = assess(&held, &used, now);
    assert_eq!(found.advice, [Advice::TryFactor(id(2), used[1].1)]);
    assert_eq!(found, Readiness { advice: found.advice.clone(), ..assess(&held, &[], now) });
}

fn home() -> impl Strategy<Value = Home> {
    prop_oneof![Just(Home::Synced), Just(Home::Phone), Just(Home::Device), Just(Home::SecurityKey)]
}

fn held() -> impl Strategy<Value = Holdings> {
    (any::<bool>(), prop::collection::vec(home(), 0..4), 0..=FULL_SET)
        .prop_map(|(app, keys, codes)| with(app, &keys, codes))
}

proptest! {
    /// More to open the lock with never means fewer ways in, and nobody at ease becomes at risk by it.
    #[test]
    fn what_is_added_makes_no_verdict_worse(before in held(), more in home(), codes in 0..=FULL_SET) {
        let mut key = before.clone();
        key.keys.push(more);
        let app = Holdings { app: true, ..before.clone() };
        let codes = Holdings { codes: before.codes + codes, ..before.clone() };
        for mut after in [key, app, codes] {
            after.enrolled |= after.app || !after.keys.is_empty();
            prop_assert!(after.ways().len() >= before.ways().len());
            prop_assert!(before.verdict() != Verdict::Ready || after.verdict() == Verdict::Ready);
        }
    }

    /// Losing a phone takes the app with the passkey that cannot leave it: what is left of two ways still opens.
    #[test]
    fn whoever_is_ready_gets_in_without_any_one_of_their_ways(before in held()) {
        prop_assume!(before.verdict() == Verdict::Ready);
        let without_phone = Holdings {
            app: false,
            keys: before.keys.iter().copied().filter(|key| *key != Home::Phone).collect(),
            ..before.clone()
        };
        let phones = before.ways().iter().filter(|way| **way == Way::Phone).count();
        prop_assert!(phones > 1 || !without_phone.ways().is_empty());
    }
}
