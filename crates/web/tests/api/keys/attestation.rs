//! Organisations that ask keys to prove their make (W3C WebAuthn Level 3 §7.1 steps 21 to 24, §8).

use std::sync::Arc;

use axum::http::Method;
use serde_json::{Value, json};
use twinlock_service::{WebauthnConfig, webauthn::Roots};
use twinlock_testkit::{
    TestApp,
    app::TestSettings,
    security_key::{Attestation, AttestationAuthority, Bent, Leaf, SecurityKey},
};
use uuid::Uuid;

use super::support::*;
use crate::support::audit;

type Bend = fn(&mut Bent);

const SETTINGS: &str = "/api/v1/tenants/demo/settings";
const MAKE: [u8; 16] = *b"make of this key";

fn authority() -> AttestationAuthority {
    AttestationAuthority::new(1)
}

/// A key whose maker the operator trusts.
fn genuine(seed: u64) -> SecurityKey {
    SecurityKey::new(seed).aaguid(MAKE).attested_by(&authority())
}

/// Demo asks for proven makes, with these further settings; the operator trusts one authority.
async fn asking(further: Value) -> TestApp {
    let roots = Roots::from_pem(authority().root_pem().as_bytes()).unwrap();
    let webauthn = WebauthnConfig { attestation_roots: Arc::new(roots), ..WebauthnConfig::default() };
    let test = TestApp::with(TestSettings { webauthn, ..TestSettings::default() }).await;
    let mut body = json!({ "webauthn_attestation": "required" });
    body.as_object_mut().unwrap().extend(further.as_object().cloned().unwrap_or_default());
    test.sign_in("olga").await.patch(SETTINGS, body).await.expect(200);
    test
}

/// Every key of a list is refused with its reason and nothing is enrolled; then a genuine one is accepted.
async fn refused_one_by_one(reason: &str, lies: &[(&str, Bend)]) {
    let test = asking(json!({})).await;
    let mut mia = test.sign_in("mia").await;
    for (what, bend) in lies {
        let options = creation_options(&mia, "security_key").await;
        let credential = genuine(7).register_bent(&options, ORIGIN, bend);
        let answer = send_registration(&mia, &credential).await.refused(422, "invalid_webauthn_response");
        assert!(answer.string("detail").contains(reason), "{what}: {}", answer.json());
    }
    let mfa = mia.get("/api/v1/mfa").await.expect(200).json();
    assert_eq!((&mfa["enabled"], &mfa["methods"]), (&json!(false), &json!([])));
    register(&mut mia, &mut genuine(8), "security_key").await;
}

#[tokio::test]
async fn a_proven_make_is_accepted_and_kept() {
    let test = asking(json!({})).await;
    let mut mia = test.sign_in("mia").await;
    assert_eq!(creation_options(&mia, "security_key").await["attestation"], "direct");
    assert_eq!(creation_options(&mia, "passkey").await["attestation"], "direct");
    let mut key = genuine(7);
    register(&mut mia, &mut key, "security_key").await;
    assert_eq!(test.column("security_keys.attestation").await, [b"packed"]);
    let listed = mia.get("/api/v1/mfa/webauthn").await.expect(200).json();
    assert_eq!(listed["items"][0]["aaguid"], Uuid::from_bytes(MAKE).to_string());
    sign_in(&test, "mia", &mut key).await.expect(200);
}

/// attacks.md row 63: where nobody asks, nothing is asked for, and what a key says of itself is kept as a hint.
#[tokio::test]
async fn without_a_demand_a_make_is_a_hint() {
    let test = TestApp::start().await;
    let mut mia = test.sign_in("mia").await;
    assert_eq!(creation_options(&mia, "security_key").await["attestation"], "none");
    let (mut plain, mut itself) = (genuine(7), SecurityKey::new(8));
    register(&mut mia, &mut plain, "security_key").await;
    let options = creation_options(&mia, "security_key").await;
    let credential = itself.register_bent(&options, ORIGIN, |b| b.attestation = Attestation::PackedSelf);
    send_registration(&mia, &credential).await.expect(201);
    let mut kept = test.column("security_keys.attestation").await;
    kept.sort();
    assert_eq!(kept, [&b"none"[..], b"self"]);
}

/// attacks.md row 63: nothing, the key's own word, or a format nobody reads proves no make.
#[tokio::test]
async fn what_proves_no_make_is_refused() {
    refused_one_by_one(
        "asks for keys that prove their make",
        &[
            ("nothing", |b| b.attestation = Attestation::None),
            ("its own word", |b| b.attestation = Attestation::PackedSelf),
            ("a format nobody reads", |b| b.attestation = Attestation::empty("android-safetynet")),
            ("a U2F key that claims a make", |b| {
                let leaf = Leaf { aaguid: None, ..Leaf::of(MAKE) };
                b.attestation = Attestation::FidoU2f(authority().certify_directly(&leaf));
            }),
        ],
    )
    .await;
}

/// attacks.md row 63: a chain that does not lead to the operator's root today.
#[tokio::test]
async fn a_make_that_no_trusted_authority_vouches_for_is_refused() {
    refused_one_by_one(
        "not vouched for by an authority that this organisation trusts",
        &[
            ("another root", |b| {
                let stranger = AttestationAuthority::new(2).certify(&Leaf::of(MAKE));
                b.attestation = Attestation::Packed(stranger);
            }),
            ("expired", |b| {
                let leaf = Leaf { valid_until: 2022, ..Leaf::of(MAKE) };
                b.attestation = Attestation::Packed(authority().certify(&leaf));
            }),
            ("not yet valid", |b| {
                let leaf = Leaf { valid_from: 2100, ..Leaf::of(MAKE) };
                b.attestation = Attestation::Packed(authority().certify(&leaf));
            }),
            ("an authority as the key", |b| {
                let leaf = Leaf { is_ca: true, ..Leaf::of(MAKE) };
                b.attestation = Attestation::Packed(authority().certify(&leaf));
            }),
            ("a certificate missing", |b| {
                let mut certified = authority().certify(&Leaf::of(MAKE));
                certified.chain.truncate(1);
                b.attestation = Attestation::Packed(certified);
            }),
        ],
    )
    .await;
}

