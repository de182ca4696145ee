//! Suspending people, and opening their accounts again.

use serde_json::json;
use twinlock_testkit::{TestApp, app::PASSWORD};

use super::{USERS, change, is_live, owner, person};
use crate::support::{mail_about, subjects};

/// attacks.md row 46: whoever is suspended is out at once and gets in by no way, and everybody hears the same.
#[tokio::test]
async fn a_suspended_person_gets_in_by_no_way() {
    let test = TestApp::start().await;
    let (session, phone) = test.enrolled("mia").await;
    let reset = test.reset_token("demo", "mia@demo.example").await;
    let pending = test.anonymous().login("demo", "mia", PASSWORD, None).await.expect(200).string("mfa_token");
    let (olga, _) = owner(&test).await;
    let after = change(&olga, "mia", json!({ "status": "suspended" })).await.expect(200).json();
    assert_eq!(after["status"], "suspended");
    session.get("/api/v1/auth/session").await.refused(401, "unauthenticated");
    let wrong = test.anonymous().login("demo", "mia", "wrong", None).await;
    for code in [None, Some(phone.next_code()), Some(phone.recovery_codes[0].clone())] {
        let answer = test.anonymous().login("demo", "mia", PASSWORD, code.as_deref()).await;
        assert_eq!(answer.refused(401, "invalid_credentials").seen(), wrong.seen());
    }
    let finish = json!({ "mfa_token": pending, "mfa_code": phone.next_code() });
    test.anonymous().post("/api/v1/auth/mfa", finish).await.refused(401, "mfa_token_invalid");
    let new = json!({ "token": reset, "new_password": "seven blue doors in autumn" });
    test.anonymous()
        .post("/api/v1/auth/password-reset/confirm", new)
        .await
        .refused(401, "invalid_credentials");
    let before = test.mails_to("mia@demo.example").await.len();
    let ask = json!({ "tenant_id": "demo", "email": "mia@demo.example" });
    test.anonymous().post("/api/v1/auth/password-reset", ask).await.expect(202);
    assert_eq!(test.mails_to("mia@demo.example").await.len(), before);
    mail_about(&test, "mia@demo.example", "Your account was suspended").await;
}

#[tokio::test]
async fn an_account_that_is_opened_again_is_as_it_was() {
    let test = TestApp::start().await;
    let (session, phone) = test.enrolled("mia").await;
    let (olga, _) = owner(&test).await;
    change(&olga, "mia", json!({ "status": "suspended" })).await.expect(200);
    change(&olga, "mia", json!({ "status": "suspended" })).await.expect(200);
    let after = change(&olga, "mia", json!({ "status": "active" })).await.expect(200).json();
    assert_eq!((&after["status"], &after["mfa_enabled"]), (&json!("active"), &json!(true)));
    assert!(!is_live(&session).await);
    test.anonymous().login("demo", "mia", PASSWORD, None).await.expect(200).string("mfa_token");
    test.anonymous().sign_in_with_code("mia", &phone.next_code()).await;
    let told = subjects(&test, "mia@demo.example").await;
    let about = |subject: &str| told.iter().filter(|told| *told == subject).count();
    assert_eq!((about("Your account was suspended"), about("Your account is open again")), (1, 1));
}

/// Nobody becomes active without a password of their own; suspended meanwhile, they wait for a new invitation.
#[tokio::test]
async fn an_invited_person_is_not_made_active() {
    let test = TestApp::start().await;
    let (olga, _) = owner(&test).await;
    olga.post(USERS, json!({ "username": "nora", "email": "nora@demo.example" })).await.expect(201);
    let first = test.mails_to("nora@demo.example").await.pop().unwrap().token();
    change(&olga, "nora", json!({ "status": "active" })).await.refused(409, "conflict");
    change(&olga, "nora", json!({ "status": "suspended" })).await.expect(200);
    let accept = async |token: &str| {
        let body = json!({ "token": token, "password": PASSWORD });
        test.anonymous().post("/api/v1/auth/invitation/accept", body).await
    };
    accept(&first).await.refused(401, "invalid_credentials");
    assert_eq!(
        change(&olga, "nora", json!({ "status": "active" })).await.expect(200).string("status"),
        "invited"
    );
    accept(&first).await.refused(401, "invalid_credentials");
    let tokens: Vec<_> = test.mails_to("nora@demo.example").await;
    let invitations = tokens.iter().filter(|mail| mail.subject.starts_with("Your new account"));
    let second = invitations.map(|mail| mail.token()).find(|token| *token != first).unwrap();
    accept(&second).await.expect(200);
    assert_eq!(person(&olga, "nora").await["status"], "active");
}
