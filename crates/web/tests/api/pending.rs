//! Half-finished sign-ins: they open the second step and nothing else.

mod binding;
mod stale;
mod steps;
mod sweep;

use serde_json::{Value, json};
use twinlock_testkit::{Answer, Caller, TestApp, app::PASSWORD};

const MFA: &str = "/api/v1/auth/mfa";

/// The answer to a right password of somebody of tenant `demo`.
async fn first_step(test: &TestApp, username: &str) -> Value {
    let answer = test.anonymous().login("demo", username, PASSWORD, None).await.expect(200).json();
    assert_eq!(answer["mfa_required"], true);
    answer
}

async fn pending(test: &TestApp, username: &str) -> String {
    first_step(test, username).await["mfa_token"].as_str().unwrap().to_owned()
}

async fn finish(test: &TestApp, token: &str, code: &str) -> Answer {
    test.anonymous().post(MFA, json!({ "mfa_token": token, "mfa_code": code })).await
}

/// Whom a token belongs to.
async fn who(caller: &Caller<'_>) -> Value {
    caller.get("/api/v1/auth/session").await.expect(200).json()["user"].clone()
}
