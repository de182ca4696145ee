//! A password that an administrator chose: good for one thing, for seven days.

use twinlock_core::user::Role;
use twinlock_service::admin::{self, CreateUser};
use twinlock_testkit::{TestApp, TestSettings};

use super::*;
use crate::support::{audit, enrolled, subjects, together};

const GIVEN: &str = "seven green gates in spring";
const GO_ON: &str = "/api/v1/auth/password-change";
const DAY: i64 = 86_400;

/// The owner, and somebody they made with a password.
async fn made<'a>(test: &'a TestApp, name: &str) -> Caller<'a> {
    let olga = test.sign_in("olga").await;
    let wanted = json!({ "username": name, "email": format!("{name}@demo.example"), "password": GIVEN });
    olga.post("/api/v1/tenants/demo/users", wanted).await.expect(201);
    olga
}

async fn login(test: &TestApp, password: &str) -> Answer {
    test.anonymous().login("demo", "nora", password, None).await
}

async fn asked(test: &TestApp) -> String {
    let answer = login(test, GIVEN).await.expect(200).json();
    assert_eq!(answer["password_change_required"], true);
    assert_eq!(answer["expires_at"].as_str().unwrap().len(), 20);
    assert_eq!(crate::support::names(&answer), ["change_token", "expires_at", "password_change_required"]);
    answer["change_token"].as_str().unwrap().to_owned()
}

async fn go_on(test: &TestApp, token: &str, new: &str) -> Answer {
    test.anonymous().post(GO_ON, json!({ "change_token": token, "new_password": new })).await
}

/// The one who gave it knows it no longer: it opens the change, and the change goes on as a sign-in.
#[tokio::test]
async fn it_is_changed_at_the_first_sign_in() {
    let test = TestApp::start().await;
    let olga = made(&test, "nora").await;
    let token = asked(&test).await;
    for guarded in ["/api/v1/auth/session", "/api/v1/account", "/api/v1/mfa"] {
        test.anonymous().with_token(&token).get(guarded).await.refused(401, "unauthenticated");
    }
    let step_up = json!({ "mfa_token": token, "mfa_code": "123456" });
    test.anonymous().post("/api/v1/auth/mfa", step_up).await.refused(401, "mfa_token_invalid");
    for (weak, field) in [("short", "new_password"), ("", "new_password"), (GIVEN, "new_password")] {
        let refused = go_on(&test, &token, weak).await.refused(422, "validation_failed").json();
        assert_eq!(refused["errors"][0]["field"], field);
    }
    let done = go_on(&test, &token, NEW).await.expect(200).json();
    test.anonymous().with_token(done["token"].as_str().unwrap()).get(ACCOUNT).await.expect(200);
    go_on(&test, &token, "nine blue doors in winter").await.refused(401, "mfa_token_invalid");
    login(&test, GIVEN).await.refused(401, "invalid_credentials");
    assert!(login(&test, NEW).await.expect(200).json()["token"].is_string());
    assert!(subjects(&test, "nora@demo.example").await.contains(&"Your password was changed".to_owned()));
    assert!(audit(&test, &olga).await.iter().any(|(kind, _)| kind == "account.password_changed"));
}

/// A code that came along is for later: it is neither looked at nor used up.
#[tokio::test]
async fn it_is_asked_before_everything_else() {
    let test = TestApp::start().await;
    made(&test, "nora").await;
    let (olga, _) = enrolled(&test, "olga").await;
    olga.patch("/api/v1/tenants/demo/settings", json!({ "mfa_required": true })).await.expect(200);
    let with_code = test.anonymous().login("demo", "nora", GIVEN, Some("123456")).await.expect(200).json();
    let token = with_code["change_token"].as_str().unwrap();
    let due = go_on(&test, token, NEW).await.expect(200).json();
    assert_eq!(due["mfa_enrollment_required"], true);
    assert!(due["token"].is_null());
    let off = TestApp::with(TestSettings { mfa_enabled: false, ..TestSettings::default() }).await;
    made(&off, "nora").await;
    asked(&off).await;
}

