//! A key that was registered as a second factor, and that its device finds by itself.

use serde_json::{Value, json};
use twinlock_core::audit::EventKind;
use twinlock_testkit::{Answer, Caller, TestApp, app::PASSWORD, security_key::SecurityKey};

use super::support::*;
use crate::support::{subjects, together};

/// Registers a second-factor key that the device makes discoverable, unasked; takes the fresh token.
async fn with_eager_key<'a>(
    test: &'a TestApp,
    username: &str,
    mut key: SecurityKey,
) -> (Caller<'a>, SecurityKey) {
    let mut caller = test.sign_in(username).await;
    let mut options = creation_options(&caller, "security_key").await;
    options["authenticatorSelection"]["residentKey"] = json!("required");
    let mut credential = key.register(&options, ORIGIN);
    // Not every browser says so.
    credential["clientExtensionResults"] = json!({});
    let answer = send_registration(&caller, &credential).await.expect(201);
    caller.token = Some(answer.string("token"));
    (caller, key)
}

async fn alone(test: &TestApp, key: &mut SecurityKey) -> Answer {
    let options = passkey_options(test).await;
    let credential = key.authenticate_bent(&options, ORIGIN, |_| {});
    send_passkey(test, &credential).await
}

async fn listed(caller: &Caller<'_>) -> Value {
    caller.get("/api/v1/mfa/webauthn").await.expect(200).json()["items"][0].clone()
}

async fn promote(caller: &Caller<'_>, id: &str) -> Answer {
    caller.post(&format!("/api/v1/mfa/webauthn/{id}/sign-in-alone"), json!({})).await
}

/// attacks.md row 57: at the wrong door the key is told what it is, which counts as no failure; whoever signed in with it,
/// verified, lets it sign in alone, and nobody else does.
#[tokio::test]
async fn a_second_factor_that_is_offered_alone_says_so_and_may_become_a_passkey() {
    let test = TestApp::start().await;
    let (mut mia, mut key) = with_eager_key(&test, "mia", SecurityKey::platform(7)).await;
    let id = listed(&mia).await["id"].as_str().unwrap().to_owned();
    assert_eq!(listed(&mia).await["may_sign_in_alone"], false);
    promote(&mia, &id).await.refused(409, "conflict");

    let refused = alone(&test, &mut key).await.refused(401, "invalid_webauthn_response");
    let detail = refused.string("detail");
    assert!(detail.contains("second factor") && detail.contains("let it sign in alone"), "{detail}");
    assert!(test.column("users.key_failures").await.iter().all(|n| n == b"0"));
    assert_eq!(listed(&mia).await["may_sign_in_alone"], true);

    // A proof by anything else is not enough.
    let phone = mia.enrol().await;
    let by_code = test.anonymous().sign_in_with_code("mia", &phone.next_code()).await;
    let refused = promote(&by_code, &id).await.refused(403, "step_up_required");
    assert_eq!(refused.json()["methods"], json!(["webauthn"]));
    test.clock.advance_secs(601);
    let done = sign_in(&test, "mia", &mut key).await.expect(200);
    let by_key = test.anonymous().with_token(&done.string("token"));
    let answer = promote(&by_key, &id).await.expect(200);
    assert_eq!((answer.json()["kind"].as_str(), answer.string("id")), (Some("passkey"), id.clone()));
    // Other sessions end, as with every change of factors.
    by_code.get("/api/v1/account").await.refused(401, "unauthenticated");
    let by_key = by_key.with_token(&answer.string("token"));
    promote(&by_key, &id).await.refused(409, "conflict");
    assert_eq!(listed(&by_key).await["may_sign_in_alone"], false);

    let done = alone(&test, &mut key).await.expect(200);
    let mia = test.anonymous().with_token(&done.string("token"));
    let session = mia.get("/api/v1/auth/session").await.expect(200).json();
    assert_eq!(session["session"]["acr"], "aal3");
    sign_in(&test, "mia", &mut key).await.expect(200);
    assert_eq!(test.events(EventKind::KeySignsInAlone).await.len(), 1);
    let told = subjects(&test, "mia@demo.example").await;
    assert!(told.contains(&"A security key signs in alone now".to_owned()), "{told:?}");
}

