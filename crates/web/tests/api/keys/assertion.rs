//! The second step by key.

use serde_json::json;
use twinlock_testkit::{
    TestApp,
    app::PASSWORD,
    security_key::{SecurityKey, Signature},
};

use super::support::*;

#[tokio::test]
async fn a_password_and_a_key_open_both_locks() {
    let test = TestApp::start().await;
    let (_, mut key) = with_key(&test, "mia").await;
    let first = test.anonymous().login("demo", "mia", PASSWORD, None).await.expect(200).json();
    assert_eq!(
        (&first["methods"], &first["preferred"]),
        (&json!(["webauthn", "recovery_code"]), &json!("webauthn"))
    );
    let done = sign_in(&test, "mia", &mut key).await.expect(200);
    let mia = test.anonymous().with_token(&done.string("token"));
    let session = mia.get("/api/v1/auth/session").await.expect(200).json();
    assert_eq!(session["session"]["amr"], json!(["pwd", "hwk", "user", "mfa"]));
}

/// Both factors: the key is asked first, the app opens as well; the person may choose otherwise.
#[tokio::test]
async fn either_factor_opens_and_the_person_chooses_which_is_asked_first() {
    let test = TestApp::start().await;
    let (mut mia, mut key) = with_key(&test, "mia").await;
    let phone = mia.enrol().await;
    let first = test.anonymous().login("demo", "mia", PASSWORD, None).await.expect(200).json();
    assert_eq!(first["methods"], json!(["webauthn", "totp", "recovery_code"]));
    assert_eq!(first["preferred"], "webauthn");
    sign_in(&test, "mia", &mut key).await.expect(200);
    let code = phone.next_code();
    test.anonymous().login("demo", "mia", PASSWORD, Some(&code)).await.expect(200);
    let body = json!({ "method": "totp" });
    let chosen = mia.call(axum::http::Method::PUT, "/api/v1/mfa/preferred", &body).await.expect(200).json();
    assert_eq!(chosen, body);
    let first = test.anonymous().login("demo", "mia", PASSWORD, None).await.expect(200).json();
    assert_eq!((&first["preferred"], &first["methods"][0]), (&json!("totp"), &json!("webauthn")));
}

/// What the session proved is what the key showed.
#[tokio::test]
async fn the_level_is_what_the_key_showed() {
    let keys: [(SecurityKey, &str, &str); 4] = [
        (SecurityKey::new(1), "aal2", "hwk"),
        (SecurityKey::new(2).verifying_user(true), "aal3", "hwk"),
        (SecurityKey::platform(3), "aal3", "hwk"),
        (SecurityKey::synced(4), "aal2", "swk"),
    ];
    for (mut key, acr, amr) in keys {
        let test = TestApp::start().await;
        let mut mia = test.sign_in("mia").await;
        register(&mut mia, &mut key, "security_key").await;
        let done = sign_in(&test, "mia", &mut key).await.expect(200);
        let mia = test.anonymous().with_token(&done.string("token"));
        let session = mia.get("/api/v1/auth/session").await.expect(200).json();
        assert_eq!(session["session"]["acr"], acr);
        assert_eq!(session["session"]["amr"], json!(["pwd", amr, "user", "mfa"]));
    }
}

/// attacks.md row 57: a key that verified nobody when it was registered gains nothing by verifying now.
#[tokio::test]
async fn a_pin_set_after_registration_raises_nothing() {
    let test = TestApp::start().await;
    let (mut mia, mut key) = (test.sign_in("mia").await, SecurityKey::new(7));
    register(&mut mia, &mut key, "security_key").await;
    let mut key = key.verifying_user(true);
    let done = sign_in(&test, "mia", &mut key).await.expect(200);
    let mia = test.anonymous().with_token(&done.string("token"));
    let session = mia.get("/api/v1/auth/session").await.expect(200).json();
    assert_eq!(session["session"]["acr"], "aal2");
}

/// attacks.md row 61: failed assertions close neither the key nor codes; wrong codes are forgiven by a good one.
#[tokio::test]
async fn failures_of_a_key_close_neither_the_key_nor_codes() {
    let test = TestApp::start().await;
    let (mut mia, mut key) = with_key(&test, "mia").await;
    let phone = mia.enrol().await;
    for _ in 0..6 {
        let answer = sign_in_bent(&test, "mia", &mut key, |b| b.signature = Signature::FlippedBit(40)).await;
        answer.refused(401, "invalid_webauthn_response");
    }
    let code = phone.next_code();
    for n in 0..5 {
        let wrong = phone.wrong_code(n);
        test.anonymous().login("demo", "mia", PASSWORD, Some(&wrong)).await.refused(401, "invalid_mfa_code");
    }
    test.anonymous().login("demo", "mia", PASSWORD, Some(&code)).await.refused(429, "too_many_attempts");
    sign_in(&test, "mia", &mut key).await.expect(200);
    test.anonymous().login("demo", "mia", PASSWORD, Some(&code)).await.expect(200);
}

/// attacks.md row 61: P-256 signatures may have either half of `s`; WebAuthn asks for neither.
#[tokio::test]
async fn both_halves_of_a_signature_are_valid() {
    let test = TestApp::start().await;
    let (_, mut key) = with_key(&test, "mia").await;
    for form in [Signature::HighS, Signature::LowS] {
        sign_in_bent(&test, "mia", &mut key, |bent| bent.signature = form).await.expect(200);
    }
}

/// A suspended account looks like any refusal.
#[tokio::test]
async fn a_key_of_a_suspended_account_opens_nothing() {
    let test = TestApp::start().await;
    let (_, mut key) = with_passkey(&test, "mia").await;
    let token = pending(&test, "mia").await;
    let options = request_options(&test, &token).await;
    let credential = key.authenticate(&options, ORIGIN);
    twinlock_service::admin::suspend(&test.app, "demo", "mia").await.unwrap();
    send_assertion(&test, &token, &credential).await.refused(401, "mfa_token_invalid");
    let options = passkey_options(&test).await;
    let credential = key.authenticate(&options, ORIGIN);
    send_passkey(&test, &credential).await.refused(401, "invalid_webauthn_response");
}