/// After seven days it is a wrong password like any other, also for a change that was begun before.
#[tokio::test]
async fn it_lives_for_seven_days() {
    let test = TestApp::start().await;
    made(&test, "nora").await;
    test.clock.advance_secs(7 * DAY - 1);
    let token = asked(&test).await;
    test.clock.advance_secs(1);
    let lapsed = login(&test, GIVEN).await.refused(401, "invalid_credentials");
    assert_eq!(lapsed.seen(), login(&test, "wrong").await.seen());
    go_on(&test, &token, NEW).await.refused(401, "mfa_token_invalid");
    // The way back is the one of a forgotten password.
    let reset = json!({ "tenant_id": "demo", "email": "nora@demo.example" });
    test.anonymous().post("/api/v1/auth/password-reset", reset).await.expect(202);
    let link = crate::support::mail_about(&test, "nora@demo.example", "Set a new password").await.link();
    let token = link.rsplit('/').next().unwrap();
    let confirm = json!({ "token": token, "new_password": NEW });
    test.anonymous().post("/api/v1/auth/password-reset/confirm", confirm).await.expect(204);
    assert!(login(&test, NEW).await.expect(200).json()["token"].is_string());
}

/// A lapsed password costs what a wrong one costs.
#[tokio::test]
async fn a_lapsed_password_and_a_wrong_one_are_the_same_work() {
    let test = TestApp::start().await;
    made(&test, "nora").await;
    test.clock.advance_secs(7 * DAY);
    let mut statements = Vec::new();
    for password in [GIVEN, "wrong"] {
        let before = test.app.store().statements();
        login(&test, password).await.refused(401, "invalid_credentials");
        statements.push(test.app.store().statements() - before);
    }
    assert_eq!(statements[0], statements[1]);
}

/// Of changes with one token at once, one sets the password and opens the session.
#[tokio::test]
async fn a_change_is_made_once() {
    let test = TestApp::start().await;
    made(&test, "nora").await;
    let token = asked(&test).await;
    let passwords = [1, 2, 3, 4].map(|number| format!("{NEW} {number}"));
    let answers = together(passwords.iter().map(|new| go_on(&test, &token, new))).await;
    let won: Vec<_> = answers.iter().enumerate().filter(|(_, answer)| answer.status == 200).collect();
    assert_eq!(won.len(), 1);
    for (place, new) in passwords.iter().enumerate() {
        let status = if place == won[0].0 { 200 } else { 401 };
        login(&test, new).await.expect(status);
    }
}

/// Whatever ends what is open for a person ends a change that waits; a later sign-in ends an earlier one's.
#[tokio::test]
async fn a_change_that_waits_ends_with_everything_else() {
    let test = TestApp::start().await;
    let olga = made(&test, "nora").await;
    let first = asked(&test).await;
    let second = asked(&test).await;
    go_on(&test, &first, NEW).await.refused(401, "mfa_token_invalid");
    admin::suspend(&test.app, "demo", "nora").await.unwrap();
    go_on(&test, &second, NEW).await.refused(401, "mfa_token_invalid");
    admin::activate(&test.app, "demo", "nora").await.unwrap();
    go_on(&test, &second, NEW).await.refused(401, "mfa_token_invalid");
    let third = asked(&test).await;
    test.clock.advance_secs(600);
    go_on(&test, &third, NEW).await.refused(401, "mfa_token_invalid");
    drop(olga);
}

/// Who is at the command line chooses: there a password may be for good.
#[tokio::test]
async fn at_the_command_line_it_is_as_wished() {
    let test = TestApp::start().await;
    for (name, must_change) in [("nils", false), ("nora", true)] {
        let wanted = CreateUser {
            username: name.into(),
            email: None,
            display_name: None,
            role: Role::Member,
            password: Some(GIVEN.to_owned().into()),
        };
        if must_change {
            admin::create_user_to_change(&test.app, "demo", wanted).await.unwrap();
        } else {
            admin::create_user(&test.app, "demo", wanted).await.unwrap();
        }
    }
    test.anonymous().sign_in("demo", "nils", GIVEN).await;
    asked(&test).await;
}
