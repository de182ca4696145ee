//! Whether recovery codes are saved is a fact that is stored; until then they are no way in.

use serde_json::{Value, json};
use twinlock_core::audit::EventKind;
use twinlock_testkit::{Authenticator, Caller, TestApp, app::PASSWORD, security_key::SecurityKey};

use crate::keys::support::{ORIGIN, creation_options};

const SAVED: &str = "/api/v1/mfa/recovery-codes/saved";

async fn overview(caller: &Caller<'_>) -> Value {
    caller.get("/api/v1/mfa").await.expect(200).json()
}

/// What `GET /mfa` says: saved, the ways in, and what to do.
async fn state(caller: &Caller<'_>) -> (bool, Value, Vec<String>) {
    let found = overview(caller).await;
    let advice = found["readiness"]["advice"].as_array().unwrap();
    let advice = advice.iter().map(|advice| advice["kind"].as_str().unwrap().to_owned()).collect();
    (found["recovery_codes_saved"].as_bool().unwrap(), found["readiness"]["ways"].clone(), advice)
}

/// Enrols an app, saying what `body` says beside the code.
async fn enrolled<'a>(test: &'a TestApp, name: &str, mut body: Value) -> (Caller<'a>, Authenticator<'a>) {
    let caller = test.sign_in(name).await;
    let setup = caller.post("/api/v1/mfa/setup", json!({})).await.expect(200).json();
    let phone = Authenticator::of(test, &setup);
    body["code"] = phone.code().into();
    let verified = caller.post("/api/v1/mfa/verify", body).await.expect(200);
    (caller.with_token(&verified.string("token")), phone)
}

#[tokio::test]
async fn codes_count_once_their_owner_says_that_they_are_saved() {
    let test = TestApp::start().await;
    let bob = test.sign_in("bob").await;
    assert_eq!(overview(&bob).await["recovery_codes_saved"], false);
    bob.post(SAVED, json!({})).await.refused(409, "mfa_not_enabled");
    test.anonymous().post(SAVED, json!({})).await.refused(401, "unauthenticated");

    let (mia, phone) = enrolled(&test, "mia", json!({})).await;
    let unsaved = (false, json!(["phone"]), vec!["save_codes".to_owned(), "add_factor".to_owned()]);
    assert_eq!(state(&mia).await, unsaved);
    // No step-up: it makes nothing weaker.
    test.clock.advance_secs(1800);
    let mia = test.anonymous().sign_in_with_code("mia", &phone.code()).await;
    test.clock.advance_secs(601);
    for _ in 0..3 {
        mia.post(SAVED, json!({})).await.expect(204);
        assert_eq!(state(&mia).await, (true, json!(["phone", "recovery_codes"]), vec![]));
    }
    assert_eq!(test.events(EventKind::RecoveryCodesSaved).await.len(), 1);
    // A program has the codes in its answer: nothing is kept to be shown.
    assert!(test.column("shown_codes.sealed").await.is_empty());
}

#[tokio::test]
async fn an_enrollment_may_say_so_at_once() {
    let test = TestApp::start().await;
    let (mia, _) = enrolled(&test, "mia", json!({ "codes_saved": true })).await;
    assert!(state(&mia).await.0);
    let (bob, _) = enrolled(&test, "bob", json!({ "codes_saved": false })).await;
    assert!(!state(&bob).await.0);
    for wrong in [json!("yes"), json!(1), Value::Null] {
        let body = json!({ "code": "123456", "codes_saved": wrong });
        let answer = test.sign_in("adam").await.post("/api/v1/mfa/verify", body).await;
        answer.refused(422, "validation_failed");
    }

    let olga = test.sign_in("olga").await;
    let options = creation_options(&olga, "security_key").await;
    let credential = SecurityKey::new(7).register(&options, ORIGIN);
    let body = json!({ "credential": credential, "codes_saved": true });
    let done = olga.post("/api/v1/mfa/webauthn/register", body).await.expect(201);
    let olga = olga.with_token(&done.string("token"));
    assert_eq!(state(&olga).await, (true, json!(["security_key", "recovery_codes"]), vec![]));
}

#[tokio::test]
async fn a_new_set_is_saved_anew_and_using_a_code_says_so_as_well() {
    let test = TestApp::start().await;
    let (mia, _) = enrolled(&test, "mia", json!({ "codes_saved": true })).await;
    let renewed = mia.post("/api/v1/mfa/recovery-codes", json!({})).await.expect(200).json();
    assert!(!state(&mia).await.0);
    let code = renewed["backup_codes"][0].as_str().unwrap();
    test.anonymous().login("demo", "mia", PASSWORD, Some(code)).await.expect(200);
    test.clock.advance_secs(1);
    assert_eq!(state(&mia).await, (true, json!(["phone", "recovery_codes"]), vec![]));
}

/// A set that was void by the time of the confirmation says nothing of the one that is valid.
#[tokio::test]
async fn codes_that_never_became_valid_are_not_the_ones_that_are_saved() {
    let test = TestApp::start().await;
    let (mia, _) = enrolled(&test, "mia", json!({})).await;
    let setup = mia.post("/api/v1/mfa/setup", json!({ "name": "Tablet" })).await.expect(200).json();
    assert_eq!(setup["backup_codes"], json!([]));
    let key = setup["secret"].as_str().unwrap();
    let bytes = data_encoding::BASE32_NOPAD.decode(key.as_bytes()).unwrap();
    let secret = twinlock_core::factor::totp::TotpSecret::from_bytes(&bytes).unwrap();
    let step = twinlock_core::factor::totp::step_at(twinlock_core::clock::Clock::now(&*test.clock));
    let body = json!({ "code": secret.code_at(step), "codes_saved": true });
    let done = mia.post("/api/v1/mfa/verify", body).await.expect(200);
    assert!(!state(&mia.with_token(&done.string("token"))).await.0);
}
