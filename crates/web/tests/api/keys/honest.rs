//! Every ceremony by an authenticator and a browser that others wrote: what they are refused, real people
//! are refused.

use serde_json::{Value, json};
use twinlock_testkit::{Caller, HonestPasskey, TestApp, security_key::flag, security_key::json as edit};

use super::support::*;

/// Somebody whose passkey manager just registered.
async fn registered<'a>(test: &'a TestApp, username: &str, kind: &str) -> (Caller<'a>, HonestPasskey) {
    let (mut caller, mut manager) = (test.sign_in(username).await, HonestPasskey::new());
    let options = creation_options(&caller, kind).await;
    let credential = manager.register(&options, ORIGIN).await.unwrap();
    let answer = send_registration(&caller, &credential).await.expect(201);
    caller.token = Some(answer.string("token"));
    (caller, manager)
}

async fn session(caller: &Caller<'_>) -> Value {
    caller.get("/api/v1/auth/session").await.expect(200).json()["session"].clone()
}

#[tokio::test]
async fn it_registers_and_is_listed_as_what_it_is() {
    let test = TestApp::start().await;
    for (username, kind) in [("mia", "security_key"), ("bob", "passkey")] {
        let (caller, mut manager) = registered(&test, username, kind).await;
        let listed = caller.get("/api/v1/mfa/webauthn").await.expect(200).json()["items"][0].clone();
        assert_eq!(
            (&listed["kind"], &listed["synced"], &listed["backed_up"], &listed["usable"]),
            (&json!(kind), &json!(true), &json!(true), &json!(true)),
        );
        assert_eq!(listed["aaguid"], "7477696e-6c6f-636b-2d68-6f6e65737421");
        assert!(!listed["transports"].as_array().unwrap().is_empty(), "{listed}");
        // What is registered is named, so that it is not registered twice.
        let options = creation_options(&caller, kind).await;
        assert!(manager.register(&options, ORIGIN).await.is_err());
    }
}

#[tokio::test]
async fn it_opens_the_second_lock_and_steps_up() {
    let test = TestApp::start().await;
    for (username, kind) in [("mia", "security_key"), ("bob", "passkey")] {
        let (_, mut manager) = registered(&test, username, kind).await;
        let token = pending(&test, username).await;
        let options = request_options(&test, &token).await;
        let credential = manager.authenticate(&options, ORIGIN).await.unwrap();
        let done = send_assertion(&test, &token, &credential).await.expect(200);
        let mut caller = test.anonymous().with_token(&done.string("token"));
        let proven = session(&caller).await;
        assert_eq!((&proven["acr"], &proven["amr"]), (&json!("aal2"), &json!(["pwd", "swk", "user", "mfa"])));

        test.clock.advance_secs(601);
        let setup = json!({ "name": "Phone" });
        caller.post("/api/v1/mfa/setup", setup.clone()).await.refused(403, "step_up_required");
        let options = caller.post("/api/v1/auth/step-up/options", json!({})).await.expect(200).json();
        let credential = manager.authenticate(&options["publicKey"], ORIGIN).await.unwrap();
        let body = json!({ "credential": credential });
        let fresh = caller.post("/api/v1/auth/step-up", body).await.expect(200);
        caller.token = Some(fresh.string("token"));
        caller.post("/api/v1/mfa/setup", setup).await.expect(200);
    }
}

#[tokio::test]
async fn it_signs_in_alone() {
    let test = TestApp::start().await;
    let (_, mut manager) = registered(&test, "mia", "passkey").await;
    // Twice: it keeps no counter.
    for _ in 0..2 {
        let options = passkey_options(&test).await;
        let credential = manager.authenticate(&options, ORIGIN).await.unwrap();
        assert_eq!(edit::bytes_at(&credential, "/response/userHandle").len(), 16);
        let said = edit::bytes_at(&credential, "/response/authenticatorData")[32];
        assert_eq!(said & flag::USER_VERIFIED, flag::USER_VERIFIED);
        let done = send_passkey(&test, &credential).await.expect(200);
        let mia = test.anonymous().with_token(&done.string("token"));
        let proven = session(&mia).await;
        assert_eq!((&proven["acr"], &proven["amr"]), (&json!("aal2"), &json!(["swk", "user", "mfa"])));
    }
}

/// attacks.md row 54: honest or not, an answer serves once.
#[tokio::test]
async fn its_answers_serve_once() {
    let test = TestApp::start().await;
    let (_, mut manager) = registered(&test, "mia", "passkey").await;
    let options = passkey_options(&test).await;
    let credential = manager.authenticate(&options, ORIGIN).await.unwrap();
    send_passkey(&test, &credential).await.expect(200);
    send_passkey(&test, &credential).await.refused(401, "invalid_webauthn_response");
}
