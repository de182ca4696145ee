use std::collections::HashSet;

use proptest::prelude::*;

use super::*;
use crate::factor::testing::Seeded;

/// The key of RFC 4226 appendix D and RFC 6238 appendix B.
const RFC_KEY: &[u8] = b"12345678901234567890";
/// A step in the year 2033 around which no two of the searched steps share a code.
const STEP: i64 = 0x3F9_40AA;

fn secret() -> TotpSecret {
    TotpSecret::from_bytes(RFC_KEY).unwrap()
}

/// The middle of a step.
fn during(step: i64) -> Timestamp {
    Timestamp::from_secs(step * PERIOD_SECS + 15)
}

fn code(step: i64) -> TotpCode {
    TotpCode::from_digits(&secret().code_at(step)).unwrap()
}

fn digits(text: &str) -> TotpCode {
    TotpCode::from_digits(text).unwrap()
}

/// Two steps at most `apart` steps apart with the same code, the earlier first.
fn twins(apart: i64) -> (i64, i64) {
    let secret = secret();
    let generator = secret.generator();
    let mut recent: Vec<(i64, String)> = Vec::new();
    for step in 0.. {
        let code = code_of(&generator, step);
        recent.retain(|(earlier, _)| *earlier >= step - apart);
        if let Some((earlier, _)) = recent.iter().find(|(_, other)| *other == code) {
            return (*earlier, step);
        }
        recent.push((step, code));
    }
    unreachable!("the loop ends only by returning")
}

#[test]
fn the_values_of_rfc_4226_appendix_d_come_out() {
    let expected =
        ["755224", "287082", "359152", "969429", "338314", "254676", "287922", "162583", "399871", "520489"];
    for (step, digits) in (0..).zip(expected) {
        assert_eq!(secret().code_at(step), digits, "counter {step}");
    }
}

#[test]
fn the_values_of_rfc_6238_appendix_b_come_out() {
    let expected = [
        (59, "287082"),
        (1_111_111_109, "081804"),
        (1_111_111_111, "050471"),
        (1_234_567_890, "005924"),
        (2_000_000_000, "279037"),
        (20_000_000_000, "353130"),
    ];
    for (seconds, digits) in expected {
        let step = step_at(Timestamp::from_secs(seconds));
        assert_eq!(secret().code_at(step), digits, "at {seconds} s");
    }
}

fn off_by(steps: i64) -> TotpCheck {
    TotpCheck::ClockOff(ClockOff { seconds: steps * 30, step: STEP + steps })
}

#[test]
fn a_step_begins_on_the_second() {
    assert_eq!(step_at(Timestamp::from_millis(29_999)), 0);
    assert_eq!(step_at(Timestamp::from_millis(30_000)), 1);
}

/// attacks.md row 11: exactly the current step and one either side.
#[test]
fn the_window_is_one_step_either_side() {
    for offset in -10..=10 {
        let found = check(&secret(), &code(STEP + offset), during(STEP), None);
        let expected =
            if offset.abs() <= 1 { TotpCheck::Accepted { step: STEP + offset } } else { off_by(offset) };
        assert_eq!(found, expected, "offset {offset}");
    }
}

/// attacks.md row 11: codes made with other parameters are wrong.
#[test]
fn codes_made_with_other_parameters_are_wrong() {
    let at = Timestamp::from_secs(1_111_111_109);
    // RFC 6238 appendix B: the last six digits with SHA-256 and SHA-512 at that time.
    let mut wrong = vec!["084774".to_owned(), "091201".to_owned()];
    // HOTP counters from zero, a period of 60 s, the base32 text as the key, another person's secret.
    wrong.extend((0..10).map(|counter| secret().code_at(counter)));
    wrong.push(secret().code_at(at.secs() / 60));
    let text_as_key = TotpSecret::from_bytes(secret().base32().expose_secret().as_bytes()).unwrap();
    wrong.push(text_as_key.code_at(step_at(at)));
    wrong.push(TotpSecret::generate(&Seeded::new(3)).code_at(step_at(at)));
    for text in wrong {
        assert_eq!(check(&secret(), &digits(&text), at, None), TotpCheck::Wrong, "{text}");
    }
}

