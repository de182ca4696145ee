//! The hint on the clock tells when a code will be right. That very code is never accepted.

use std::sync::Arc;

use axum::http::Method;
use serde_json::json;
use twinlock_core::audit::EventKind;
use twinlock_testkit::{Answer, Authenticator, Caller, TestApp, app::PASSWORD, at_once};

use super::{login, unlock};

/// Refused, with the hint of so many steps ahead.
fn hinted(answer: Answer, steps: i64) {
    let answer = answer.refused(401, "invalid_mfa_code");
    assert_eq!(answer.json()["clock_offset_seconds"], steps * 30);
}

fn refused_without_a_hint(answer: Answer) {
    let answer = answer.refused(401, "invalid_mfa_code");
    assert!(answer.json().get("clock_offset_seconds").is_none(), "{}", answer.text());
}

/// attacks.md row 11: a guess that was told to be right in ninety seconds is not right in ninety seconds, wherever
/// it is typed; the codes before and after it are.
#[tokio::test]
async fn a_code_whose_time_was_told_is_never_accepted() {
    let test = TestApp::start().await;
    let (_, phone) = test.enrolled("mia").await;
    let step_up = async |code: &str| {
        let mia = test.anonymous().sign_in_with_code("mia", &phone.code_at(-1)).await;
        test.clock.advance_secs(120);
        (mia.post("/api/v1/auth/step-up", json!({ "code": code })).await, mia)
    };
    for ahead in [2, 3, 20] {
        let told = phone.code_at(ahead);
        hinted(login(&test, "mia", &told).await, ahead);
        // While it is in the window: before its time, at it, and after.
        for wait in [(ahead - 1) * 30, 30, 30] {
            test.clock.advance_secs(wait);
            refused_without_a_hint(login(&test, "mia", &told).await);
        }
        test.clock.advance_secs(30);
        login(&test, "mia", &phone.code()).await.expect(200);
        test.clock.advance_secs(1800);
    }
    // Told at sign-in, used at step-up and to switch off.
    let told = phone.code_at(5);
    hinted(login(&test, "mia", &told).await, 5);
    let (answer, mia) = step_up(&told).await;
    refused_without_a_hint(answer);
    refused_without_a_hint(mia.post("/api/v1/mfa/disable", json!({ "code": told })).await);
    let stepped = mia.post("/api/v1/auth/step-up", json!({ "code": phone.code_at(-1) })).await.expect(200);
    let mia = mia.with_token(&stepped.string("token"));
    // Told at step-up, used at sign-in.
    let told = phone.code_at(4);
    hinted(mia.post("/api/v1/auth/step-up", json!({ "code": told })).await, 4);
    test.clock.advance_secs(120);
    refused_without_a_hint(login(&test, "mia", &told).await);
    // Told where MFA is switched off.
    let told = phone.code_at(4);
    hinted(mia.post("/api/v1/mfa/disable", json!({ "code": told })).await, 4);
    test.clock.advance_secs(120);
    refused_without_a_hint(mia.post("/api/v1/mfa/disable", json!({ "code": told })).await);
    mia.post("/api/v1/mfa/disable", json!({ "code": phone.code_at(1) })).await.expect(200);
}

/// attacks.md row 43: the owner of a phone that is ahead is told so, and once its clock is right only the code that
/// was told of waits for the next one. It is not counted as a guess.
#[tokio::test]
async fn the_owner_of_a_fast_phone_gets_in_with_the_next_code() {
    let test = TestApp::start().await;
    let (_, phone) = test.enrolled("mia").await;
    hinted(login(&test, "mia", &phone.code_at(3)).await, 3);
    login(&test, "mia", &phone.code()).await.expect(200);
    hinted(login(&test, "mia", &phone.code_at(3)).await, 3);
    test.clock.advance_secs(90);
    for _ in 0..10 {
        refused_without_a_hint(login(&test, "mia", &phone.code()).await);
    }
    assert!(test.events(EventKind::CodesBlocked).await.is_empty());
    login(&test, "mia", &phone.next_code()).await.expect(200);
    // A phone that is behind loses nothing: what is past is never accepted anyway.
    hinted(login(&test, "mia", &phone.code_at(9)).await, 9);
    test.clock.advance_secs(600);
    hinted(login(&test, "mia", &phone.code_at(-3)).await, -3);
    login(&test, "mia", &phone.code_at(1)).await.expect(200);
}

