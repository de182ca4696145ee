//! attacks.md row 63: certificates that no maker of keys writes.

use proptest::prelude::*;
use twinlock_core::factor::webauthn::{KeyKind, UserVerification};
use twinlock_testkit::security_key::{Attestation, AttestationAuthority, Leaf, SecurityKey};
use twinlock_webauthn::{AttestationPolicy, Check, Roots};

use super::world::{ORIGIN, creation, judge_registration, wanted};

const MAKE: [u8; 16] = *b"make of this key";

/// What comes of a registration whose attestation brings these certificates: where nothing is asked about the make,
/// and where a proof is.
fn outcomes(bend: impl Fn(&mut Vec<Vec<u8>>)) -> [Result<&'static str, Check>; 2] {
    judged(&Leaf::of(MAKE), bend)
}

fn judged(leaf: &Leaf, bend: impl Fn(&mut Vec<Vec<u8>>)) -> [Result<&'static str, Check>; 2] {
    let authority = AttestationAuthority::new(1);
    let roots = Roots::from_pem(authority.root_pem().as_bytes()).unwrap();
    let required = AttestationPolicy::Required { roots: &roots, aaguids: &[] };
    let mut certified = authority.certify(leaf);
    bend(&mut certified.chain);
    let mut key = SecurityKey::new(1).aaguid(MAKE).attested_by(&authority);
    let answer = key.register_bent(&creation(wanted(KeyKind::SecurityKey, true)), ORIGIN, |bent| {
        bent.attestation = Attestation::Packed(certified.clone());
    });
    [AttestationPolicy::None, required].map(|policy| {
        let outcome = judge_registration(&answer, UserVerification::Preferred, policy);
        outcome.map(|credential| credential.attestation)
    })
}

const WRONG: [Result<&str, Check>; 2] = [Err(Check::AttestationStatement), Err(Check::AttestationStatement)];

/// attacks.md row 63: what is said about the make is said once, and is of 16 bytes and nothing more.
#[test]
fn the_make_is_named_once_and_exactly() {
    let named = |aaguid: Option<[u8; 16]>, more: &[&[u8]]| {
        let more_about_the_model = more.iter().map(|content| content.to_vec()).collect();
        judged(&Leaf { aaguid, more_about_the_model, ..Leaf::of(MAKE) }, |_| {})
    };
    let content = [&[4, 16][..], &MAKE].concat();
    let honest = [Ok("none"), Ok("packed")];
    assert_eq!(named(Some(MAKE), &[]), honest);
    assert_eq!(named(None, &[&content]), honest);
    assert_eq!(named(Some(MAKE), &[&content]), WRONG, "twice");
    assert_eq!(named(Some(MAKE), &[&[]]), WRONG, "twice, once without a value");
    for (what, content) in [
        ("nothing", vec![]),
        ("no octets within the octets", MAKE.to_vec()),
        ("a byte too many inside", [&[4, 17][..], &MAKE, &[0]].concat()),
        ("a byte too many behind", [&content[..], &[0]].concat()),
        ("a byte too few", content[..17].to_vec()),
        ("a text", [&[12, 16][..], &MAKE].concat()),
        ("a length that no DER has", [&[4, 0x81, 16][..], &MAKE].concat()),
        ("a length without an end", vec![4, 0x84, 0xff, 0xff, 0xff, 0xff]),
    ] {
        assert_eq!(named(None, &[&content]), WRONG, "{what}");
    }
}

/// attacks.md row 63: a certificate that was changed anywhere proves no make.
#[test]
fn a_certificate_that_was_changed_or_cut_anywhere_proves_nothing() {
    let length = AttestationAuthority::new(1).certify(&Leaf::of(MAKE)).chain[0].len();
    for place in (0..length).step_by(3) {
        let changed = outcomes(|chain| chain[0][place] ^= 1 << (place % 8));
        assert!(changed[1].is_err(), "changed at {place}: {changed:?}");
        assert_eq!(outcomes(|chain| chain[0].truncate(place)), WRONG, "cut at {place}");
    }
    assert_eq!(outcomes(|chain| chain[0].push(0)), WRONG);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    /// attacks.md row 63: bytes that are no certificate are refused, whatever they promise.
    #[test]
    fn bytes_that_are_no_certificate_are_refused(bytes in prop::collection::vec(any::<u8>(), 0..80), wrapped in any::<bool>()) {
        let bytes = if wrapped { [&[0x30, 0x82, 2, 0, 0x30, 0x82][..], &bytes].concat() } else { bytes };
        prop_assert_eq!(outcomes(|chain| chain[0] = bytes.clone()), WRONG);
    }

    /// attacks.md row 63: a certificate with any part replaced proves no make.
    #[test]
    fn a_certificate_with_a_part_replaced_proves_nothing(
        place in 0_usize..400,
        bytes in prop::collection::vec(any::<u8>(), 1..8),
    ) {
        let honest = AttestationAuthority::new(1).certify(&Leaf::of(MAKE)).chain.remove(0);
        let mut bent = honest.clone();
        bent.splice(place..(place + bytes.len()).min(honest.len()), bytes);
        let [_, proven] = outcomes(|chain| chain[0] = bent.clone());
        prop_assert_eq!(proven.is_ok(), bent == honest);
    }
}
