//! What a ceremony is held to besides its signature: browser, organisation's rules, server's name, and
//! that what was refused is spent.

use axum::http::Method;
use serde_json::{Value, json};
use twinlock_service::{
    Channel, WebauthnConfig,
    login::{LoginError, Target},
    security_keys::passkey,
};
use twinlock_testkit::{
    TestApp, TestSettings,
    app::PASSWORD,
    security_key::{SecurityKey, Signature, flag},
};

use super::support::*;

/// attacks.md row 55: the challenge that one browser's page asked for is nothing in another, nor in the API.
#[tokio::test]
async fn a_pages_challenge_belongs_to_its_browser() {
    let test = TestApp::start().await;
    let (_, mut key) = with_passkey(&test, "mia").await;
    let answered = async |key: &mut SecurityKey, browser: Option<&str>| {
        let asked = passkey::options(&test.app, &somebody(), "demo", Some("this browser")).await.unwrap();
        let credential = key.authenticate(&asked, ORIGIN);
        let target = Target { channel: Channel::Browser, browser };
        passkey::sign_in(&test.app, &somebody(), &credential, target).await
    };
    for other in [None, Some("another browser"), Some("")] {
        let answer = answered(&mut key, other).await;
        assert!(matches!(answer, Err(LoginError::KeyRefused)), "{other:?}");
    }
    answered(&mut key, Some("this browser")).await.unwrap();
    // And the other way round.
    let options = passkey_options(&test).await;
    let credential = key.authenticate(&options, ORIGIN);
    let target = Target { channel: Channel::Browser, browser: Some("this browser") };
    let answer = passkey::sign_in(&test.app, &somebody(), &credential, target).await;
    assert!(matches!(answer, Err(LoginError::KeyRefused)));
}

/// attacks.md row 37: whoever knows no password makes nobody wait.
#[tokio::test]
async fn refused_passkeys_do_not_make_their_owners_codes_wait() {
    let test = TestApp::start().await;
    let (mut mia, mut key) = with_passkey(&test, "mia").await;
    let phone = mia.enrol().await;
    for _ in 0..12 {
        let options = passkey_options(&test).await;
        // Signed correctly, and not enough.
        let credential = key
            .authenticate_bent(&options, ORIGIN, |bent| bent.authenticator_data.clear(flag::USER_VERIFIED));
        send_passkey(&test, &credential).await.refused(401, "invalid_webauthn_response");
    }
    let code = phone.next_code();
    test.anonymous().login("demo", "mia", PASSWORD, Some(&code)).await.expect(200);
}

/// attacks.md row 57: step-up asks what the organisation requires, too.
#[tokio::test]
async fn verification_is_required_at_step_up_as_well() {
    let test = TestApp::start().await;
    let (mia, mut key) = with_key(&test, "mia").await;
    let body = json!({ "user_verification": "required" });
    test.sign_in("olga").await.patch("/api/v1/tenants/demo/settings", body).await.expect(200);
    let options = mia.post("/api/v1/auth/step-up/options", json!({})).await.expect(200).json();
    assert_eq!(options["publicKey"]["userVerification"], "required");
    let touched = key.authenticate_bent(&options["publicKey"], ORIGIN, |_| {});
    let answer = mia.post("/api/v1/auth/step-up", json!({ "credential": touched })).await;
    answer.refused(401, "invalid_webauthn_response");
}

/// attacks.md row 54: a challenge is spent by its first answer, good or bad, in every ceremony.
#[tokio::test]
async fn a_refused_answer_spends_the_challenge() {
    let test = TestApp::start().await;
    let (mia, mut key) = with_passkey(&test, "mia").await;

    let options = passkey_options(&test).await;
    let bad = key.authenticate_bent(&options, ORIGIN, |bent| bent.signature = Signature::FlippedBit(40));
    send_passkey(&test, &bad).await.refused(401, "invalid_webauthn_response");
    let good = key.authenticate(&options, ORIGIN);
    send_passkey(&test, &good).await.refused(401, "invalid_webauthn_response");

    let step_up = async |credential: &Value| {
        mia.post("/api/v1/auth/step-up", json!({ "credential": credential })).await
    };
    let options = mia.post("/api/v1/auth/step-up/options", json!({})).await.expect(200).json();
    let options = &options["publicKey"];
    let bad = key.authenticate_bent(options, ORIGIN, |bent| bent.signature = Signature::FlippedBit(40));
    step_up(&bad).await.refused(401, "invalid_webauthn_response");
    step_up(&key.authenticate(options, ORIGIN)).await.refused(401, "invalid_webauthn_response");

    let options = creation_options(&mia, "security_key").await;
    let bad = SecurityKey::new(9).register_bent(&options, ORIGIN, |b| b.client_data.set("origin", "null"));
    send_registration(&mia, &bad).await.refused(422, "invalid_webauthn_response");
    let good = SecurityKey::new(9).register(&options, ORIGIN);
    send_registration(&mia, &good).await.refused(422, "invalid_webauthn_response");
}

