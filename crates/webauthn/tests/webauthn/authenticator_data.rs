//! Authenticator data that does not add up.

use twinlock_testkit::security_key::{AuthenticatorData, Bent, Cbor, SecurityKey, flag};
use twinlock_webauthn::Check;

use super::world::{authenticate_bent, register_bent};

fn registration(bend: impl FnOnce(&mut AuthenticatorData)) -> Option<Check> {
    register_bent(&mut SecurityKey::new(1), |bent| bend(&mut bent.authenticator_data)).err()
}

fn authentication(bend: impl FnOnce(&mut AuthenticatorData)) -> Option<Check> {
    authenticate_bent(|bent: &mut Bent| bend(&mut bent.authenticator_data)).err()
}

const REFUSED: Option<Check> = Some(Check::AuthenticatorData);

/// attacks.md row 61: cut short, signed all the same.
#[test]
fn every_length_but_the_right_one_is_refused() {
    for length in [0, 1, 31, 32, 33, 36] {
        assert_eq!(authentication(|data| data.raw = Some(data.bytes()[..length].to_vec())), REFUSED);
    }
    assert_eq!(authentication(|data| data.trailing = vec![0]), REFUSED);
    assert_eq!(registration(|data| data.trailing = vec![0xa0]), REFUSED);
    for length in [0, 37, 38, 53, 55, 80, 100] {
        assert_eq!(registration(|data| data.raw = Some(data.bytes()[..length].to_vec())), REFUSED);
    }
}

/// attacks.md row 57: AT and ED mean that data follows.
#[test]
fn flags_and_data_must_agree() {
    assert_eq!(authentication(|data| data.set(flag::ATTESTED)), REFUSED);
    assert_eq!(authentication(|data| data.set(flag::EXTENSIONS)), REFUSED);
    assert_eq!(registration(|data| data.set(flag::EXTENSIONS)), REFUSED);
    assert_eq!(registration(|data| data.clear(flag::ATTESTED)), REFUSED);
    assert_eq!(registration(|data| data.attested = None), REFUSED);
    let without = |data: &mut AuthenticatorData| {
        data.set_extensions(Cbor::named(vec![("x", Cbor::Bool(true))]));
        data.clear(flag::EXTENSIONS);
    };
    assert_eq!(authentication(without), REFUSED);
}

#[test]
fn an_assertion_brings_no_credential() {
    let mut other = SecurityKey::new(9);
    let mut attested = None;
    register_bent(&mut other, |bent| attested.clone_from(&bent.authenticator_data.attested)).unwrap();
    let smuggled = |data: &mut AuthenticatorData| {
        data.attested = attested;
        data.set(flag::ATTESTED);
    };
    assert_eq!(authentication(smuggled), REFUSED);
}

/// attacks.md row 62: extension outputs are a map, whatever is in it.
#[test]
fn extension_outputs_must_be_one_map() {
    let map = Cbor::named(vec![("credBlob", Cbor::Bool(true)), ("hmac-secret", Cbor::Bytes(vec![7; 64]))]);
    assert_eq!(authentication(|data| data.set_extensions(map)), None);
    for bad in [
        Cbor::Int(1),
        Cbor::Array(vec![]),
        Cbor::Null,
        Cbor::Raw(vec![0xbf, 0xff]),
        Cbor::Raw(vec![0xa1, 0x61, b'x']),
        Cbor::Raw(vec![0x81; 5_000]),
        Cbor::Map(vec![(Cbor::text("x"), Cbor::Int(1)), (Cbor::text("x"), Cbor::Int(2))]),
    ] {
        assert_eq!(authentication(|data| data.set_extensions(bad.clone())), REFUSED, "{bad:?}");
    }
}

/// attacks.md row 62: ids from 1 to 1023 bytes, and no longer than what follows (step 25).
#[test]
fn a_credential_id_has_a_length_and_keeps_it() {
    for (length, refused) in [(0, true), (1, false), (1023, false)] {
        let outcome = register_bent(&mut SecurityKey::new(1), |bent| {
            let id = vec![7; length];
            bent.authenticator_data.attested().id.clone_from(&id);
            bent.envelope.set_id(if length == 0 { b"x" } else { &id });
        });
        assert_eq!(outcome.is_err(), refused, "{length}");
    }
    let long = register_bent(&mut SecurityKey::new(1), |bent| {
        bent.envelope.set_id(&[7; 1023]);
        bent.authenticator_data.attested().id = vec![7; 1024];
    });
    assert_eq!(long.err(), REFUSED);
    for claimed in [0, 33, 1024, u16::MAX] {
        let claim = |data: &mut AuthenticatorData| data.attested().id_length = Some(claimed);
        assert_eq!(registration(claim), REFUSED, "{claimed}");
    }
}
