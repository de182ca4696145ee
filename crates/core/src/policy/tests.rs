use proptest::prelude::*;

use super::*;
use crate::factor::kinds::Kind;

const START: i64 = 1_800_000_000;

fn at(secs: i64) -> Timestamp {
    Timestamp::from_secs(START + secs)
}

fn days(days: i64) -> i64 {
    days * DAY_SECS
}

fn enforced(grace: u32) -> Settings {
    Settings {
        mfa_required: true,
        mfa_grace_period_days: grace,
        mfa_enforced_at: Some(at(0)),
        ..Settings::default()
    }
}

fn person() -> Person {
    Person { role: Role::Member, created_at: at(-1000), kinds: Kinds::NONE, deadline: None }
}

/// Those who administer comply first, whatever time others have: no grace, no deadline of their own.
#[test]
fn those_who_administer_owe_a_factor_at_once_where_it_is_required_of_them() {
    for settings in [Settings::of_new_tenant(), Settings { mfa_required_for_admins: true, ..enforced(30) }] {
        for role in [Role::Owner, Role::Admin] {
            let bare = Person { role, deadline: Some(at(days(90))), ..person() };
            assert_eq!(obligation(&settings, &bare, at(0)), Obligation::DueNow(Due::Administers));
            let complying = Person { kinds: [Kind::Totp].into_iter().collect(), ..bare };
            assert_eq!(obligation(&settings, &complying, at(0)), Obligation::None);
            let keys =
                Settings { mfa_allowed_methods: [Kind::Webauthn].into_iter().collect(), ..settings.clone() };
            assert!(obligation(&keys, &complying, at(0)).is_due_now());
        }
        for role in [Role::Helpdesk, Role::Member] {
            let bare = Person { role, ..person() };
            assert!(!obligation(&settings, &bare, at(0)).is_due_now(), "{role:?}");
        }
    }
}

#[test]
fn nothing_is_due_where_nothing_is_required() {
    assert_eq!(obligation(&Settings::default(), &person(), at(0)), Obligation::None);
    let off = Settings { mfa_required: false, ..enforced(0) };
    assert_eq!(obligation(&off, &person(), at(days(400))), Obligation::None);
}

/// attacks.md row 72: the boundary is exact.
#[test]
fn the_deadline_is_exact_to_the_millisecond() {
    let settings = enforced(7);
    let deadline = at(days(7));
    let before = Timestamp::from_millis(deadline.millis() - 1);
    assert_eq!(obligation(&settings, &person(), before), Obligation::DueBy(deadline));
    assert_eq!(obligation(&settings, &person(), deadline), Obligation::DueNow(Due::Since(deadline)));
}

#[test]
fn a_day_that_has_begun_is_a_day_left() {
    let left = |secs| days_left(at(days(7)), at(secs));
    assert_eq!([left(0), left(1), left(days(1) - 1), left(days(1))], [7, 7, 7, 6]);
    assert_eq!([left(days(7) - 1), left(days(7)), left(days(9))], [1, 0, 0]);
}

#[test]
fn who_came_later_has_no_grace_and_who_was_there_at_the_start_has() {
    let settings = enforced(7);
    let with = |secs| Person { created_at: at(secs), ..person() };
    assert_eq!(obligation(&settings, &with(1), at(1)), Obligation::DueNow(Due::NewAccount));
    assert!(obligation(&settings, &with(0), at(1)).deadline().is_some());
    assert!(obligation(&enforced(0), &with(0), at(0)).is_due_now());
}

/// attacks.md row 72: a grace period that is changed counts from the same start.
#[test]
fn the_grace_period_counts_from_the_start_whatever_it_was_before() {
    for grace in [7, 30, 0, 365] {
        let deadline = at(days(grace));
        let settings = enforced(u32::try_from(grace).unwrap());
        assert_eq!(obligation(&settings, &person(), at(-1)), Obligation::DueBy(deadline));
        assert!(obligation(&settings, &person(), deadline).is_due_now());
    }
}

#[test]
fn a_deadline_of_ones_own_takes_the_place_of_the_tenants() {
    let mine = |secs, created| Person { deadline: Some(at(secs)), created_at: at(created), ..person() };
    let settings = enforced(7);
    assert_eq!(obligation(&settings, &mine(days(20), -1), at(days(19))), Obligation::DueBy(at(days(20))));
    assert!(obligation(&settings, &mine(days(2), -1), at(days(2))).is_due_now());
    assert_eq!(obligation(&settings, &mine(days(2), 500), at(600)), Obligation::DueBy(at(days(2))));
}

