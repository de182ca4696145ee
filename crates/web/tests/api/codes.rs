//! One-time codes: each counts once, in its window, in one spelling, for one purpose.

mod foretold;
mod races;
mod replay;
mod secrets;
mod values;
mod window;

use axum::http::{Method, Request};
use serde_json::{Value, json};
use twinlock_testkit::{Answer, Caller, TestApp, app::PASSWORD};

/// A sign-in of somebody of tenant `demo`, not yet sent.
fn login_request(caller: &Caller<'_>, username: &str, code: &str) -> Request<axum::body::Body> {
    let body = json!({ "tenant_id": "demo", "username": username, "password": PASSWORD, "mfa_code": code });
    json_request(caller, "/api/v1/auth/login", &body)
}

fn json_request(caller: &Caller<'_>, path: &str, body: &Value) -> Request<axum::body::Body> {
    caller.request(&Method::POST, path, "application/json", body.to_string())
}

/// Signs in from nowhere special.
async fn login(test: &TestApp, username: &str, code: &str) -> Answer {
    test.anonymous().login("demo", username, PASSWORD, Some(code)).await
}

/// Forgets wrong codes, so that the next one is evaluated.
async fn unlock(test: &TestApp, username: &str) {
    twinlock_service::admin::unlock(&test.app, "demo", username).await.unwrap();
}

fn count(answers: &[Answer], status: u16, code: &str) -> usize {
    answers.iter().filter(|answer| answer.status == status && answer.code() == code).count()
}
