//! The second step by key.

use serde_json::json;
use twinlock_testkit::{TestApp, app::PASSWORD};

use super::support::*;

#[tokio::test]
async fn a_password_and_a_key_open_both_locks() {
    let test = TestApp::start().await;
    let (_, mut key) = with_key(&test, "mia").await;
    let first = test.anonymous().login("demo", "mia", PASSWORD, None).await.expect(200).json();
    assert_eq!((&first["methods"], &first["preferred"]), (&json!(["webauthn", "recovery_code"]), &json!("webauthn")));
    let done = sign_in(&test, "mia", &mut key).await.expect(200);
    let mia = test.anonymous().with_token(&done.string("token"));
    let session = mia.get("/api/v1/auth/session").await.expect(200).json();
    assert_eq!(session["session"]["amr"], json!(["pwd", "hwk", "user", "mfa"]));
}
