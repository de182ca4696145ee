//! Keys after they were registered: names, removal, who may, and what ends.

use axum::http::Method;
use serde_json::json;
use twinlock_testkit::{Caller, TestApp, app::PASSWORD, security_key::SecurityKey};

use super::support::*;

async fn key_ids(caller: &Caller<'_>) -> Vec<String> {
    let listed = caller.get("/api/v1/mfa/webauthn").await.expect(200).json();
    listed["items"].as_array().unwrap().iter().map(|key| key["id"].as_str().unwrap().to_owned()).collect()
}

/// attacks.md row 59: one credential, one account, for good.
#[tokio::test]
async fn a_credential_is_registered_once_anywhere() {
    let test = TestApp::start().await;
    let (mia, mut key) = with_key(&test, "mia").await;
    let options = creation_options(&mia, "security_key").await;
    assert_eq!(options["excludeCredentials"].as_array().unwrap().len(), 1);
    let id = key.credential_id();
    for caller in
        [&mia, &test.sign_in("bob").await, &test.anonymous().sign_in("other", "mia", PASSWORD).await]
    {
        let options = creation_options(caller, "security_key").await;
        let mut own = SecurityKey::new(70);
        let credential = own.register_bent(&options, ORIGIN, |bent| {
            bent.authenticator_data.attested().id = id.clone();
            bent.envelope.set_id(&id);
        });
        send_registration(caller, &credential).await.refused(409, "conflict");
    }
    sign_in(&test, "mia", &mut key).await.expect(200);
    test.sign_in("bob").await;
}

/// attacks.md row 59: handles are random and say nothing; no two people share one.
#[tokio::test]
async fn a_user_handle_says_nothing_and_is_nobody_elses() {
    let test = TestApp::start().await;
    let mut seen = vec![];
    for caller in [test.sign_in("mia").await, test.sign_in("bob").await] {
        let id = caller.get("/api/v1/auth/session").await.json()["user"]["id"].clone();
        let first = creation_options(&caller, "passkey").await["user"]["id"].clone();
        assert_eq!(creation_options(&caller, "passkey").await["user"]["id"], first);
        assert_ne!(first, id);
        seen.push(first);
    }
    assert_ne!(seen[0], seen[1]);
}

/// attacks.md row 24: adding and renaming need a fresh proof of a factor.
/// attacks.md row 29: so does removing.
#[tokio::test]
async fn keys_are_not_touched_without_a_fresh_proof() {
    let test = TestApp::start().await;
    let (mut mia, mut key) = with_key(&test, "mia").await;
    register(&mut mia, &mut SecurityKey::new(9), "security_key").await;
    test.clock.advance_secs(601);
    let id = key_ids(&mia).await.remove(0);
    let path = format!("/api/v1/mfa/methods/{id}");
    let refused = mia.post("/api/v1/mfa/webauthn/register/options", json!({})).await;
    let refused = refused.refused(403, "step_up_required");
    assert_eq!(refused.json()["methods"], json!(["webauthn", "recovery_code"]));
    mia.patch(&path, json!({ "name": "Green" })).await.refused(403, "step_up_required");
    mia.delete(&path).await.refused(403, "step_up_required");
    mia.post("/api/v1/mfa/disable", json!({})).await.refused(403, "step_up_required");
    let by_password = mia.post("/api/v1/auth/step-up", json!({ "password": PASSWORD })).await;
    by_password.refused(403, "step_up_required");

    let options = mia.post("/api/v1/auth/step-up/options", json!({})).await.expect(200).json();
    let credential = key.authenticate(&options["publicKey"], ORIGIN);
    let fresh = mia.post("/api/v1/auth/step-up", json!({ "credential": credential })).await.expect(200);
    mia.token = Some(fresh.string("token"));
    mia.patch(&path, json!({ "name": "Green" })).await.expect(200);
    let removed = mia.delete(&path).await.expect(200);
    assert_eq!(removed.json()["enabled"], true);
}

