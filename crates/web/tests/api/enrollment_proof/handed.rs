//! Who has no address: the code that a reset shows the administrator.

use secrecy::ExposeSecret;

use super::*;

async fn reset(test: &TestApp, username: &str) -> String {
    let reset = admin::reset_mfa(&test.app, "demo", username).await.unwrap();
    reset.enrollment_code.unwrap().expose_secret().to_owned()
}

async fn wrong(caller: &Caller<'_>, code: &str) {
    caller.post(GIVE, json!({ "code": code })).await.refused(401, "invalid_mfa_code");
}

#[tokio::test]
async fn the_code_of_a_reset_opens_the_next_enrollment_once() {
    let test = TestApp::start().await;
    let mut ida = without_address(&test, "ida").await;
    ida.enrol().await;
    let code = reset(&test, "ida").await;
    assert_eq!(code.len(), 19, "sixteen letters in groups of four");
    let mut ida = test.sign_in("ida").await;
    is_closed(&ida).await;
    wrong(&ida, "AAAA-BBBB-CCCC-DDDD").await;
    ida.post(GIVE, json!({ "code": code.to_lowercase().replace('-', " ") })).await.expect(200);
    wrong(&ida, &code).await;
    ida.enrol().await;
    // It is gone with the enrollment: after the next reset another is asked for, and this one is dead.
    let next = reset(&test, "ida").await;
    let ida = test.sign_in("ida").await;
    is_closed(&ida).await;
    wrong(&ida, &code).await;
    ida.post(GIVE, json!({ "code": next })).await.expect(200);
}

/// attacks.md row 8: a handed code raced by many opens one enrollment.
#[tokio::test]
async fn it_is_used_once_when_raced() {
    let test = TestApp::start().await;
    without_address(&test, "ida").await;
    let code = reset(&test, "ida").await;
    let ida = test.sign_in("ida").await;
    let answers = together((0..8).map(|_| ida.post(GIVE, json!({ "code": code })))).await;
    assert_eq!(answers.iter().filter(|answer| answer.status == 200).count(), 1);
}

#[tokio::test]
async fn it_lives_a_day_and_until_the_next_reset() {
    for (wait, status) in [(86_399, 200), (86_400, 401)] {
        let test = TestApp::start().await;
        without_address(&test, "ida").await;
        let first = reset(&test, "ida").await;
        let second = reset(&test, "ida").await;
        test.clock.advance_secs(wait);
        let ida = test.sign_in("ida").await;
        wrong(&ida, &first).await;
        ida.post(GIVE, json!({ "code": second })).await.expect(status);
    }
}

/// attacks.md row 10: neither for another person nor for anything else.
#[tokio::test]
async fn it_serves_its_person_alone() {
    let test = TestApp::start().await;
    without_address(&test, "ida").await;
    let code = reset(&test, "ida").await;
    let (ivo, mia) = (without_address(&test, "ivo").await, test.sign_in("mia").await);
    wrong(&ivo, &code).await;
    wrong(&mia, &code).await;
    let reset = json!({ "token": code, "new_password": "another long password" });
    let answer = test.anonymous().post("/api/v1/auth/password-reset/confirm", reset).await;
    answer.refused(401, "invalid_credentials");
    test.sign_in("ida").await.post(GIVE, json!({ "code": code })).await.expect(200);
}

#[tokio::test]
async fn without_one_the_answer_names_who_can_help() {
    let test = TestApp::start().await;
    tenant_asks(&test).await;
    let ida = without_address(&test, "ida").await;
    let refused = ida.post(SETUP, json!({})).await.refused(403, "enrollment_proof_required");
    assert!(refused.string("detail").contains("administrator"), "{}", refused.text());
    let refused = ida.post(SEND, json!({})).await.refused(409, "conflict");
    assert!(refused.string("detail").contains("administrator"), "{}", refused.text());
    wrong(&ida, "12345678").await;
    assert!(test.mails().await.is_empty());
    let code = reset(&test, "ida").await;
    let mut ida = test.sign_in("ida").await;
    ida.post(GIVE, json!({ "code": code })).await.expect(200);
    ida.enrol().await;
}

#[tokio::test]
async fn a_new_password_ends_it() {
    let test = TestApp::start().await;
    without_address(&test, "ida").await;
    let code = reset(&test, "ida").await;
    let ida = test.sign_in("ida").await;
    let change = json!({ "current_password": PASSWORD, "new_password": "another long password" });
    let changed = ida.post("/api/v1/account/password", change).await.expect(200);
    let ida = ida.with_token(&changed.string("token"));
    wrong(&ida, &code).await;
}
