//! attacks.md row 62: attestation objects that no authenticator sends.

use serde_json::Value;
use twinlock_core::factor::webauthn::{KeyKind, UserVerification};
use twinlock_testkit::security_key::{
    Cbor, SecurityKey,
    json::{bytes_at, write_at},
};
use twinlock_webauthn::{AttestationPolicy, Check};

use super::world::{ORIGIN, creation, judge_registration, wanted};

const OBJECT: &str = "/response/attestationObject";

fn honest() -> Value {
    SecurityKey::new(1).register(&creation(wanted(KeyKind::SecurityKey, false)), ORIGIN)
}

fn with_object(object: &[u8]) -> Option<Check> {
    let mut answer = honest();
    write_at(&mut answer, OBJECT, object);
    judge_registration(&answer, UserVerification::Preferred, AttestationPolicy::None).err()
}

/// The honest object's members, bent.
fn with_members(bend: impl FnOnce(&mut Vec<(Cbor, Cbor)>)) -> Option<Check> {
    let answer = honest();
    let data = bytes_at(&answer, "/response/authenticatorData");
    let mut members = vec![
        (Cbor::text("fmt"), Cbor::text("none")),
        (Cbor::text("attStmt"), Cbor::Map(vec![])),
        (Cbor::text("authData"), Cbor::Bytes(data)),
    ];
    bend(&mut members);
    with_object(&Cbor::Map(members).encode())
}

const REFUSED: Option<Check> = Some(Check::AttestationObject);

/// attacks.md row 62: depth, promised lengths, indefinite lengths, tags, floats.
#[test]
fn hostile_cbor_is_refused_at_once() {
    for byte in [0x81, 0x9f, 0xa1, 0xbf, 0xc0, 0xd8, 0xfb, 0xff, 0x5f, 0x9b, 0xbb, 0x5b] {
        assert_eq!(with_object(&vec![byte; 32 * 1024]), REFUSED, "{byte:x}");
    }
    let honest = bytes_at(&honest(), OBJECT);
    assert_eq!(with_object(&honest), None);
    assert_eq!(with_object(&[&honest[..], &[0]].concat()), REFUSED);
    assert_eq!(with_object(&[&[0xd9, 0xd9, 0xf7], &honest[..]].concat()), REFUSED);
    for end in 1..honest.len() {
        assert_eq!(with_object(&honest[..end]), REFUSED, "cut at {end}");
    }
}

/// attacks.md row 62: members that are missing, twice, or of another type.
#[test]
fn the_three_members_must_be_what_they_are() {
    assert_eq!(with_members(|_| {}), None);
    assert_eq!(with_members(|members| members.reverse()), None);
    assert_eq!(with_members(|members| members.push((Cbor::text("epAtt"), Cbor::Bool(true)))), None);
    for index in 0..3 {
        assert_eq!(with_members(|members| drop(members.remove(index))), REFUSED, "{index} missing");
        assert_eq!(with_members(|members| members.push(members[index].clone())), REFUSED, "{index} twice");
    }
    for (index, value) in [
        (0, Cbor::Bytes(b"none".to_vec())),
        (0, Cbor::Int(1)),
        (2, Cbor::text("data")),
        (2, Cbor::Array(vec![])),
        (0, Cbor::Raw(vec![0x61, 0xff])),
        (1, Cbor::Raw(vec![0xbf, 0xff])),
        (1, Cbor::Raw(vec![0xfb, 0, 0, 0, 0, 0, 0, 0, 0])),
    ] {
        assert_eq!(with_members(|members| members[index].1 = value.clone()), REFUSED, "{index} {value:?}");
    }
    let keyed = |key: Cbor| with_members(|members| members.push((key, Cbor::Int(1))));
    assert_eq!(keyed(Cbor::Raw(vec![0xf9, 0x3c, 0])), REFUSED);
    assert_eq!(keyed(Cbor::Array(vec![])), REFUSED);
}
