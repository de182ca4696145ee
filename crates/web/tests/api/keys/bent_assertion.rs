//! Assertions with exactly one thing wrong: each step of W3C WebAuthn Level 3 §7.2 refuses, and nothing
//! changes. One answer for every reason.

use serde_json::{Value, json};
use twinlock_testkit::{
    Caller, TestApp,
    security_key::{Algorithm, Bent, Cbor, SecurityKey, Signature, flag, json as edit},
};

use super::support::*;

type Bend = fn(&mut Bent);
type Edit = fn(&mut Value);

/// Every lie of a list is refused at the second step with one and the same answer; then the honest key
/// still opens, and its counter is where it was.
async fn refused_one_by_one(lies: &[(&str, Bend)]) {
    let test = TestApp::start().await;
    let (_, mut key) = with_key(&test, "mia").await;
    for (what, bend) in lies {
        let answer = sign_in_bent(&test, "mia", &mut key, bend).await;
        assert_eq!(
            (answer.status.as_u16(), answer.string("code").as_str()),
            (401, "invalid_webauthn_response"),
            "{what}"
        );
        assert!(answer.json().get("token").is_none(), "{what}");
    }
    sign_in(&test, "mia", &mut key).await.expect(200);
}

/// attacks.md row 53: type, origin and framing, as the browser tells them (§7.2 steps 10 to 14).
#[tokio::test]
async fn what_the_browser_says_must_fit() {
    refused_one_by_one(&[
        ("type of a registration", |b| b.client_data.set("type", "webauthn.create")),
        ("another type", |b| b.client_data.set("type", "webauthn.get ")),
        ("no type", |b| b.client_data.remove("type")),
        ("https", |b| b.client_data.set("origin", "https://localhost:8080")),
        ("another port", |b| b.client_data.set("origin", "http://localhost:8081")),
        ("no port", |b| b.client_data.set("origin", "http://localhost")),
        ("a sub-domain", |b| b.client_data.set("origin", "http://a.localhost:8080")),
        ("a suffix", |b| b.client_data.set("origin", "http://evillocalhost:8080")),
        ("a prefix", |b| b.client_data.set("origin", "http://localhost:8080.evil.example")),
        ("a trailing dot", |b| b.client_data.set("origin", "http://localhost.:8080")),
        ("upper case", |b| b.client_data.set("origin", "http://LOCALHOST:8080")),
        ("a trailing slash", |b| b.client_data.set("origin", "http://localhost:8080/")),
        ("null", |b| b.client_data.set("origin", "null")),
        ("an app", |b| b.client_data.set("origin", "android:apk-key-hash:AAAA")),
        ("no origin", |b| b.client_data.remove("origin")),
        ("inside another site", |b| b.client_data.set("crossOrigin", true)),
        ("a site around it", |b| b.client_data.set("topOrigin", "http://localhost:8080")),
        ("not inside, yet a site around it", |b| {
            b.client_data.set("crossOrigin", false);
            b.client_data.set("topOrigin", "https://evil.example");
        }),
    ])
    .await;
}

/// attacks.md row 54: the challenge is the one that was given, byte by byte (§7.2 step 11).
#[tokio::test]
async fn the_challenge_must_be_the_one_that_was_given() {
    refused_one_by_one(&[
        ("another", |b| b.client_data.set_challenge(&[7; 32])),
        ("empty", |b| b.client_data.set("challenge", "")),
        ("none", |b| b.client_data.remove("challenge")),
        ("shorter", |b| {
            let text = b.client_data.text();
            let at = text.find("\"challenge\":\"").unwrap() + 13;
            let short = format!("{}{}", &text[..at + 20], &text[at + 43..]);
            b.client_data.write(short);
        }),
        ("padded", |b| {
            let text = b.client_data.text();
            let at = text.find("\"challenge\":\"").unwrap() + 13 + 43;
            b.client_data.write(format!("{}={}", &text[..at], &text[at..]));
        }),
        ("twice", |b| b.client_data.repeat("challenge", "AAAA")),
    ])
    .await;
}

/// attacks.md row 53: the relying party is this one (§7.2 step 15).
#[tokio::test]
async fn the_relying_party_must_be_this_one() {
    refused_one_by_one(&[
        ("another", |b| b.authenticator_data.set_rp_id("evil.example")),
        ("a sub-domain", |b| b.authenticator_data.set_rp_id("a.localhost")),
        ("the origin", |b| b.authenticator_data.set_rp_id("http://localhost:8080")),
        ("zeros", |b| b.authenticator_data.rp_id_hash = vec![0; 32]),
        ("cut off", |b| b.authenticator_data.rp_id_hash.truncate(31)),
    ])
    .await;
}

