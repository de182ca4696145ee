//! A set-up belongs to the session that began it.

use serde_json::{Value, json};
use twinlock_testkit::{Authenticator, Caller, TestApp};

const SETUP: &str = "/api/v1/mfa/setup";
const VERIFY: &str = "/api/v1/mfa/verify";

async fn begin<'a>(test: &'a TestApp, caller: &Caller<'_>) -> Authenticator<'a> {
    Authenticator::of(test, &caller.post(SETUP, json!({})).await.expect(200).json())
}

async fn is_off(caller: &Caller<'_>) {
    let overview = caller.get("/api/v1/mfa").await.expect(200).json();
    assert_eq!((&overview["enabled"], &overview["methods"]), (&json!(false), &Value::Array(vec![])));
}

/// attacks.md row 26: who saw a set-up in one session confirms it in no other.
#[tokio::test]
async fn another_session_of_the_same_person_does_not_confirm_it() {
    let test = TestApp::start().await;
    let (mine, other) = (test.sign_in("bob").await, test.sign_in("bob").await);
    let phone = begin(&test, &mine).await;
    other.post(VERIFY, json!({ "code": phone.code() })).await.refused(409, "setup_not_started");
    is_off(&mine).await;
    mine.post(VERIFY, json!({ "code": phone.code() })).await.expect(200);
}

/// attacks.md row 26: one set-up a person, whichever session it is of.
#[tokio::test]
async fn a_set_up_of_another_session_replaces_it() {
    let test = TestApp::start().await;
    let (mine, other) = (test.sign_in("bob").await, test.sign_in("bob").await);
    let phone = begin(&test, &mine).await;
    let tablet = begin(&test, &other).await;
    for code in [phone.code(), tablet.code()] {
        mine.post(VERIFY, json!({ "code": code })).await.refused(409, "setup_not_started");
    }
    is_off(&mine).await;
    other.post(VERIFY, json!({ "code": tablet.code() })).await.expect(200);
}

#[tokio::test]
async fn a_set_up_ends_with_its_session() {
    let test = TestApp::start().await;
    let bob = test.sign_in("bob").await;
    let phone = begin(&test, &bob).await;
    bob.post("/api/v1/auth/logout", json!({})).await.expect(204);
    let again = test.sign_in("bob").await;
    again.post(VERIFY, json!({ "code": phone.code() })).await.refused(409, "setup_not_started");
    is_off(&again).await;
}
