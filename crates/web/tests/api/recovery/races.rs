//! Codes in many requests at once.

use std::sync::Arc;

use axum::http::Method;
use serde_json::json;
use twinlock_core::audit::EventKind;
use twinlock_testkit::{Answer, Caller, TestApp, app::PASSWORD, at_once};

use super::{CODES, codes_in, left, login};

fn request(caller: &Caller<'_>, path: &str, code: &str) -> axum::http::Request<axum::body::Body> {
    let body = match path {
        "/api/v1/auth/login" => {
            json!({ "tenant_id": "demo", "username": "mia", "password": PASSWORD, "mfa_code": code })
        }
        CODES => json!({}),
        _ => json!({ "code": code }),
    };
    caller.request(&Method::POST, path, "application/json", body.to_string())
}

fn successes(answers: &[Answer]) -> usize {
    answers.iter().filter(|answer| answer.status == 200).count()
}

/// attacks.md row 36: fifty sign-ins with one code, on two servers, are one session, and lock nobody out.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_fifty_uses_of_one_code_one_succeeds() {
    let test = Arc::new(TestApp::start().await);
    let node = Arc::new(test.second_node().await);
    let (mia, phone) = test.enrolled("mia").await;
    for code in &phone.recovery_codes[..4] {
        let answers = at_once((0..50).map(|n| {
            let request = request(&test.anonymous(), "/api/v1/auth/login", code);
            let (test, node) = (Arc::clone(&test), Arc::clone(&node));
            async move { if n % 2 == 0 { test.send(request).await } else { node.send(request).await } }
        }))
        .await;
        assert_eq!(successes(&answers), 1);
        assert_eq!(answers.iter().filter(|answer| answer.code() == "invalid_mfa_code").count(), 49);
    }
    assert_eq!(left(&mia).await, 6);
    login(&test, "mia", &phone.code()).await.expect(200);
}

/// attacks.md row 36: different codes at once all succeed and are all used up.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn different_codes_at_once_are_all_used_up() {
    let test = Arc::new(TestApp::start().await);
    let (mia, phone) = test.enrolled("mia").await;
    let answers = at_once(phone.recovery_codes[..8].iter().map(|code| {
        let request = request(&test.anonymous(), "/api/v1/auth/login", code);
        let test = Arc::clone(&test);
        async move { test.send(request).await }
    }))
    .await;
    assert_eq!(successes(&answers), 8);
    assert_eq!(left_told(&answers), [2, 3, 4, 5, 6, 7, 8, 9]);
    test.clock.advance_secs(1);
    assert_eq!(left(&mia).await, 2);
    for code in &phone.recovery_codes[..8] {
        login(&test, "mia", code).await.refused(401, "invalid_mfa_code");
    }
}

/// attacks.md row 36: the same at the second step, on two servers: each answer tells its own number.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn second_steps_at_once_count_down_one_by_one() {
    let test = Arc::new(TestApp::start().await);
    let node = Arc::new(test.second_node().await);
    let (_, phone) = test.enrolled("mia").await;
    let mut requests = Vec::new();
    for code in &phone.recovery_codes[..8] {
        let step = test.anonymous().login("demo", "mia", PASSWORD, None).await.expect(200);
        let body = json!({ "mfa_token": step.string("mfa_token"), "mfa_code": code }).to_string();
        requests.push(test.anonymous().request(&Method::POST, "/api/v1/auth/mfa", "application/json", body));
    }
    let answers = at_once(requests.into_iter().enumerate().map(|(n, request)| {
        let (test, node) = (Arc::clone(&test), Arc::clone(&node));
        async move { if n % 2 == 0 { test.send(request).await } else { node.send(request).await } }
    }))
    .await;
    assert_eq!(left_told(&answers), [2, 3, 4, 5, 6, 7, 8, 9]);
}

/// The numbers of codes left that the answers tell, ascending.
fn left_told(answers: &[Answer]) -> Vec<u64> {
    let told = answers.iter().map(|answer| answer.json()["recovery_codes_remaining"].as_u64().unwrap());
    let mut told: Vec<_> = told.collect();
    told.sort_unstable();
    told
}

/// attacks.md row 36: one code at sign-in, step-up and switching off at once proves one thing.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_code_for_different_things_at_once_proves_one() {
    let test = Arc::new(TestApp::start().await);
    for round in 1..=4 {
        let (_, phone) = test.enrolled("mia").await;
        let mia = test.anonymous().sign_in_with_code("mia", &phone.code()).await;
        test.clock.advance_secs(660);
        let paths = ["/api/v1/auth/login", "/api/v1/auth/step-up", "/api/v1/mfa/disable"];
        let answers = at_once((0..12).map(|n| {
            let request = request(&mia.clone(), paths[n % 3], &phone.recovery_codes[0]);
            let test = Arc::clone(&test);
            async move { test.send(request).await }
        }))
        .await;
        assert!(answers.iter().all(|answer| !answer.status.is_server_error()));
        assert_eq!(test.events(EventKind::RecoveryCodeUsed).await.len(), round);
        twinlock_service::admin::reset_mfa(&test.app, "demo", "mia").await.unwrap();
    }
}

/// attacks.md row 40: sets made at once leave one full set: the codes of one answer and of no other.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_sets_made_at_once_one_is_valid() {
    let test = Arc::new(TestApp::start().await);
    let (_, phone) = test.enrolled("mia").await;
    let mia = test.anonymous().sign_in_with_code("mia", &phone.code()).await;
    let answers = at_once((0..6).map(|_| {
        let request = request(&mia, CODES, "");
        let test = Arc::clone(&test);
        async move { test.send(request).await }
    }))
    .await;
    assert_eq!(successes(&answers), 6);
    assert_eq!(test.column("recovery_codes.tag").await.len(), 10);
    let mut valid = 0;
    for answer in &answers {
        valid += usize::from(login(&test, "mia", &codes_in(answer)[0]).await.status == 200);
        super::unlock(&test, "mia").await;
    }
    assert_eq!(valid, 1);
}