/// attacks.md row 57: presence always; the backup flags agree with each other and with the registration
/// (§7.2 steps 16, 18 to 20); what flags announce is there.
#[tokio::test]
async fn flags_must_be_right() {
    refused_one_by_one(&[
        ("nobody there", |b| b.authenticator_data.clear(flag::USER_PRESENT)),
        ("verified but not there", |b| {
            b.authenticator_data.clear(flag::USER_PRESENT);
            b.authenticator_data.set(flag::USER_VERIFIED);
        }),
        ("backed up, not eligible", |b| b.authenticator_data.set(flag::BACKED_UP)),
        ("eligible since today", |b| b.authenticator_data.set(flag::BACKUP_ELIGIBLE)),
        ("a credential that is not there", |b| b.authenticator_data.set(flag::ATTESTED)),
        ("extensions that are not there", |b| b.authenticator_data.set(flag::EXTENSIONS)),
    ])
    .await;
}

/// attacks.md row 61: a signature is made by the registered key, over exactly this (§7.2 steps 19 to 21).
#[tokio::test]
async fn the_signature_must_be_right() {
    refused_one_by_one(&[
        ("one bit off", |b| b.signature = Signature::FlippedBit(40)),
        ("empty", |b| b.signature = Signature::Written(vec![])),
        ("zeros", |b| b.signature = Signature::Written(vec![0; 70])),
        ("not DER", |b| b.signature = Signature::Written(vec![1; 64])),
        ("IEEE P1363", |b| b.signature = Signature::P1363),
        ("bytes behind it", |b| b.signature = Signature::Trailing(vec![0])),
        ("by another algorithm", |b| b.signature = Signature::ByAlgorithm(Algorithm::EdDsa)),
        ("by another key", |b| b.signature = Signature::ByAnotherKey),
        ("over other data", |b| b.signature = Signature::OfOtherData),
    ])
    .await;
}

/// attacks.md row 62: authenticator data that is not what it says.
#[tokio::test]
async fn authenticator_data_is_read_to_its_last_byte() {
    refused_one_by_one(&[
        ("empty", |b| b.authenticator_data.raw = Some(vec![])),
        ("36 bytes", |b| b.authenticator_data.raw = Some(vec![0; 36])),
        ("flags only", |b| b.authenticator_data.raw = Some(vec![1])),
        ("more behind it", |b| b.authenticator_data.trailing = vec![0]),
        ("extensions that are no map", |b| b.authenticator_data.set_extensions(Cbor::Int(1))),
    ])
    .await;
}

/// attacks.md row 64: what is unknown but harmless is accepted: members, extensions, order.
#[tokio::test]
async fn additions_that_mean_nothing_here_are_accepted() {
    let test = TestApp::start().await;
    let (_, mut key) = with_key(&test, "mia").await;
    let additions: [(&str, Bend); 4] = [
        ("an unknown member", |b| b.client_data.set("extraData", "text")),
        ("a reordered one", |b| b.client_data.members.reverse()),
        ("unsolicited results", |b| {
            b.envelope.extension_results = json!({ "appid": true, "prf": { "enabled": true } });
        }),
        ("reserved bits", |b| b.authenticator_data.set(flag::RESERVED_1)),
    ];
    for (what, bend) in additions {
        let answer = sign_in_bent(&test, "mia", &mut key, bend).await;
        assert_eq!(answer.status.as_u16(), 200, "{what}: {}", answer.json());
    }
}