/// attacks.md row 63: a statement that contradicts the key.
#[tokio::test]
async fn a_statement_about_another_key_is_refused() {
    refused_one_by_one(
        "proof of its make is wrong",
        &[
            ("another make in the certificate", |b| {
                b.attestation = Attestation::Packed(authority().certify(&Leaf::of([9; 16])));
            }),
            ("another make in the key", |b| b.authenticator_data.attested().aaguid = [9; 16]),
            ("another unit", |b| {
                let leaf = Leaf { organizational_unit: "Web".into(), ..Leaf::of(MAKE) };
                b.attestation = Attestation::Packed(authority().certify(&leaf));
            }),
            ("the order reversed", |b| {
                let mut certified = authority().certify(&Leaf::of(MAKE));
                certified.chain.reverse();
                b.attestation = Attestation::Packed(certified);
            }),
        ],
    )
    .await;
}

/// attacks.md row 63: a proven make that is not on the list.
#[tokio::test]
async fn a_make_that_is_not_on_the_list_is_refused() {
    let test = asking(json!({ "webauthn_allowed_aaguids": [Uuid::from_bytes(MAKE)] })).await;
    let mut mia = test.sign_in("mia").await;
    let mut other = SecurityKey::new(7).aaguid([9; 16]).attested_by(&authority());
    let options = creation_options(&mia, "security_key").await;
    let credential = other.register(&options, ORIGIN);
    let answer = send_registration(&mia, &credential).await.refused(422, "invalid_webauthn_response");
    assert!(answer.string("detail").contains("make of key is not allowed"), "{}", answer.json());
    assert_eq!(mia.get("/api/v1/mfa").await.expect(200).json()["methods"], json!([]));
    let refusals = audit(&test, &mia).await.into_iter().filter(|(kind, _)| kind == "mfa.setup_refused");
    let reasons: Vec<_> = refusals.map(|(_, detail)| detail["reason"].clone()).collect();
    assert_eq!(reasons, [json!("make_not_allowed")]);
    register(&mut mia, &mut genuine(8), "security_key").await;
}

/// attacks.md row 63: an organisation that asks, on a server whose operator trusts nobody, accepts no key.
#[tokio::test]
async fn without_roots_no_make_is_proven() {
    let test = TestApp::start().await;
    let body = json!({ "webauthn_attestation": "required" });
    test.sign_in("olga").await.patch(SETTINGS, body).await.expect(200);
    let mia = test.sign_in("mia").await;
    let options = creation_options(&mia, "security_key").await;
    let credential = genuine(7).register(&options, ORIGIN);
    send_registration(&mia, &credential).await.refused(422, "invalid_webauthn_response");
    // Another organisation asks nothing.
    let mut other = test.anonymous().sign_in("other", "mia", twinlock_testkit::app::PASSWORD).await;
    register(&mut other, &mut SecurityKey::new(9), "security_key").await;
}

#[tokio::test]
async fn a_list_of_makes_without_proofs_is_refused() {
    let test = TestApp::start().await;
    let olga = test.sign_in("olga").await;
    let list = json!({ "webauthn_allowed_aaguids": [Uuid::from_bytes(MAKE)] });
    let answer = olga.patch(SETTINGS, list).await.refused(422, "validation_failed");
    assert_eq!(answer.json()["errors"][0]["field"], "webauthn_allowed_aaguids");
    let settings = olga.get(SETTINGS).await.expect(200).json();
    assert_eq!((&settings["webauthn_allowed_aaguids"], &settings["version"]), (&json!([]), &json!(1)));
}

/// attacks.md row 63: what the organisation asks for when the key comes decides, whatever it asked for when the options
/// were given, and whatever the node remembers of it.
#[tokio::test]
async fn a_demand_that_changes_under_a_registration_is_judged_as_it_is_now() {
    let test = asking(json!({})).await;
    let node = test.second_node().await;
    let (olga, mia) = (test.sign_in("olga").await, test.sign_in("mia").await);
    let demand = async |attestation: &str| {
        olga.patch(SETTINGS, json!({ "webauthn_attestation": attestation })).await.expect(200);
    };
    let register = async |key: &mut SecurityKey, before: &str, after: &str| {
        demand(before).await;
        let options = creation_options(&mia, "security_key").await;
        // The node has just seen this demand, and believes what it remembers for a second.
        test.clock.advance_secs(2);
        node.send(mia.request(&Method::GET, "/api/v1/auth/session", "", "")).await.expect(200);
        demand(after).await;
        let credential = key.register(&options, ORIGIN);
        let body = json!({ "name": "Blue", "credential": credential, "codes_saved": true });
        let path = "/api/v1/mfa/webauthn/register";
        node.send(mia.request(&Method::POST, path, "application/json", body.to_string())).await
    };
    let refused = register(&mut SecurityKey::new(3), "none", "required").await;
    refused.refused(422, "invalid_webauthn_response");
    assert_eq!(mia.get("/api/v1/mfa").await.expect(200).json()["enabled"], false);
    register(&mut SecurityKey::new(4), "required", "none").await.expect(201);
}