/// attacks.md row 7: only a step later than the last accepted one counts.
#[test]
fn a_step_at_or_before_the_last_accepted_one_is_a_replay() {
    for (offset, last) in [(0, STEP), (-1, STEP), (-1, STEP - 1), (0, STEP + 1), (1, STEP + 1)] {
        let found = check(&secret(), &code(STEP + offset), during(STEP), Some(last));
        assert_eq!(found, TotpCheck::Replayed { step: STEP + offset }, "{offset} after {last}");
    }
    let fresh = check(&secret(), &code(STEP), during(STEP), Some(STEP - 1));
    assert_eq!(fresh, TotpCheck::Accepted { step: STEP });
}

/// attacks.md row 7: a code seen long ago tells nothing.
#[test]
fn a_spent_step_outside_the_window_is_plainly_wrong() {
    for offset in -20..=-2 {
        let found = check(&secret(), &code(STEP + offset), during(STEP), Some(STEP + offset));
        assert_eq!(found, TotpCheck::Wrong, "offset {offset}");
    }
    let ahead = check(&secret(), &code(STEP + 5), during(STEP), Some(STEP + 5));
    assert_eq!(ahead, TotpCheck::Wrong);
}

#[test]
fn a_clock_that_is_off_is_told_up_to_ten_minutes() {
    for offset in [-21, -20, -2, 2, 20, 21] {
        let found = check(&secret(), &code(STEP + offset), during(STEP), Some(STEP - 100));
        let expected = match offset.abs() {
            21 => TotpCheck::Wrong,
            _ => off_by(offset),
        };
        assert_eq!(found, expected, "offset {offset}");
    }
}

#[test]
fn the_nearest_time_is_told_when_two_would_fit() {
    let (earlier, later) = twins(SEARCHED);
    // Three steps behind the later one, and further from the earlier one or in its past.
    let found = check(&secret(), &code(later), during(later - 3), Some(earlier));
    assert_eq!(found, TotpCheck::ClockOff(ClockOff { seconds: 90, step: later }));
    let found = check(&secret(), &code(later), during(later + 3), None);
    assert_eq!(found, TotpCheck::ClockOff(ClockOff { seconds: -90, step: later }));
}

#[test]
fn a_code_of_a_spent_and_a_fresh_step_counts_for_the_fresh_one() {
    let (earlier, later) = twins(2 * WINDOW);
    let now = during(later - 1);
    assert_eq!(check(&secret(), &code(later), now, Some(earlier)), TotpCheck::Accepted { step: later });
    // Accepting the later one at once leaves no second use of the same code.
    assert_eq!(check(&secret(), &code(later), now, None), TotpCheck::Accepted { step: later });
    assert_eq!(check(&secret(), &code(later), now, Some(later)), TotpCheck::Replayed { step: later });
}

#[test]
fn the_first_steps_of_all_time_do_not_overflow() {
    let start = Timestamp::from_secs(0);
    assert_eq!(check(&secret(), &code(0), start, None), TotpCheck::Accepted { step: 0 });
    assert_eq!(check_pair(&secret(), &code(0), &code(1), start), PairCheck::Accepted { last_step: 1 });
    assert_eq!(secret().code_at(i64::MIN), secret().code_at(0));
    assert_eq!(secret().code_at(i64::MAX).len(), 6);
    let end = Timestamp::from_millis(i64::MAX);
    assert_eq!(check(&secret(), &code(step_at(end)), end, None), TotpCheck::Accepted { step: step_at(end) });
}

#[test]
fn a_pair_is_two_adjacent_steps_in_order() {
    for offset in -1..=1 {
        let second = STEP + offset;
        let found = check_pair(&secret(), &code(second - 1), &code(second), during(STEP));
        assert_eq!(found, PairCheck::Accepted { last_step: second }, "offset {offset}");
    }
    let refused = [(0, -1), (0, 0), (-1, 1), (-2, 0), (1, 0)];
    for (first, second) in refused {
        let found = check_pair(&secret(), &code(STEP + first), &code(STEP + second), during(STEP));
        assert_eq!(found, PairCheck::Wrong, "{first}, {second}");
    }
}

#[test]
fn a_pair_of_another_time_tells_how_far_the_clock_is_off() {
    for offset in [-21, -20, -2, 2, 20, 21] {
        let second = STEP + offset;
        let found = check_pair(&secret(), &code(second - 1), &code(second), during(STEP));
        let expected = match offset.abs() {
            21 => PairCheck::Wrong,
            _ => PairCheck::ClockOff(ClockOff { seconds: offset * 30, step: second }),
        };
        assert_eq!(found, expected, "offset {offset}");
    }
}

