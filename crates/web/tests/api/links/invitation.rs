//! An invitation sets the first password and goes on as a sign-in.

use serde_json::{Value, json};
use twinlock_service::admin;
use twinlock_testkit::TestApp;

use super::{NEW, RESET, accept, invite, token_of};
use crate::support::mail_about;

#[tokio::test]
async fn accepting_an_invitation_is_a_sign_in() {
    let test = TestApp::start().await;
    let link = invite(&test, "ines").await;
    let mail = mail_about(&test, "ines@demo.example", "Your new account at Demo organisation").await;
    assert_eq!(mail.link(), link);
    assert!(link.starts_with("http://localhost:8080/invite/"));
    // Before, there is nothing to sign in to, and nothing to reset.
    test.anonymous().login("demo", "ines", "", None).await.refused(401, "invalid_credentials");
    test.anonymous().login("demo", "ines", NEW, None).await.refused(401, "invalid_credentials");
    let body = json!({ "tenant_id": "demo", "email": "ines@demo.example" });
    test.anonymous().post(RESET, body).await.expect(202);
    assert_eq!(test.mails_to("ines@demo.example").await.len(), 1);

    let done = accept(&test, &token_of(&link), NEW).await.expect(200).json();
    let user = &done["user"];
    assert_eq!(
        (&user["username"], &user["status"], &user["role"]),
        (&json!("ines"), &json!("active"), &json!("member"))
    );
    assert_eq!(done["mfa_required"], Value::Null);
    let ines = test.anonymous().with_token(done["token"].as_str().unwrap());
    ines.get("/api/v1/auth/session").await.expect(200);
    test.anonymous().sign_in("demo", "ines", NEW).await;
    accept(&test, &token_of(&link), "another fine long phrase").await.refused(401, "invalid_credentials");
}

/// attacks.md row 46: an invitation to an account that was closed meanwhile opens nothing.
#[tokio::test]
async fn an_invitation_dies_with_a_suspension() {
    let test = TestApp::start().await;
    let token = token_of(&invite(&test, "ines").await);
    admin::suspend(&test.app, "demo", "ines").await.unwrap();
    accept(&test, &token, NEW).await.refused(401, "invalid_credentials");
    test.anonymous().login("demo", "ines", NEW, None).await.refused(401, "invalid_credentials");
}
