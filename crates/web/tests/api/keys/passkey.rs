//! Signing in with a passkey alone.

use serde_json::json;
use twinlock_testkit::TestApp;

use super::support::*;

#[tokio::test]
async fn a_passkey_alone_opens_both_locks() {
    let test = TestApp::start().await;
    let (_, mut key) = with_passkey(&test, "mia").await;
    let options = passkey_options(&test).await;
    assert_eq!(options["allowCredentials"], json!([]));
    assert_eq!(options["userVerification"], "required");
    let credential = key.authenticate(&options, ORIGIN);
    let done = send_passkey(&test, &credential).await.expect(200);
    let mia = test.anonymous().with_token(&done.string("token"));
    let session = mia.get("/api/v1/auth/session").await.expect(200).json();
    assert_eq!(session["session"]["amr"], json!(["hwk", "user", "mfa"]));
    assert_eq!(session["session"]["acr"], "aal2");
}