/// attacks.md row 29: nobody touches another's key, by any id.
#[tokio::test]
async fn another_persons_key_does_not_exist() {
    let test = TestApp::start().await;
    let (mia, _) = with_key(&test, "mia").await;
    let (mut bob, mut bobs) = (test.sign_in("bob").await, SecurityKey::new(70));
    register(&mut bob, &mut bobs, "security_key").await;
    let path = format!("/api/v1/mfa/methods/{}", key_ids(&mia).await[0]);
    bob.patch(&path, json!({ "name": "Mine" })).await.refused(404, "not_found");
    bob.delete(&path).await.refused(404, "not_found");
    assert_eq!(key_ids(&mia).await.len(), 1);
}

/// Removing the last key is switching off: codes and other sessions go with it.
#[tokio::test]
async fn removing_the_last_key_switches_off() {
    let test = TestApp::start().await;
    let (mut mia, _) = with_key(&test, "mia").await;
    let id = key_ids(&mia).await.remove(0);
    let removed = mia.delete(&format!("/api/v1/mfa/methods/{id}")).await.expect(200);
    assert_eq!(removed.json()["enabled"], false);
    mia.token = Some(removed.string("token"));
    let mfa = mia.get("/api/v1/mfa").await.expect(200).json();
    assert_eq!((&mfa["enabled"], &mfa["recovery_codes_remaining"]), (&json!(false), &json!(0)));
    test.sign_in("mia").await;
}

/// attacks.md row 31: a reset takes keys, challenges and sessions, too.
#[tokio::test]
async fn a_reset_takes_the_keys_and_what_they_were_asked() {
    let test = TestApp::start().await;
    let (mia, mut key) = with_passkey(&test, "mia").await;
    let token = pending(&test, "mia").await;
    let options = request_options(&test, &token).await;
    let passwordless = passkey_options(&test).await;
    let second = key.authenticate(&options, ORIGIN);
    let alone = key.authenticate(&passwordless, ORIGIN);
    twinlock_service::admin::reset_mfa(&test.app, "demo", "mia").await.unwrap();
    send_assertion(&test, &token, &second).await.refused(401, "mfa_token_invalid");
    send_passkey(&test, &alone).await.refused(401, "invalid_webauthn_response");
    mia.get("/api/v1/auth/session").await.refused(401, "unauthenticated");
    let mia = test.sign_in("mia").await;
    assert!(key_ids(&mia).await.is_empty());
}

/// A key enrolled on the word of a recovery code opens no more than that code for a day.
#[tokio::test]
async fn a_key_enrolled_on_a_recovery_code_is_limited_for_a_day() {
    let test = TestApp::start().await;
    let (_, phone) = test.enrolled("olga").await;
    let mut olga = test.anonymous().sign_in_with_code("olga", &phone.recovery_codes[0]).await;
    let mut key = SecurityKey::new(9);
    register(&mut olga, &mut key, "security_key").await;
    let settings = json!({ "totp_enrollment_codes": 2 });
    let administer = async |token: &str| {
        test.anonymous().with_token(token).patch("/api/v1/tenants/demo/settings", settings.clone()).await
    };
    let done = sign_in(&test, "olga", &mut key).await.expect(200);
    administer(&done.string("token")).await.refused(403, "step_up_required");
    test.clock.advance_secs(24 * 3600 + 1);
    let done = sign_in(&test, "olga", &mut key).await.expect(200);
    administer(&done.string("token")).await.expect(200);
}

/// Ten factors at most, of all kinds together.
#[tokio::test]
async fn ten_factors_are_the_most() {
    let test = TestApp::start().await;
    let (mut mia, _) = with_key(&test, "mia").await;
    mia.enrol().await;
    for seed in 20..28 {
        register(&mut mia, &mut SecurityKey::new(seed), "security_key").await;
    }
    let eleventh = mia.post("/api/v1/mfa/webauthn/register/options", json!({})).await;
    eleventh.refused(409, "conflict");
    let page = mia.get("/api/v1/mfa/webauthn?limit=5").await.expect(200).json();
    let cursor = page["next_cursor"].as_str().unwrap();
    let rest = mia.get(&format!("/api/v1/mfa/webauthn?limit=5&cursor={cursor}")).await.expect(200).json();
    assert_eq!((page["items"].as_array().unwrap().len(), rest["items"].as_array().unwrap().len()), (5, 4));
    assert!(rest["next_cursor"].is_null());
}