/// attacks.md row 57: a proof by the key that is older than ten minutes is asked for again.
#[tokio::test]
async fn the_proof_by_the_key_is_fresh() {
    let test = TestApp::start().await;
    let (mia, mut key) = with_eager_key(&test, "mia", SecurityKey::platform(7)).await;
    let id = listed(&mia).await["id"].as_str().unwrap().to_owned();
    alone(&test, &mut key).await.refused(401, "invalid_webauthn_response");
    test.clock.advance_secs(601);
    promote(&mia, &id).await.refused(403, "step_up_required");
    let options = mia.post("/api/v1/auth/step-up/options", json!({})).await.expect(200).json();
    let body = json!({ "credential": key.authenticate(&options["publicKey"], ORIGIN) });
    let stepped = mia.post("/api/v1/auth/step-up", body).await.expect(200);
    promote(&mia.with_token(&stepped.string("token")), &id).await.expect(200);
}

/// attacks.md row 57: a key that verified nobody when it was registered never signs in alone, whatever it says now.
#[tokio::test]
async fn a_key_that_verified_nobody_at_registration_is_not_offered() {
    let test = TestApp::start().await;
    let (mia, key) = with_eager_key(&test, "mia", SecurityKey::new(7)).await;
    let mut key = key.verifying_user(true);
    let id = listed(&mia).await["id"].as_str().unwrap().to_owned();
    alone(&test, &mut key).await.refused(401, "invalid_webauthn_response");
    assert_eq!(listed(&mia).await["may_sign_in_alone"], false);
    let done = sign_in(&test, "mia", &mut key).await.expect(200);
    promote(&mia.with_token(&done.string("token")), &id).await.refused(409, "conflict");
    alone(&test, &mut key).await.refused(401, "invalid_webauthn_response");
}

/// attacks.md row 66: nobody changes the key of another.
#[tokio::test]
async fn the_key_of_another_is_not_there() {
    let test = TestApp::start().await;
    let (mia, mut key) = with_eager_key(&test, "mia", SecurityKey::platform(7)).await;
    alone(&test, &mut key).await.refused(401, "invalid_webauthn_response");
    let id = listed(&mia).await["id"].as_str().unwrap().to_owned();
    let (bob, _) = with_key(&test, "bob").await;
    promote(&bob, &id).await.refused(404, "not_found");
    let otto = test.anonymous().sign_in("other", "otto", PASSWORD).await;
    promote(&otto, &id).await.refused(404, "not_found");
}

/// Of many at once one lets it.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_key_is_let_once() {
    let test = TestApp::start().await;
    let (mia, mut key) = with_eager_key(&test, "mia", SecurityKey::platform(7)).await;
    alone(&test, &mut key).await.refused(401, "invalid_webauthn_response");
    let id = listed(&mia).await["id"].as_str().unwrap().to_owned();
    let answers = together((0..10).map(|_| promote(&mia, &id))).await;
    assert_eq!(answers.iter().filter(|answer| answer.status == 200).count(), 1);
    assert_eq!(test.events(EventKind::KeySignsInAlone).await.len(), 1);
}

/// Where the browser says at once that the device made it discoverable, nobody has to be refused first.
#[tokio::test]
async fn a_browser_that_says_so_is_believed_that_much() {
    let test = TestApp::start().await;
    let mia = test.sign_in("mia").await;
    let mut options = creation_options(&mia, "security_key").await;
    options["authenticatorSelection"]["residentKey"] = json!("required");
    let credential = SecurityKey::platform(7).register(&options, ORIGIN);
    let answer = send_registration(&mia, &credential).await.expect(201);
    let mia = mia.with_token(&answer.string("token"));
    assert_eq!(listed(&mia).await["may_sign_in_alone"], true);
    promote(&mia, &answer.string("id")).await.expect(200);
}
