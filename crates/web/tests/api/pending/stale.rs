//! What ends a pending login.

use serde_json::json;
use twinlock_service::{
    admin,
    jwt::{self, SigningAlgorithm},
};
use twinlock_testkit::{Authenticator, Caller, TestApp, app::PASSWORD};

use super::{finish, pending};

/// Somebody signed in with a fresh proof, their phone, and another sign-in of theirs under way.
async fn under_way(test: &TestApp) -> (Caller<'_>, Authenticator<'_>, String) {
    let (_, phone) = test.enrolled("mia").await;
    let mia = test.anonymous().sign_in_with_code("mia", &phone.code()).await;
    let token = pending(test, "mia").await;
    test.clock.advance_secs(30);
    (mia, phone, token)
}

async fn is_dead(test: &TestApp, token: &str, phone: &Authenticator<'_>) {
    finish(test, token, &phone.code()).await.refused(401, "mfa_token_invalid");
    finish(test, token, &phone.recovery_codes[0]).await.refused(401, "mfa_token_invalid");
}

/// attacks.md row 18: it is used once and lives five minutes.
#[tokio::test]
async fn it_is_used_once_and_lives_five_minutes() {
    let test = TestApp::start().await;
    let (_, phone) = test.enrolled("mia").await;
    let token = pending(&test, "mia").await;
    finish(&test, &token, &phone.code()).await.expect(200);
    test.clock.advance_secs(30);
    is_dead(&test, &token, &phone).await;

    let token = pending(&test, "mia").await;
    test.clock.advance_secs(299);
    finish(&test, &token, &phone.wrong_code(0)).await.refused(401, "invalid_mfa_code");
    test.clock.advance_secs(1);
    is_dead(&test, &token, &phone).await;
    // A clock set back revives nothing for long: it ends with the clock it began by.
    let token = pending(&test, "mia").await;
    test.clock.advance_secs(-3600);
    is_dead(&test, &token, &phone).await;
}

/// attacks.md row 18: a new password ends it, set by its owner or by a mailed link.
#[tokio::test]
async fn a_new_password_ends_it() {
    let test = TestApp::start().await;
    let (mia, phone, token) = under_way(&test).await;
    let change = json!({ "current_password": PASSWORD, "new_password": "quite another passphrase" });
    mia.post("/api/v1/account/password", change).await.expect(200);
    is_dead(&test, &token, &phone).await;

    let answer = test.anonymous().login("demo", "mia", "quite another passphrase", None).await.expect(200);
    let token = answer.string("mfa_token");
    let link = test.reset_token("demo", "mia@demo.example").await;
    let confirm = json!({ "token": link, "new_password": PASSWORD });
    test.anonymous().post("/api/v1/auth/password-reset/confirm", confirm).await.expect(204);
    is_dead(&test, &token, &phone).await;
}

/// attacks.md row 18: any change of the person's factors ends it.
#[tokio::test]
async fn a_change_of_factors_ends_it() {
    let test = TestApp::start().await;
    let (mut mia, phone, token) = under_way(&test).await;
    mia.enrol().await;
    is_dead(&test, &token, &phone).await;

    let token = pending(&test, "mia").await;
    let methods = mia.get("/api/v1/mfa").await.expect(200).json();
    let id = methods["methods"][1]["id"].as_str().unwrap();
    let answer = mia.delete(&format!("/api/v1/mfa/methods/{id}")).await.expect(200);
    mia.token = Some(answer.string("token"));
    is_dead(&test, &token, &phone).await;

    let token = pending(&test, "mia").await;
    mia.post("/api/v1/mfa/disable", json!({})).await.expect(200);
    is_dead(&test, &token, &phone).await;
}

/// attacks.md row 18: so does what the operator does to the account.
#[tokio::test]
async fn the_operators_acts_end_it() {
    let test = TestApp::start().await;
    let (_, phone, token) = under_way(&test).await;
    admin::suspend(&test.app, "demo", "mia").await.unwrap();
    is_dead(&test, &token, &phone).await;
    admin::activate(&test.app, "demo", "mia").await.unwrap();
    is_dead(&test, &token, &phone).await;

    let token = pending(&test, "mia").await;
    admin::reset_mfa(&test.app, "demo", "mia").await.unwrap();
    is_dead(&test, &token, &phone).await;
}

/// attacks.md row 18: a suspended tenant's logins complete no more, and the state of the account is read
/// anew at the second step, whatever it was at the first.
#[tokio::test]
async fn the_account_is_read_anew_at_the_second_step() {
    let test = TestApp::start().await;
    let (_, phone, token) = under_way(&test).await;
    test.by_hand("UPDATE tenants SET suspended_at = 1 WHERE slug = 'demo'").await;
    assert_eq!(finish(&test, &token, &phone.code()).await.status, 401);
    test.by_hand("UPDATE tenants SET suspended_at = NULL WHERE slug = 'demo'").await;
    test.by_hand("UPDATE users SET status = 'suspended' WHERE username = 'mia'").await;
    test.clock.advance_secs(30);
    assert_eq!(finish(&test, &token, &phone.code()).await.status, 401);
    test.by_hand("DELETE FROM tenants WHERE slug = 'demo'").await;
    is_dead(&test, &token, &phone).await;
}

/// attacks.md row 18: a lock that begins after the first step holds at the second.
#[tokio::test]
async fn a_lock_holds_at_the_second_step() {
    let test = TestApp::start().await;
    let (_, phone, token) = under_way(&test).await;
    for n in 0..5 {
        let answer = test.anonymous().login("demo", "mia", PASSWORD, Some(&phone.wrong_code(n))).await;
        answer.refused(401, "invalid_mfa_code");
    }
    finish(&test, &token, &phone.code()).await.refused(429, "too_many_attempts");
}

/// attacks.md row 18: other servers and new signing keys make nothing of a used one. An unused one is good
/// on every server until it ends.
#[tokio::test]
async fn servers_and_keys_do_not_revive_it() {
    let test = TestApp::start().await;
    let (_, phone, token) = under_way(&test).await;
    jwt::rotate(&test.app, SigningAlgorithm::EdDsa).await.unwrap();
    let node = test.second_node().await;
    let request = |code: &str| {
        let body = json!({ "mfa_token": token, "mfa_code": code }).to_string();
        test.anonymous().request(&axum::http::Method::POST, super::MFA, "application/json", body)
    };
    node.send(request(&phone.code())).await.expect(200);
    test.clock.advance_secs(30);
    node.send(request(&phone.code())).await.refused(401, "mfa_token_invalid");
    is_dead(&test, &token, &phone).await;
}