/// A name: the one given last, the one given before, or the make.
#[tokio::test]
async fn a_key_has_a_name_from_the_start() {
    let test = TestApp::start().await;
    let mut mia = test.sign_in("mia").await;
    let yubikey = *uuid::uuid!("2fc0579f-8113-47ea-b116-bb5a8db9202a").as_bytes();
    let cases: [(SecurityKey, &str, serde_json::Value, &str); 4] = [
        (SecurityKey::new(1), "security_key", json!({}), "Security key"),
        (SecurityKey::new(2).aaguid(yubikey), "security_key", json!({}), "YubiKey"),
        (SecurityKey::platform(3), "passkey", json!({}), "Passkey"),
        (SecurityKey::new(4), "security_key", json!({ "name": "Drawer" }), "Drawer"),
    ];
    for (mut key, kind, mut body, expected) in cases {
        body["kind"] = json!(kind);
        let options = mia.post("/api/v1/mfa/webauthn/register/options", body).await.expect(200).json();
        let credential = key.register(&options["publicKey"], ORIGIN);
        let body = json!({ "credential": credential });
        let answer = mia.post("/api/v1/mfa/webauthn/register", body).await.expect(201);
        assert!(answer.string("name").starts_with(expected), "{}", answer.json());
        mia.token = Some(answer.string("token"));
    }
    let body = json!({ "name": "a\u{202e}b" });
    mia.post("/api/v1/mfa/webauthn/register/options", body).await.refused(422, "validation_failed");
}

/// Registers a key without giving it a name; answers what it is called.
async fn unnamed(caller: &mut Caller<'_>, key: &mut SecurityKey, kind: &str) -> String {
    let credential = key.register(&creation_options(caller, kind).await, ORIGIN);
    let body = json!({ "credential": credential });
    let done = caller.post("/api/v1/mfa/webauthn/register", body).await.expect(201).json();
    caller.token = done["token"].as_str().map(str::to_owned);
    done["name"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn keys_without_a_name_can_be_told_apart() {
    let test = TestApp::start().await;
    let mut mia = test.sign_in("mia").await;
    let mut names = vec![];
    for (seed, kind) in [(1, "security_key"), (2, "security_key"), (3, "passkey"), (4, "security_key")] {
        let mut key = if kind == "passkey" { SecurityKey::platform(seed) } else { SecurityKey::new(seed) };
        names.push(unnamed(&mut mia, &mut key, kind).await);
    }
    assert_eq!(names, ["Security key", "Security key 2", "Passkey", "Security key 3"]);
    // Somebody else's keys do not count, and a number that became free is given again.
    let listed = mia.get("/api/v1/mfa/webauthn").await.expect(200).json();
    let second = listed["items"].as_array().unwrap().iter().find(|key| key["name"] == names[1]).unwrap();
    let path = format!("/api/v1/mfa/methods/{}", second["id"].as_str().unwrap());
    mia.token = Some(mia.delete(&path).await.expect(200).string("token"));
    assert_eq!(unnamed(&mut mia, &mut SecurityKey::new(5), "security_key").await, "Security key 2");
    let mut bob = test.sign_in("bob").await;
    assert_eq!(unnamed(&mut bob, &mut SecurityKey::new(6), "security_key").await, "Security key");
}

#[tokio::test]
async fn what_is_asked_first_is_told() {
    let test = TestApp::start().await;
    let mut mia = test.sign_in("mia").await;
    let preferred = async |caller: &Caller<'_>| {
        caller.get("/api/v1/mfa").await.expect(200).json().get("preferred").cloned()
    };
    assert_eq!(preferred(&mia).await, None);
    mia.enrol().await;
    assert_eq!(preferred(&mia).await, Some(json!("totp")));
    register(&mut mia, &mut SecurityKey::new(1), "security_key").await;
    for chosen in [None, Some("totp"), Some("webauthn")] {
        if let Some(method) = chosen {
            let body = json!({ "method": method });
            mia.call(Method::PUT, "/api/v1/mfa/preferred", &body).await.expect(200);
        }
        let first = chosen.unwrap_or("webauthn");
        assert_eq!(preferred(&mia).await, Some(json!(first)));
        let login = test.anonymous().login("demo", "mia", PASSWORD, None).await.expect(200).json();
        assert_eq!(login["preferred"], first);
    }
}