#[test]
fn only_an_allowed_kind_counts() {
    let keys_only = Settings { mfa_allowed_methods: Kinds::NONE.with(Kind::Webauthn), ..enforced(0) };
    let has = |kinds| Person { kinds, ..person() };
    assert!(obligation(&keys_only, &has(Kinds::NONE.with(Kind::Totp)), at(1)).is_due_now());
    assert_eq!(obligation(&keys_only, &has(Kinds::ALL), at(1)), Obligation::None);
}

#[test]
fn reminders_go_out_seven_three_one_and_no_days_before_and_once_each() {
    let deadline = at(days(10));
    let mut last = None;
    let mut sent = Vec::new();
    for hour in 0..(24 * 13) {
        let now = at(hour * 3600);
        if reminder_due(deadline, last, now) {
            sent.push(hour);
            last = Some(now);
        }
    }
    assert_eq!(sent, [3 * 24, 7 * 24, 9 * 24, 10 * 24]);
}

#[test]
fn nobody_is_reminded_twice_a_day_nor_long_after_the_deadline() {
    let deadline = at(days(10));
    let by_hand = Some(at(days(7) - 3600));
    assert!(!reminder_due(deadline, by_hand, at(days(7))));
    assert!(reminder_due(deadline, by_hand, at(days(8) - 3600)));
    assert!(!reminder_due(deadline, None, at(days(11))));
}

#[derive(Clone, Debug)]
enum Act {
    Enforce(u32),
    Lift,
    Grace(u32),
    Narrow(u8),
    Enrol(bool),
    Reset,
    SignIn,
    Wait(i64),
}

fn act() -> impl Strategy<Value = Act> {
    prop_oneof![
        (0_u32..40).prop_map(Act::Enforce),
        Just(Act::Lift),
        (0_u32..40).prop_map(Act::Grace),
        (1_u8..4).prop_map(Act::Narrow),
        any::<bool>().prop_map(Act::Enrol),
        Just(Act::Reset),
        Just(Act::SignIn),
        (1_i64..20 * 86_400).prop_map(Act::Wait),
    ]
}

/// Does an act, as the services do.
fn apply(act: &Act, settings: &mut Settings, person: &mut Person, now: &mut i64) {
    match act {
        Act::Enforce(days) if !settings.mfa_required => {
            settings.mfa_required = true;
            settings.mfa_enforced_at = Some(at(*now));
            settings.mfa_grace_period_days = *days;
        }
        Act::Lift => (settings.mfa_required, settings.mfa_enforced_at) = (false, None),
        Act::Grace(days) => settings.mfa_grace_period_days = *days,
        Act::Narrow(bits) => settings.mfa_allowed_methods = Kinds::from_bits(i64::from(*bits)).unwrap(),
        Act::Enrol(key) => {
            person.kinds = person.kinds.with(if *key { Kind::Webauthn } else { Kind::Totp });
        }
        Act::Reset => person.kinds = Kinds::NONE,
        Act::Wait(secs) => *now += secs,
        Act::Enforce(_) | Act::SignIn => {}
    }
}

proptest! {
    /// attacks.md row 72: whatever happens to an account, past the deadline nobody has full rights without an
    /// allowed factor, signing in and resets move no deadline, and who complies is never blocked.
    #[test]
    fn no_history_leads_around_the_deadline(created in -10_i64..10, acts in prop::collection::vec(act(), 1..40)) {
        let mut settings = Settings::default();
        let mut person = Person { created_at: at(created), ..person() };
        let mut now = 10;
        for act in acts {
            let before = deadline_of(&settings, &person);
            apply(&act, &mut settings, &mut person, &mut now);
            if matches!(act, Act::SignIn | Act::Reset | Act::Enrol(_) | Act::Wait(_)) {
                prop_assert_eq!(before, deadline_of(&settings, &person));
            }
            let owes = obligation(&settings, &person, at(now));
            let complies = !person.kinds.and(settings.mfa_allowed_methods).is_empty();
            if complies || !settings.mfa_required {
                prop_assert_eq!(owes, Obligation::None);
            } else {
                let over = deadline_of(&settings, &person).is_none_or(|deadline| at(now) >= deadline);
                prop_assert_eq!(owes.is_due_now(), over);
            }
        }
    }
}

fn deadline_of(settings: &Settings, person: &Person) -> Option<Timestamp> {
    deadline(settings, settings.mfa_enforced_at?, person)
}
