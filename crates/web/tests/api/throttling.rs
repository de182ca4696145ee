//! How often somebody may guess.

mod address;
mod codes;
mod counters;
mod known_browser;
mod passwords;
mod repeats;
mod spellings;

use serde_json::json;
use twinlock_testkit::{Answer, Authenticator, TestApp, app::PASSWORD};

const LOGIN: &str = "/api/v1/auth/login";

async fn guess(test: &TestApp, username: &str, code: &str) -> Answer {
    test.anonymous().login("demo", username, PASSWORD, Some(code)).await
}

async fn wrong_password(test: &TestApp, username: &str) -> Answer {
    test.anonymous().guess("demo", username).await
}

/// `n` wrong codes for somebody of tenant `demo`, each evaluated.
async fn wrong_codes(test: &TestApp, username: &str, phone: &Authenticator<'_>, n: usize) {
    for i in 0..n {
        guess(test, username, &phone.wrong_code(i)).await.refused(401, "invalid_mfa_code");
    }
}

fn wait_of(answer: &Answer) -> i64 {
    answer.header("retry-after").parse().unwrap()
}

/// The token of a login that waits for its second step.
async fn pending(test: &TestApp, username: &str) -> String {
    test.anonymous().login("demo", username, PASSWORD, None).await.expect(200).string("mfa_token")
}

async fn finish(test: &TestApp, token: &str, code: &str) -> Answer {
    test.anonymous().post("/api/v1/auth/mfa", json!({ "mfa_token": token, "mfa_code": code })).await
}