/// attacks.md row 11: told to many at once is told; none of them uses it.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_code_told_to_many_at_once_is_accepted_from_none() {
    let test = Arc::new(TestApp::start().await);
    let (_, phone) = test.enrolled("mia").await;
    let told = phone.code_at(3);
    let all = async || {
        at_once((0..12).map(|_| {
            let body = json!({
                "tenant_id": "demo", "username": "mia", "password": PASSWORD, "mfa_code": told,
            });
            let request = test.anonymous().request(
                &Method::POST,
                "/api/v1/auth/login",
                "application/json",
                body.to_string(),
            );
            let test = Arc::clone(&test);
            async move { test.send(request).await }
        }))
        .await
    };
    let hints = all().await.iter().filter(|a| a.json().get("clock_offset_seconds").is_some()).count();
    assert!(hints >= 1);
    assert_eq!(test.column("totp_spent_steps.from_step").await.len(), 1);
    test.clock.advance_secs(90);
    unlock(&test, "mia").await;
    assert!(all().await.iter().all(|answer| answer.status == 401));
}

/// attacks.md row 11: what is kept is bounded; where nothing more can be kept, nothing more is told.
#[tokio::test]
async fn where_no_more_can_be_kept_no_more_is_told() {
    let test = TestApp::start().await;
    let (_, phone) = test.enrolled("mia").await;
    for _ in 0..64 {
        hinted(login(&test, "mia", &phone.code_at(20)).await, 20);
        unlock(&test, "mia").await;
        test.clock.advance_secs(30);
    }
    assert_eq!(test.column("totp_spent_steps.from_step").await.len(), 64);
    refused_without_a_hint(login(&test, "mia", &phone.code_at(20)).await);
    // A day later the first of them are forgotten.
    test.clock.advance_secs(86_400 + 3600);
    hinted(login(&test, "mia", &phone.code_at(20)).await, 20);
    assert_eq!(test.column("totp_spent_steps.from_step").await.len(), 1);
}

async fn begun<'a>(test: &'a TestApp, bob: &Caller<'_>) -> Authenticator<'a> {
    Authenticator::of(test, &bob.post("/api/v1/mfa/setup", json!({})).await.expect(200).json())
}

/// attacks.md row 11: the hint of an enrollment is no other: what it told of confirms nothing, and does not sign in
/// afterwards.
#[tokio::test]
async fn what_an_enrollment_tells_of_is_used_as_well() {
    let test = TestApp::start().await;
    let bob = test.sign_in("bob").await;
    let phone = begun(&test, &bob).await;
    let verify = async |code: String| bob.post("/api/v1/mfa/verify", json!({ "code": code })).await;
    let (soon, later) = (phone.code_at(3), phone.code_at(6));
    hinted(verify(soon.clone()).await, 3);
    hinted(verify(later.clone()).await, 6);
    test.clock.advance_secs(90);
    refused_without_a_hint(verify(soon).await);
    verify(phone.code_at(1)).await.expect(200);
    test.clock.advance_secs(90);
    refused_without_a_hint(login(&test, "bob", &later).await);
    login(&test, "bob", &phone.code_at(1)).await.expect(200);
}

/// attacks.md row 11: of two codes both are told of.
#[tokio::test]
async fn a_hint_on_two_codes_tells_of_both() {
    let test = TestApp::start().await;
    let olga = test.sign_in("olga").await;
    let settings = json!({ "totp_enrollment_codes": 2 });
    olga.patch("/api/v1/tenants/demo/settings", settings).await.expect(200);
    let bob = test.sign_in("bob").await;
    let phone = begun(&test, &bob).await;
    let verify = async |first: i64| {
        let body = json!({ "code": phone.code_at(first), "second_code": phone.code_at(first + 1) });
        bob.post("/api/v1/mfa/verify", body).await
    };
    hinted(verify(4).await, 5);
    test.clock.advance_secs(120);
    for first in [-1, 0] {
        refused_without_a_hint(verify(first).await);
    }
    test.clock.advance_secs(60);
    refused_without_a_hint(verify(-1).await);
    verify(0).await.expect(200);
}
