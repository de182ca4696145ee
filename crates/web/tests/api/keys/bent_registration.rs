//! Registrations with exactly one thing wrong: each step of W3C WebAuthn Level 3 §7.1 refuses, and nothing
//! changes.

use serde_json::{Value, json};
use twinlock_testkit::{
    TestApp,
    security_key::{Algorithm, Attestation, Bent, Cbor, SecurityKey, Signature, cose, flag, json as edit},
};

use super::support::*;

type Bend = fn(&mut Bent);

/// Every lie of a list is refused; then nothing is enrolled, and the honest registration succeeds.
async fn refused_one_by_one(kind: &str, lies: &[(&str, Bend)]) {
    let test = TestApp::start().await;
    let mut mia = test.sign_in("mia").await;
    let mut key = SecurityKey::platform(7);
    for (what, bend) in lies {
        let options = creation_options(&mia, kind).await;
        let credential = key.register_bent(&options, ORIGIN, bend);
        let answer = send_registration(&mia, &credential).await;
        let seen = (answer.status.as_u16(), answer.string("code"));
        assert_eq!(seen, (422, "invalid_webauthn_response".to_owned()), "{what}");
    }
    let mfa = mia.get("/api/v1/mfa").await.expect(200).json();
    assert_eq!((&mfa["enabled"], &mfa["methods"]), (&json!(false), &json!([])));
    register(&mut mia, &mut SecurityKey::platform(8), kind).await;
}

/// attacks.md row 53: type, challenge, origin, framing (§7.1 steps 7 to 12) and relying party (step 13).
#[tokio::test]
async fn what_the_browser_says_must_fit() {
    refused_one_by_one(
        "security_key",
        &[
            ("type of an assertion", |b| b.client_data.set("type", "webauthn.get")),
            ("another challenge", |b| b.client_data.set_challenge(&[7; 32])),
            ("another origin", |b| b.client_data.set("origin", "https://localhost:8080")),
            ("a suffix", |b| b.client_data.set("origin", "http://evillocalhost:8080")),
            ("inside another site", |b| b.client_data.set("crossOrigin", true)),
            ("a site around it", |b| b.client_data.set("topOrigin", "http://localhost:8080")),
            ("a challenge twice", |b| b.client_data.repeat("challenge", "AAAA")),
            ("no JSON", |b| b.client_data.write("not json")),
            ("no UTF-8", |b| b.client_data.write([0xff, 0xfe])),
            ("another relying party", |b| b.authenticator_data.set_rp_id("evil.example")),
        ],
    )
    .await;
}

/// attacks.md row 57: presence, and the backup flags (§7.1 steps 14 to 17).
#[tokio::test]
async fn flags_must_be_right() {
    refused_one_by_one(
        "security_key",
        &[
            ("nobody there", |b| b.authenticator_data.clear(flag::USER_PRESENT)),
            ("backed up, not eligible", |b| b.authenticator_data.set(flag::BACKED_UP)),
            ("no credential announced", |b| b.authenticator_data.clear(flag::ATTESTED)),
            ("extensions that are not there", |b| b.authenticator_data.set(flag::EXTENSIONS)),
        ],
    )
    .await;
}

/// attacks.md row 57: a passkey verifies the person, whatever the client asked of it.
#[tokio::test]
async fn a_passkey_must_verify_the_person() {
    refused_one_by_one("passkey", &[("only touched", |b| b.authenticator_data.clear(flag::USER_VERIFIED))])
        .await;
}

/// attacks.md row 60: only what was offered, and keys that are keys (§7.1 step 20).
#[tokio::test]
async fn algorithms_and_keys_must_be_right() {
    refused_one_by_one(
        "security_key",
        &[
            ("RS1", |b| b.authenticator_data.key().set(cose::ALG, Cbor::Int(-65535))),
            ("ES256K", |b| b.authenticator_data.key().set(cose::ALG, Cbor::Int(-47))),
            ("unknown", |b| b.authenticator_data.key().set(cose::ALG, Cbor::Int(-999))),
            ("no algorithm", |b| b.authenticator_data.key().remove(cose::ALG)),
            ("another type of key", |b| b.authenticator_data.key().set(cose::KTY, Cbor::Int(3))),
            ("another curve", |b| b.authenticator_data.key().set(cose::CRV, Cbor::Int(2))),
            ("off the curve", |b| b.authenticator_data.key().set(cose::X, Cbor::Bytes(vec![1; 32]))),
            ("at infinity", |b| {
                b.authenticator_data.key().set(cose::X, Cbor::Bytes(vec![0; 32]));
                b.authenticator_data.key().set(cose::Y, Cbor::Bytes(vec![0; 32]));
            }),
            ("compressed", |b| b.authenticator_data.key().set(cose::Y, Cbor::Bool(true))),
            ("a private part", |b| b.authenticator_data.key().set(cose::D, Cbor::Bytes(vec![1; 32]))),
            ("no CBOR", |b| b.authenticator_data.key().raw = Some(vec![0xff])),
        ],
    )
    .await;
}

