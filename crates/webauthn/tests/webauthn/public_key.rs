//! Public keys that are none, or not the one that was offered (§7.1 step 20, §6.5.1.1).

use twinlock_testkit::security_key::{Algorithm, Cbor, CoseKey, SecurityKey};
use twinlock_webauthn::Check;

use super::world::register_bent;

fn with(algorithm: Algorithm, bend: impl FnOnce(&mut CoseKey)) -> Option<Check> {
    let mut key = SecurityKey::new(1).algorithm(algorithm);
    register_bent(&mut key, |bent| bend(bent.authenticator_data.key())).err()
}

fn set(algorithm: Algorithm, label: i64, value: Cbor) -> Option<Check> {
    with(algorithm, |key| key.set(label, value))
}

const REFUSED: Option<Check> = Some(Check::PublicKey);

/// attacks.md row 60: RS1, ES256K, ES512, PS256, fully specified Ed25519, unknown.
#[test]
fn an_algorithm_that_was_not_offered_is_refused() {
    for algorithm in [-65_535, -47, -36, -37, -19, -999, 0, 7, i64::MIN + 1] {
        let outcome = set(Algorithm::Es256, 3, Cbor::Int(algorithm));
        assert_eq!(outcome, Some(Check::Algorithm), "{algorithm}");
    }
}

/// attacks.md row 60: an offered algorithm over a key of another kind.
#[test]
fn type_curve_and_algorithm_must_fit() {
    assert_eq!(with(Algorithm::Es256, |key| key.remove(3)), REFUSED);
    assert_eq!(set(Algorithm::Es256, 3, Cbor::text("ES256")), REFUSED);
    for algorithm in [-8, -35, -257] {
        assert_eq!(set(Algorithm::Es256, 3, Cbor::Int(algorithm)), REFUSED, "{algorithm}");
    }
    for kind in [1, 3, 4] {
        assert_eq!(set(Algorithm::Es256, 1, Cbor::Int(kind)), REFUSED, "{kind}");
    }
    for curve in [2, 3, 6, 8] {
        assert_eq!(set(Algorithm::Es256, -1, Cbor::Int(curve)), REFUSED, "{curve}");
    }
    assert_eq!(set(Algorithm::Es384, -1, Cbor::Int(1)), REFUSED);
    assert_eq!(set(Algorithm::EdDsa, -1, Cbor::Int(4)), REFUSED);
}

/// attacks.md row 60: off the curve, at infinity, compressed, too short or long.
#[test]
fn a_point_must_be_on_its_curve() {
    for (algorithm, size) in [(Algorithm::Es256, 32), (Algorithm::Es384, 48)] {
        for label in [-2, -3] {
            for bytes in [vec![], vec![1], vec![0; size], vec![1; size], vec![0xff; size], vec![1; size + 1]]
            {
                assert_eq!(set(algorithm, label, Cbor::Bytes(bytes.clone())), REFUSED, "{bytes:?}");
            }
        }
        let infinity = |key: &mut CoseKey| {
            key.set(-2, Cbor::Bytes(vec![0; size]));
            key.set(-3, Cbor::Bytes(vec![0; size]));
        };
        assert_eq!(with(algorithm, infinity), REFUSED);
        assert_eq!(set(algorithm, -3, Cbor::Bool(true)), REFUSED);
    }
}

/// attacks.md row 60: of small order, such a key would verify anything; in its one spelling.
#[test]
fn an_edwards_point_must_be_strong() {
    let identity: Vec<u8> = [vec![1], vec![0; 31]].concat();
    for bytes in [vec![], vec![7; 31], vec![7; 33], vec![0; 32], identity, vec![0xff; 32]] {
        assert_eq!(set(Algorithm::EdDsa, -2, Cbor::Bytes(bytes.clone())), REFUSED, "{bytes:?}");
    }
}

/// attacks.md row 60: too small, too large, even, with leading zeros, or with an exponent of 1.
#[test]
fn an_rsa_key_must_be_large_and_odd() {
    let number = |length: usize, last: u8| [vec![0xc0; length - 1], vec![last]].concat();
    assert_eq!(set(Algorithm::Rs256, -1, Cbor::Bytes(number(256, 1))), None);
    assert_eq!(set(Algorithm::Rs256, -1, Cbor::Bytes(number(512, 1))), None);
    let too_large = [vec![0xc0; 2047], vec![1]].concat();
    let zeros = [vec![0], number(256, 1)].concat();
    for modulus in [vec![], vec![0], number(64, 1), number(255, 1), number(513, 1), too_large, zeros] {
        assert_eq!(set(Algorithm::Rs256, -1, Cbor::Bytes(modulus.clone())), REFUSED, "{}", modulus.len());
    }
    assert_eq!(set(Algorithm::Rs256, -1, Cbor::Bytes(number(256, 2))), REFUSED);
    let exponents: [&[u8]; 8] = [b"", &[0], &[1], &[3], &[0, 1, 0, 1], &[1, 0, 0], &[0xff; 5], &[0xff; 600]];
    for exponent in exponents {
        assert_eq!(set(Algorithm::Rs256, -2, Cbor::Bytes(exponent.to_vec())), REFUSED, "{exponent:?}");
    }
}

/// attacks.md row 60: no private part, nothing besides, nothing twice.
#[test]
fn a_key_has_the_members_of_its_type_and_no_other() {
    for algorithm in [Algorithm::Es256, Algorithm::Es384, Algorithm::EdDsa, Algorithm::Rs256] {
        assert_eq!(with(algorithm, |_| {}), None);
        assert_eq!(set(algorithm, -4, Cbor::Bytes(vec![1; 32])), REFUSED, "{algorithm:?}");
        assert_eq!(set(algorithm, 2, Cbor::Bytes(b"kid".to_vec())), REFUSED, "{algorithm:?}");
        assert_eq!(with(algorithm, |key| key.remove(-2)), REFUSED, "{algorithm:?}");
        let twice = |key: &mut CoseKey| key.members.push((1, Cbor::Int(2)));
        assert_eq!(with(algorithm, twice), Some(Check::AuthenticatorData), "{algorithm:?}");
    }
}
