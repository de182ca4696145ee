//! One code in many requests at once.

use std::sync::Arc;

use serde_json::json;
use twinlock_core::audit::EventKind;
use twinlock_testkit::{TestApp, app::PASSWORD, at_once};

use super::{count, json_request, login, login_request};

/// attacks.md row 8: fifty sign-ins with one code are one session, and they lock nobody out.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_fifty_sign_ins_with_one_code_one_succeeds() {
    let test = Arc::new(TestApp::start().await);
    let (_, phone) = test.enrolled("mia").await;
    for round in 1..=4 {
        let code = phone.next_code();
        let answers = at_once((0..50).map(|_| {
            let request = login_request(&test.anonymous(), "mia", &code);
            let test = Arc::clone(&test);
            async move { test.send(request).await }
        }))
        .await;
        assert_eq!(answers.iter().filter(|answer| answer.status == 200).count(), 1);
        assert_eq!(count(&answers, 401, "invalid_mfa_code"), 49);
        assert_eq!(test.times(EventKind::SignInCodeReplayed).await, 49 * round);
    }
    login(&test, "mia", &phone.next_code()).await.expect(200);
}

/// attacks.md row 8: one success also across two servers on one database.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_servers_accept_a_code_once() {
    let test = Arc::new(TestApp::start().await);
    let node = Arc::new(test.second_node().await);
    let (_, phone) = test.enrolled("mia").await;
    for _ in 0..4 {
        let code = phone.next_code();
        let answers = at_once((0..30).map(|n| {
            let request = login_request(&test.anonymous(), "mia", &code);
            let (test, node) = (Arc::clone(&test), Arc::clone(&node));
            async move { if n % 2 == 0 { test.send(request).await } else { node.send(request).await } }
        }))
        .await;
        assert_eq!(answers.iter().filter(|answer| answer.status == 200).count(), 1);
        assert_eq!(count(&answers, 401, "invalid_mfa_code"), 29);
    }
}

/// attacks.md row 8: one success also where several sign-ins wait for their second step.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_many_second_steps_with_one_code_one_succeeds() {
    let test = Arc::new(TestApp::start().await);
    let node = Arc::new(test.second_node().await);
    let (_, phone) = test.enrolled("mia").await;
    for _ in 0..4 {
        let code = phone.next_code();
        let mut requests = Vec::new();
        for _ in 0..20 {
            let step = test.anonymous().login("demo", "mia", PASSWORD, None).await.expect(200);
            let body = json!({ "mfa_token": step.string("mfa_token"), "mfa_code": code });
            requests.push(json_request(&test.anonymous(), "/api/v1/auth/mfa", &body));
        }
        let answers = at_once(requests.into_iter().enumerate().map(|(n, request)| {
            let (test, node) = (Arc::clone(&test), Arc::clone(&node));
            async move { if n % 2 == 0 { test.send(request).await } else { node.send(request).await } }
        }))
        .await;
        assert_eq!(answers.iter().filter(|answer| answer.status == 200).count(), 1);
        assert_eq!(count(&answers, 401, "invalid_mfa_code"), 19);
    }
}

/// attacks.md row 8: one success across sign-in and step-up.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_code_signs_in_or_steps_up_but_not_both() {
    let test = Arc::new(TestApp::start().await);
    let (_, phone) = test.enrolled("mia").await;
    for _ in 0..4 {
        let mia = test.anonymous().sign_in_with_code("mia", &phone.code()).await;
        let code = phone.next_code();
        let answers = at_once((0..20).map(|n| {
            let request = match n % 2 {
                0 => login_request(&test.anonymous(), "mia", &code),
                _ => json_request(&mia, "/api/v1/auth/step-up", &json!({ "code": code })),
            };
            let test = Arc::clone(&test);
            async move { test.send(request).await }
        }))
        .await;
        assert_eq!(answers.iter().filter(|answer| answer.status == 200).count(), 1);
        assert_eq!(count(&answers, 401, "invalid_mfa_code"), 19);
        test.clock.advance_secs(30);
    }
}

/// attacks.md row 8: a code switches off, or proves something else, but not both. Whoever comes after the
/// switching off meets an account without a second factor.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_code_switches_off_or_proves_something_else_but_not_both() {
    let test = Arc::new(TestApp::start().await);
    for round in 1..=4 {
        let (_, phone) = test.enrolled("mia").await;
        let mia = test.anonymous().sign_in_with_code("mia", &phone.code()).await;
        test.clock.advance_secs(630);
        let before = proofs_by_code(&test).await;
        let code = phone.code();
        let answers = at_once((0..12).map(|n| {
            let request = match n % 3 {
                0 => login_request(&test.anonymous(), "mia", &code),
                1 => json_request(&mia, "/api/v1/auth/step-up", &json!({ "code": code })),
                _ => json_request(&mia, "/api/v1/mfa/disable", &json!({ "code": code })),
            };
            let test = Arc::clone(&test);
            async move { test.send(request).await }
        }))
        .await;
        assert!(answers.iter().all(|answer| !answer.status.is_server_error()), "{answers:?}");
        assert_eq!(proofs_by_code(&test).await - before, 1, "round {round}");
        twinlock_service::admin::reset_mfa(&test.app, "demo", "mia").await.unwrap();
    }
}

/// Acts that one code of an app opened.
async fn proofs_by_code(test: &TestApp) -> usize {
    let mut sign_ins = test.events(EventKind::SignInSucceeded).await;
    sign_ins.retain(|event| event.detail["amr"].as_array().unwrap().contains(&"otp".into()));
    let step_ups = test.events(EventKind::StepUpSucceeded).await;
    sign_ins.len() + step_ups.len() + test.events(EventKind::MfaDisabled).await.len()
}