/// attacks.md row 13: 160 bits, no repeats, every bit as often set as not.
#[test]
fn fresh_secrets_are_160_bits_and_differ() {
    let entropy = Seeded::new(4);
    let secrets: HashSet<Vec<u8>> =
        (0..500).map(|_| TotpSecret::generate(&entropy).expose().to_vec()).collect();
    assert_eq!(secrets.len(), 500);
    for bit in 0..160 {
        let set = secrets.iter().filter(|bytes| bytes[bit / 8] >> (bit % 8) & 1 == 1).count();
        assert!((180..=320).contains(&set), "bit {bit} is set in {set} of 500");
    }
}

#[test]
fn imported_secrets_have_16_to_64_bytes() {
    for (size, accepted) in [(0, false), (15, false), (16, true), (64, true), (65, false)] {
        assert_eq!(TotpSecret::from_bytes(&vec![7; size]).is_some(), accepted, "{size}");
    }
}

#[test]
fn a_secret_is_written_in_base32_for_apps_and_in_groups_for_people() {
    assert_eq!(secret().base32().expose_secret(), "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ");
    assert_eq!(secret().grouped().expose_secret(), "GEZD GNBV GY3T QOJQ GEZD GNBV GY3T QOJQ");
    let imported = TotpSecret::from_bytes(&RFC_KEY[..16]).unwrap();
    assert_eq!(imported.base32().expose_secret(), "GEZDGNBVGY3TQOJQGEZDGNBVGY");
    assert_eq!(imported.grouped().expose_secret(), "GEZD GNBV GY3T QOJQ GEZD GNBV GY");
}

#[test]
fn a_secret_does_not_print_itself() {
    let printed = format!("{:?}", secret());
    assert!(printed.contains("REDACTED") && !printed.contains("49"), "{printed}");
}

/// attacks.md row 13: names of any kind are escaped.
#[test]
fn a_key_uri_escapes_names_of_any_kind() {
    let uri = otpauth_uri("Demo & Söhne: a/b?", "m+lópez@demo.example:🔑", &secret());
    assert_eq!(
        uri.expose_secret(),
        "otpauth://totp/Demo%20%26%20S%C3%B6hne%3A%20a%2Fb%3F:m%2Bl%C3%B3pez%40demo.example%3A%F0%9F%94%91\
         ?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ\
         &issuer=Demo%20%26%20S%C3%B6hne%3A%20a%2Fb%3F&algorithm=SHA1&digits=6&period=30"
    );
}

proptest! {
    #[test]
    fn a_key_uri_has_one_literal_colon_in_its_label_and_only_uri_characters(
        issuer in any::<String>(), account in any::<String>(),
    ) {
        let uri = otpauth_uri(&issuer, &account, &secret());
        let (label, query) = uri.expose_secret()["otpauth://totp/".len()..].split_once('?').unwrap();
        prop_assert_eq!(label.matches(':').count(), 1);
        prop_assert_eq!(query.matches('&').count(), 4);
        let is_plain = |b: u8| b.is_ascii_alphanumeric() || b"-._~%:".contains(&b);
        prop_assert!(label.bytes().all(is_plain));
    }

    #[test]
    fn an_accepted_step_is_in_the_window_and_later_than_the_last(
        typed in "[0-9]{6}", step in 0..STEP, offset in -25_i64..=25, behind in proptest::option::of(-3_i64..=3),
    ) {
        let last = behind.map(|back| step - back);
        for typed in [digits(&typed), code((step + offset).max(0))] {
            match check(&secret(), &typed, during(step), last) {
                TotpCheck::Accepted { step: found } => {
                    prop_assert!((found - step).abs() <= 1 && last.is_none_or(|last| found > last));
                    prop_assert!(code(found).as_bytes() == typed.as_bytes());
                }
                TotpCheck::Replayed { step: found } => prop_assert!(last.is_some_and(|last| found <= last)),
                TotpCheck::ClockOff(off) => {
                    prop_assert!((60..=600).contains(&off.seconds.abs()));
                    prop_assert!(code(off.step).as_bytes() == typed.as_bytes());
                    prop_assert_eq!(off.foretells(), off.step > step + 1);
                }
                TotpCheck::Wrong => {}
            }
        }
    }
}
