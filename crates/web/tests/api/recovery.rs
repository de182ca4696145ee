//! Recovery codes: single-use, one set at a time, stored as hashes.

mod lifecycle;
mod races;
mod saved;
mod storage;
mod usage;

use twinlock_testkit::{Answer, Caller, TestApp, app::PASSWORD};

const CODES: &str = "/api/v1/mfa/recovery-codes";

async fn login(test: &TestApp, username: &str, code: &str) -> Answer {
    test.anonymous().login("demo", username, PASSWORD, Some(code)).await
}

async fn unlock(test: &TestApp, username: &str) {
    twinlock_service::admin::unlock(&test.app, "demo", username).await.unwrap();
}

async fn left(caller: &Caller<'_>) -> u64 {
    caller.get("/api/v1/mfa").await.expect(200).json()["recovery_codes_remaining"].as_u64().unwrap()
}

fn codes_in(answer: &Answer) -> Vec<String> {
    let json = answer.json();
    let codes = json["backup_codes"].as_array().unwrap();
    codes.iter().map(|code| code.as_str().unwrap().to_owned()).collect()
}