/// attacks.md row 54: one registration challenge, one key (CVE-2022-42731), also where the key was taken.
#[tokio::test]
async fn one_registration_challenge_adds_one_key() {
    let test = TestApp::start().await;
    let mut mia = test.sign_in("mia").await;
    let options = creation_options(&mia, "security_key").await;
    let mut key = SecurityKey::new(9);
    let first = key.register(&options, ORIGIN);
    let answer = send_registration(&mia, &first).await.expect(201);
    mia.token = Some(answer.string("token"));
    let second = SecurityKey::new(10).register(&options, ORIGIN);
    send_registration(&mia, &second).await.refused(422, "invalid_webauthn_response");

    let options = creation_options(&mia, "security_key").await;
    let id = key.credential_id();
    let taken = SecurityKey::new(11).register_bent(&options, ORIGIN, |bent| {
        bent.authenticator_data.attested().id = id.clone();
        bent.envelope.set_id(&id);
    });
    send_registration(&mia, &taken).await.refused(409, "conflict");
    let fresh = SecurityKey::new(12).register(&options, ORIGIN);
    send_registration(&mia, &fresh).await.refused(422, "invalid_webauthn_response");
    let listed = mia.get("/api/v1/mfa/webauthn").await.expect(200).json();
    assert_eq!(listed["items"].as_array().unwrap().len(), 1);
}

/// attacks.md row 54: a registration is open for five minutes, too.
#[tokio::test]
async fn a_registration_ends_after_five_minutes() {
    let test = TestApp::start().await;
    let mia = test.sign_in("mia").await;
    for (secs, status) in [(300, 422), (299, 201)] {
        let options = creation_options(&mia, "security_key").await;
        let credential = SecurityKey::new(9).register(&options, ORIGIN);
        test.clock.advance_secs(secs);
        send_registration(&mia, &credential).await.expect(status);
    }
}

/// attacks.md row 53: a credential of the server's former name is shown as such, asked nowhere, and opens
/// nothing, whatever it signs.
#[tokio::test]
async fn a_key_of_another_name_of_the_server_opens_nothing() {
    const ELSEWHERE: &str = "https://keys.example";
    let test = TestApp::start().await;
    let (mut mia, mut key) = (test.sign_in("mia").await, SecurityKey::platform(8));
    let codes = register(&mut mia, &mut key, "passkey").await["backup_codes"].clone();
    let node = test.node_with(TestSettings { public_url: ELSEWHERE.into(), ..TestSettings::default() }).await;
    let caller = test.anonymous().with_header("host", "keys.example");
    let post = async |path: &str, body: Value| {
        node.send(caller.request(&Method::POST, path, "application/json", body.to_string())).await
    };
    let options = post("/api/v1/auth/passkey/options", json!({ "tenant_id": "demo" })).await.expect(200);
    let options = options.json()["publicKey"].clone();
    assert_eq!(options["rpId"], "keys.example");
    let forged = key.authenticate_bent(&options, ELSEWHERE, |_| {});
    let answer = post("/api/v1/auth/passkey", json!({ "credential": forged })).await;
    answer.refused(401, "invalid_webauthn_response");

    let login = json!({ "username": "mia", "password": PASSWORD, "tenant_id": "demo" });
    let first = post("/api/v1/auth/login", login).await.expect(200).json();
    assert_eq!(first["methods"], json!(["recovery_code"]));
    let token = &first["mfa_token"];
    let asked = post("/api/v1/auth/mfa/webauthn/options", json!({ "mfa_token": token })).await;
    asked.refused(409, "mfa_not_enabled");
    let done =
        post("/api/v1/auth/mfa", json!({ "mfa_token": token, "mfa_code": codes[0] })).await.expect(200);
    let mia = caller.clone().with_token(&done.string("token"));
    let list = mia.request(&Method::GET, "/api/v1/mfa/webauthn", "", "");
    let listed = node.send(list).await.expect(200).json();
    assert_eq!(
        (&listed["items"][0]["rp_id"], &listed["items"][0]["usable"]),
        (&json!("localhost"), &json!(false))
    );
}

/// attacks.md row 53: the operator's further origins are believed like the server's own, and no other is.
#[tokio::test]
async fn an_answer_may_come_from_an_origin_that_the_operator_lists() {
    const FURTHER: &str = "http://localhost:9090";
    let webauthn = WebauthnConfig { further_origins: vec![FURTHER.into()], ..WebauthnConfig::default() };
    let test = TestApp::with(TestSettings { webauthn, ..TestSettings::default() }).await;
    let (mia, mut key) = (test.sign_in("mia").await, SecurityKey::platform(8));
    let elsewhere = key.register(&creation_options(&mia, "passkey").await, "http://localhost:9091");
    send_registration(&mia, &elsewhere).await.refused(422, "invalid_webauthn_response");
    let listed = key.register(&creation_options(&mia, "passkey").await, FURTHER);
    send_registration(&mia, &listed).await.expect(201);
    for (origin, status) in [(FURTHER, 200), (ORIGIN, 200), ("http://localhost:9091", 401)] {
        let credential = key.authenticate(&passkey_options(&test).await, origin);
        assert_eq!(send_passkey(&test, &credential).await.status, status, "{origin}");
    }
}