/// attacks.md row 56: the credential is one of this person's, and the handle, where one comes, is theirs
/// (§7.2 steps 5 and 6).
#[tokio::test]
async fn somebody_elses_key_opens_nothing() {
    let test = TestApp::start().await;
    let (_, mut mias) = with_key(&test, "mia").await;
    let (mut bob, mut bobs) = (test.sign_in("bob").await, SecurityKey::new(70));
    register(&mut bob, &mut bobs, "security_key").await;
    let token = pending(&test, "mia").await;
    let options = request_options(&test, &token).await;
    let by_bob = bobs.authenticate_bent(&options, ORIGIN, |_| {});
    send_assertion(&test, &token, &by_bob).await.refused(401, "invalid_webauthn_response");
    // Mia's credential id, signed by Bob's key.
    let id = mias.credential_id();
    let token = pending(&test, "mia").await;
    let options = request_options(&test, &token).await;
    let forged = bobs.authenticate_bent(&options, ORIGIN, |b| b.envelope.set_id(&id));
    send_assertion(&test, &token, &forged).await.refused(401, "invalid_webauthn_response");
    for handle in [vec![], vec![9; 16]] {
        let answer =
            sign_in_bent(&test, "mia", &mut mias, |b| b.envelope.user_handle = Some(handle.clone())).await;
        answer.refused(401, "invalid_webauthn_response");
    }
    sign_in(&test, "mia", &mut mias).await.expect(200);
}

/// attacks.md row 56: a key that was removed opens nothing, though the options named it.
#[tokio::test]
async fn a_removed_key_opens_nothing() {
    let test = TestApp::start().await;
    let (mut mia, mut first) = with_key(&test, "mia").await;
    let removed = mia.get("/api/v1/mfa/webauthn").await.expect(200).json()["items"][0]["id"].clone();
    register(&mut mia, &mut SecurityKey::new(9), "security_key").await;
    mia.delete(&format!("/api/v1/mfa/methods/{}", removed.as_str().unwrap())).await.expect(200);
    let token = pending(&test, "mia").await;
    let options = request_options(&test, &token).await;
    assert_eq!(options["allowCredentials"].as_array().unwrap().len(), 1);
    let credential = first.authenticate_bent(&options, ORIGIN, |_| {});
    send_assertion(&test, &token, &credential).await.refused(401, "invalid_webauthn_response");
}

/// attacks.md row 61: a body of another shape is 422 by its field, and uses nothing up.
#[tokio::test]
async fn what_is_no_assertion_is_told_by_field_and_uses_nothing_up() {
    let test = TestApp::start().await;
    let (_, mut key) = with_key(&test, "mia").await;
    let token = pending(&test, "mia").await;
    let options = request_options(&test, &token).await;
    let good = key.authenticate(&options, ORIGIN);
    let edits: [(&str, Edit); 9] = [
        ("credential.response.signature", |c| edit::remove_at(c, "/response/signature")),
        ("credential.response.authenticatorData", |c| edit::remove_at(c, "/response/authenticatorData")),
        ("credential.response.clientDataJSON", |c| c["response"]["clientDataJSON"] = json!(7)),
        ("credential.response.signature", |c| c["response"]["signature"] = json!("A=")),
        ("credential.response.signature", |c| c["response"]["signature"] = json!("+/+/")),
        ("credential.response", |c| c["response"] = json!([])),
        ("credential.rawId", |c| c["rawId"] = json!("AAAA")),
        ("credential.type", |c| c["type"] = json!("password")),
        ("credential.id", |c| c["id"] = json!("")),
    ];
    for (field, change) in edits {
        let mut bad = good.clone();
        change(&mut bad);
        let answer = send_assertion(&test, &token, &bad).await.refused(422, "validation_failed");
        assert_eq!(answer.json()["errors"][0]["field"], field);
    }
    for wrong in [json!({}), json!([]), json!("text"), json!({ "credentialId": "AAAA", "challenge": "AAAA" })]
    {
        send_assertion(&test, &token, &wrong).await.refused(422, "validation_failed");
    }
    send_assertion(&test, &token, &good).await.expect(200);
}

/// attacks.md row 57: where the organisation requires it, a key that only saw a touch is refused (§7.2
/// step 17), whatever the client asked of it.
#[tokio::test]
async fn verification_is_judged_by_what_the_organisation_requires() {
    let test = TestApp::start().await;
    let (_, mut key) = with_key(&test, "mia").await;
    require_verification(&test).await;
    let token = pending(&test, "mia").await;
    let options = request_options(&test, &token).await;
    assert_eq!(options["userVerification"], "required");
    let touched =
        key.authenticate_bent(&options, ORIGIN, |b| b.authenticator_data.clear(flag::USER_VERIFIED));
    send_assertion(&test, &token, &touched).await.refused(401, "invalid_webauthn_response");
}

async fn require_verification(test: &TestApp) {
    let olga: Caller<'_> = test.sign_in("olga").await;
    let body = json!({ "user_verification": "required" });
    olga.patch("/api/v1/tenants/demo/settings", body).await.expect(200);
}
