//! People with keys.

use serde_json::{Value, json};
use twinlock_service::Client;
use twinlock_testkit::{
    Answer, Caller, TestApp,
    app::PASSWORD,
    security_key::{Bent, SecurityKey},
};

/// Where the pages of the test's server are.
pub const ORIGIN: &str = "http://localhost:8080";

/// Somebody at an address, who never signed in there.
pub fn somebody() -> Client {
    Client::at([192, 0, 2, 7].into())
}

/// The options of a registration.
pub async fn creation_options(caller: &Caller<'_>, kind: &str) -> Value {
    let body = json!({ "kind": kind });
    let answer = caller.post("/api/v1/mfa/webauthn/register/options", body).await.expect(200);
    answer.json()["publicKey"].clone()
}

/// Sends a registration.
pub async fn send_registration(caller: &Caller<'_>, credential: &Value) -> Answer {
    let body = json!({ "name": "Blue", "credential": credential, "codes_saved": true });
    caller.post("/api/v1/mfa/webauthn/register", body).await
}

/// Registers an honest key and takes the fresh token; answers what the server answered.
pub async fn register(caller: &mut Caller<'_>, key: &mut SecurityKey, kind: &str) -> Value {
    let options = creation_options(caller, kind).await;
    let credential = key.register(&options, ORIGIN);
    let answer = send_registration(caller, &credential).await.expect(201).json();
    caller.token = Some(answer["token"].as_str().expect("a token").to_owned());
    answer
}

/// Somebody of the demo tenant with one security key, just registered.
pub async fn with_key<'a>(test: &'a TestApp, username: &str) -> (Caller<'a>, SecurityKey) {
    let (mut caller, mut key) = (test.sign_in(username).await, SecurityKey::new(7));
    register(&mut caller, &mut key, "security_key").await;
    (caller, key)
}

/// Somebody of the demo tenant with one passkey, just registered.
pub async fn with_passkey<'a>(test: &'a TestApp, username: &str) -> (Caller<'a>, SecurityKey) {
    let (mut caller, mut key) = (test.sign_in(username).await, SecurityKey::platform(8));
    register(&mut caller, &mut key, "passkey").await;
    (caller, key)
}

/// The first step, which must ask for the second.
pub async fn pending(test: &TestApp, username: &str) -> String {
    let first = test.anonymous().login("demo", username, PASSWORD, None).await.expect(200).json();
    assert_eq!(first["mfa_required"], true);
    first["mfa_token"].as_str().expect("a token").to_owned()
}

/// The options of a pending login's second step.
pub async fn request_options(test: &TestApp, mfa_token: &str) -> Value {
    let body = json!({ "mfa_token": mfa_token });
    let answer = test.anonymous().post("/api/v1/auth/mfa/webauthn/options", body).await.expect(200);
    answer.json()["publicKey"].clone()
}

/// Sends an assertion for a pending login.
pub async fn send_assertion(test: &TestApp, mfa_token: &str, credential: &Value) -> Answer {
    let body = json!({ "mfa_token": mfa_token, "credential": credential });
    test.anonymous().post("/api/v1/auth/mfa/webauthn", body).await
}

/// The whole second step by an honest key.
pub async fn sign_in(test: &TestApp, username: &str, key: &mut SecurityKey) -> Answer {
    let token = pending(test, username).await;
    let options = request_options(test, &token).await;
    let credential = key.authenticate(&options, ORIGIN);
    send_assertion(test, &token, &credential).await
}

/// The whole second step by a key that lies.
pub async fn sign_in_bent(
    test: &TestApp,
    username: &str,
    key: &mut SecurityKey,
    bend: impl FnOnce(&mut Bent),
) -> Answer {
    let token = pending(test, username).await;
    let options = request_options(test, &token).await;
    let credential = key.authenticate_bent(&options, ORIGIN, bend);
    send_assertion(test, &token, &credential).await
}

/// The options of a passwordless sign-in to the demo tenant.
pub async fn passkey_options(test: &TestApp) -> Value {
    let body = json!({ "tenant_id": "demo" });
    let answer = test.anonymous().post("/api/v1/auth/passkey/options", body).await.expect(200);
    answer.json()["publicKey"].clone()
}

/// Sends the assertion of a passwordless sign-in.
pub async fn send_passkey(test: &TestApp, credential: &Value) -> Answer {
    test.anonymous().post("/api/v1/auth/passkey", json!({ "credential": credential })).await
}