/// attacks.md row 62: the attestation object and what is in it, to the last byte.
#[tokio::test]
async fn the_attestation_object_is_read_to_its_last_byte() {
    refused_one_by_one(
        "security_key",
        &[
            ("more behind the authenticator data", |b| b.authenticator_data.trailing = vec![0]),
            ("an empty credential id", |b| {
                b.authenticator_data.attested().id = vec![];
                b.envelope.set_id(&[7; 16]);
            }),
            ("a length beyond the data", |b| b.authenticator_data.attested().id_length = Some(65535)),
            ("an id of 1024 bytes", |b| {
                b.authenticator_data.attested().id = vec![7; 1024];
                b.envelope.set_id(&[7; 1023]);
            }),
            ("another id than the browser's", |b| b.envelope.set_id(&[7; 16])),
            ("37 bytes only", |b| b.authenticator_data.raw = Some(vec![0x41; 37])),
        ],
    )
    .await;
    let test = TestApp::start().await;
    let mia = test.sign_in("mia").await;
    for bytes in [
        vec![],
        vec![0xa0],
        vec![0x9f; 20_000],
        vec![0x5b, 0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff],
        vec![0xbf, 0xff],
        vec![0xc0, 0x00],
    ] {
        let options = creation_options(&mia, "security_key").await;
        let mut credential = SecurityKey::new(7).register(&options, ORIGIN);
        edit::write_at(&mut credential, "/response/attestationObject", &bytes);
        let answer = send_registration(&mia, &credential).await;
        assert_eq!(answer.status.as_u16(), 422, "{bytes:02x?}");
    }
}

/// attacks.md row 62: cut off anywhere, or with any byte changed, it is refused or harmless: never a fault.
#[tokio::test]
async fn a_truncated_object_is_refused_at_every_length() {
    let test = TestApp::start().await;
    let mia = test.sign_in("mia").await;
    let options = creation_options(&mia, "security_key").await;
    let honest = SecurityKey::new(7).register(&options, ORIGIN);
    let whole = edit::bytes_at(&honest, "/response/attestationObject");
    for length in (0..whole.len()).step_by(7) {
        let _ = creation_options(&mia, "security_key").await;
        let mut cut = honest.clone();
        edit::write_at(&mut cut, "/response/attestationObject", &whole[..length]);
        assert_eq!(send_registration(&mia, &cut).await.status.as_u16(), 422, "{length} bytes");
    }
}

/// attacks.md row 63: a statement that comes is right, or the key is refused; without a demand its make is
/// only a hint.
#[tokio::test]
async fn a_wrong_attestation_statement_is_refused() {
    refused_one_by_one(
        "security_key",
        &[
            ("none, with a statement", |b| {
                b.attestation = Attestation::Written {
                    format: "none".into(),
                    statement: Cbor::named(vec![("alg", Cbor::Int(-7))]),
                };
            }),
            ("self, one bit off", |b| {
                b.attestation = Attestation::PackedSelf;
                b.signature = Signature::FlippedBit(40);
            }),
            ("self, of another algorithm", |b| {
                b.attestation = Attestation::PackedSelf;
                b.attestation_algorithm = Some(-257);
            }),
            ("self, by another key", |b| {
                b.attestation = Attestation::PackedSelf;
                b.signature = Signature::ByAnotherKey;
            }),
        ],
    )
    .await;
}

#[tokio::test]
async fn every_algorithm_that_is_offered_is_verified() {
    let test = TestApp::start().await;
    let offered =
        creation_options(&test.sign_in("mia").await, "security_key").await["pubKeyCredParams"].clone();
    let numbers: Vec<i64> = offered.as_array().unwrap().iter().map(|p| p["alg"].as_i64().unwrap()).collect();
    for algorithm in Algorithm::ALL.into_iter().filter(|algorithm| numbers.contains(&algorithm.cose())) {
        let test = TestApp::start().await;
        let (mut mia, mut key) = (test.sign_in("mia").await, SecurityKey::new(7).algorithm(algorithm));
        register(&mut mia, &mut key, "security_key").await;
        sign_in(&test, "mia", &mut key).await.expect(200);
    }
    for needed in [-7, -35, -257] {
        assert!(numbers.contains(&needed), "{numbers:?}");
    }
}

/// attacks.md row 61: a raw public key or an older shape is no registration.
#[tokio::test]
async fn what_is_no_registration_is_told_by_field() {
    let test = TestApp::start().await;
    let mia = test.sign_in("mia").await;
    let options = creation_options(&mia, "security_key").await;
    for wrong in [json!({}), json!(null), json!({ "credentialId": "AAAA", "publicKey": "AAAA" })] {
        send_registration(&mia, &wrong).await.refused(422, "validation_failed");
    }
    let mut missing: Value = SecurityKey::new(7).register(&options, ORIGIN);
    edit::remove_at(&mut missing, "/response/attestationObject");
    send_registration(&mia, &missing).await.refused(422, "validation_failed");
}

/// attacks.md row 64: names of transports are hints; what is no such name is not kept.
#[tokio::test]
async fn garbage_in_hints_is_not_repeated() {
    let test = TestApp::start().await;
    let mut mia = test.sign_in("mia").await;
    let options = creation_options(&mia, "security_key").await;
    let credential = SecurityKey::new(7).register_bent(&options, ORIGIN, |b| {
        b.envelope.transports = json!(["usb", "<script>", 7, "x".repeat(500)]);
    });
    let answer = send_registration(&mia, &credential).await.expect(201);
    mia.token = Some(answer.string("token"));
    let listed = mia.get("/api/v1/mfa/webauthn").await.expect(200).json();
    assert_eq!(listed["items"][0]["transports"], json!(["usb"]));
}
