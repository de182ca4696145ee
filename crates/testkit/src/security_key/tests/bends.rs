use super::*;
use crate::security_key::{
    Cbor, SecurityKey, Signature, cose, flag,
    json::{flip_bit_at, remove_at},
};

/// A key with one credential, and what the registration answered.
fn enrolled() -> (SecurityKey, Value) {
    let mut key = SecurityKey::new(1);
    let registered = key.register(&creation(), ORIGIN);
    (key, registered)
}

#[test]
fn what_is_bent_is_signed() {
    let (mut key, registered) = enrolled();
    let assertion = key.authenticate_bent(&request(&[]), ORIGIN, |bent| {
        bent.client_data.set("origin", "https://evil.example");
        bent.client_data.set("topOrigin", "https://example.net");
        bent.authenticator_data.clear(flag::USER_PRESENT);
        bent.authenticator_data.set_rp_id("org");
        bent.authenticator_data.counter = 77;
        bent.authenticator_data.set_extensions(Cbor::named(vec![("credProtect", Cbor::Int(1))]));
        bent.envelope.user_handle = Some(vec![1]);
    });
    assert!(is_signed(&assertion, &registered));
    assert_eq!((flags(&assertion), counter(&assertion)), (flag::EXTENSIONS, 77));
    let data = bytes_at(&assertion, "/response/authenticatorData");
    assert_eq!(data[..32], sha256(b"org"));
    assert_eq!(data[37..], *b"\xa1\x6bcredProtect\x01");
    let client_data = bytes_at(&assertion, "/response/clientDataJSON");
    let client_data: Value = serde_json::from_slice(&client_data).unwrap();
    assert_eq!(client_data["origin"], "https://evil.example");
    assert_eq!(client_data["topOrigin"], "https://example.net");
    assert_eq!(assertion["response"]["userHandle"], "AQ");
    let next = key.authenticate(&request(&[]), ORIGIN);
    assert_eq!((flags(&next), counter(&next)), (flag::USER_PRESENT, 2), "a lie is told once");
}

#[test]
fn signatures_bend_one_by_one() {
    let (mut key, registered) = enrolled();
    let mut verifies = |signature: Signature| {
        let assertion = key.authenticate_bent(&request(&[]), ORIGIN, |bent| bent.signature = signature);
        is_signed(&assertion, &registered)
    };
    for valid in [Signature::Honest, Signature::HighS, Signature::LowS] {
        assert!(verifies(valid.clone()), "{valid:?}");
    }
    let broken = [
        Signature::FlippedBit(300),
        Signature::P1363,
        Signature::Trailing(vec![0]),
        Signature::OfOtherData,
        Signature::ByAnotherKey,
        Signature::ByAlgorithm(Algorithm::EdDsa),
        Signature::Written(vec![]),
    ];
    for invalid in broken {
        assert!(!verifies(invalid.clone()), "{invalid:?}");
    }
}

#[test]
fn high_and_low_s_differ_and_high_is_more_than_half_the_order() {
    let (key, _) = enrolled();
    let made = |signature: Signature| {
        let assertion =
            key.clone().authenticate_bent(&request(&[]), ORIGIN, |bent| bent.signature = signature);
        p256::ecdsa::Signature::from_der(&bytes_at(&assertion, "/response/signature")).unwrap()
    };
    assert!(made(Signature::LowS).normalize_s().is_none());
    assert_eq!(made(Signature::HighS).normalize_s(), Some(made(Signature::LowS)));
}

#[test]
fn a_stranger_s_rsa_key_is_another() {
    let mut key = SecurityKey::new(1).algorithm(Algorithm::Rs256);
    let registered = key.register(&creation(), ORIGIN);
    let by_another =
        key.authenticate_bent(&request(&[]), ORIGIN, |bent| bent.signature = Signature::ByAnotherKey);
    assert_eq!(bytes_at(&by_another, "/response/signature").len(), 256);
    assert!(!is_signed(&by_another, &registered));
}

#[test]
fn a_bent_registration_refuses_nothing_and_keeps_the_id_it_sent() {
    let (mut key, first) = enrolled();
    let excluded = json!([{"type": "public-key", "id": first["id"]}]);
    let options = with(creation(), "/excludeCredentials", excluded);
    let twin = key.register_bent(&options, ORIGIN, |bent| {
        bent.authenticator_data.attested().id = bytes_at(&first, "/id");
        bent.authenticator_data.key().set(cose::ALG, Cbor::Int(-65535));
        bent.authenticator_data.attested().id_length = Some(5);
    });
    assert_eq!(twin["id"], first["id"]);
    let data = bytes_at(&twin, "/response/authenticatorData");
    assert_eq!(data[53..55], [0, 5]);
    assert_eq!(data[87..96], [0xa5, 1, 2, 3, 0x39, 0xff, 0xfe, 0x20, 1]);
    let assertion = key.authenticate(&request(&[&first]), ORIGIN);
    assert!(is_signed(&assertion, &twin), "the newest of the two answers");
}

#[test]
fn a_key_that_is_not_asked_answers_all_the_same_when_bent() {
    let (_, alices) = enrolled();
    let mut mallorys = SecurityKey::new(2);
    let registered = mallorys.register(&creation(), ORIGIN);
    let assertion = mallorys.authenticate_bent(&request(&[&alices]), ORIGIN, |_| {});
    assert_eq!(assertion["id"], registered["id"]);
    let forged = mallorys.authenticate_bent(&request(&[&alices]), ORIGIN, |bent| {
        bent.envelope.set_id(&bytes_at(&alices, "/id"));
    });
    assert_eq!((&forged["id"], &forged["rawId"]), (&alices["id"], &alices["id"]));
    assert!(is_signed(&forged, &registered) && !is_signed(&forged, &alices));
}

#[test]
fn what_nobody_signs_is_bent_in_the_envelope_or_in_the_finished_answer() {
    let (mut key, _) = enrolled();
    let mut assertion = key.authenticate_bent(&request(&[]), ORIGIN, |bent| {
        bent.envelope.id = Some(json!("AQ=="));
        bent.envelope.kind = json!("password");
        bent.envelope.extension_results = json!({"appid": true});
        bent.envelope.remove("/response/signature");
    });
    assert_eq!(assertion["id"], "AQ==");
    assert_ne!(assertion["rawId"], "AQ==");
    assert_eq!(assertion["type"], "password");
    assert_eq!(assertion["clientExtensionResults"], json!({"appid": true}));
    assert_eq!(assertion["response"].get("signature"), None);
    flip_bit_at(&mut assertion, "/response/authenticatorData", 32 * 8);
    assert_eq!(flags(&assertion), 0);
    remove_at(&mut assertion, "/response/clientDataJSON");
    assert_eq!(assertion["response"].get("clientDataJSON"), None);
}

#[test]
fn raw_bytes_replace_and_trailing_bytes_follow_authenticator_data() {
    let (mut key, registered) = enrolled();
    let short = key.authenticate_bent(&request(&[]), ORIGIN, |bent| {
        bent.authenticator_data.raw = Some(vec![flag::USER_PRESENT]);
    });
    assert_eq!(bytes_at(&short, "/response/authenticatorData"), [flag::USER_PRESENT]);
    assert!(is_signed(&short, &registered));
    let long = key.authenticate_bent(&request(&[]), ORIGIN, |bent| {
        bent.authenticator_data.trailing = vec![1, 2, 3];
    });
    assert_eq!(bytes_at(&long, "/response/authenticatorData")[37..], [1, 2, 3]);
    assert!(is_signed(&long, &registered));
}
