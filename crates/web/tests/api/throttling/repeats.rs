//! A client that fails again and again with the same password has guessed once.

use std::sync::Arc;

use axum::http::Method;
use serde_json::json;
use twinlock_core::audit::EventKind;
use twinlock_service::maintenance;
use twinlock_testkit::{TestApp, app::PASSWORD, at_once};

use super::LOGIN;

const OLD: &str = "last year's password";

/// attacks.md row 43: a mail program with last year's password locks neither its owner nor their office out.
#[tokio::test]
async fn the_same_password_again_is_one_failure() {
    let test = TestApp::start().await;
    for name in ["bob", "nobody"] {
        for _ in 0..150 {
            let answer = test.anonymous().login("demo", name, OLD, None).await;
            answer.refused(401, "invalid_credentials");
        }
        for _ in 0..9 {
            test.anonymous().guess("demo", name).await.refused(401, "invalid_credentials");
        }
        test.anonymous().guess("demo", name).await.refused(429, "too_many_attempts");
        test.anonymous().login("demo", name, OLD, None).await.refused(429, "too_many_attempts");
    }
    // Nothing of it is lost to whoever reads the log.
    assert_eq!(test.times(EventKind::SignInPasswordRefused).await, 2 * 159);
}

/// attacks.md row 43: and it is no way around the budget: once in ten minutes from each client, and only as it is.
#[tokio::test]
async fn the_same_password_counts_again_after_ten_minutes_from_elsewhere_and_for_others() {
    let test = TestApp::start().await;
    for n in 0..5 {
        for name in ["bob", " BOB"] {
            let caller = test.anonymous().at(&format!("203.0.113.{n}"));
            caller.login("demo", name, OLD, None).await.refused(401, "invalid_credentials");
        }
    }
    for _ in 0..5 {
        test.clock.advance_secs(600);
        test.anonymous().at("203.0.113.1").login("demo", "bob", OLD, None).await.expect(401);
    }
    test.anonymous().login("demo", "bob", PASSWORD, None).await.refused(429, "too_many_attempts");
    // One password for a hundred names is a hundred guesses.
    for n in 0..99 {
        let sprayer = test.anonymous().at("198.51.100.7");
        sprayer.login("demo", &format!("user{n}"), OLD, None).await.refused(401, "invalid_credentials");
    }
    let sprayer = test.anonymous().at("198.51.100.7");
    sprayer.login("demo", "mia", OLD, None).await.refused(401, "invalid_credentials");
    sprayer.login("demo", "mia", OLD, None).await.refused(429, "too_many_attempts");
}

/// What was wrong is right once it is the password: nobody is kept out by what was remembered of it.
#[tokio::test]
async fn a_password_that_was_wrong_a_moment_ago_may_be_right_now() {
    let test = TestApp::start().await;
    let new = "quite another passphrase";
    test.anonymous().login("demo", "bob", new, None).await.refused(401, "invalid_credentials");
    let link = test.reset_token("demo", "bob@demo.example").await;
    let confirm = json!({ "token": link, "new_password": new });
    test.anonymous().post("/api/v1/auth/password-reset/confirm", confirm).await.expect(204);
    test.anonymous().login("demo", "bob", new, None).await.expect(200);
    test.anonymous().login("demo", "bob", PASSWORD, None).await.refused(401, "invalid_credentials");
}

/// attacks.md row 41: that a try was one before shows to nobody who did not make it, and costs the same for all names.
#[tokio::test]
async fn a_repeated_try_costs_the_same_for_known_and_unknown() {
    let test = TestApp::start().await;
    let mut expected = None;
    for name in ["bob", "bob@demo.example", "nobody", "mi\u{200b}a", ""] {
        let mut costs = Vec::new();
        for _ in 0..3 {
            let before = test.app.store().statements();
            let answer = test.anonymous().login("demo", name, OLD, None).await;
            costs.push((answer.seen(), test.app.store().statements() - before));
        }
        assert_eq!(*expected.get_or_insert_with(|| costs.clone()), costs, "{name:?}");
    }
}

/// attacks.md row 6: the same password two hundred times at once is one failure.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_same_password_at_once_is_one_failure() {
    let test = Arc::new(TestApp::start().await);
    let answers = at_once((0..200).map(|_| {
        let body = json!({ "tenant_id": "demo", "username": "bob", "password": OLD });
        let request = test.anonymous().request(&Method::POST, LOGIN, "application/json", body.to_string());
        let test = Arc::clone(&test);
        async move { test.send(request).await }
    }))
    .await;
    assert!(answers.iter().all(|answer| answer.status == 401));
    for _ in 0..9 {
        test.anonymous().guess("demo", "bob").await.refused(401, "invalid_credentials");
    }
    test.anonymous().guess("demo", "bob").await.refused(429, "too_many_attempts");
    assert_eq!(test.times(EventKind::SignInPasswordRefused).await, 209);
}

/// attacks.md row 95: what is kept of a wrong password is a keyed digest, for minutes; nothing is kept of the right one.
#[tokio::test]
async fn what_is_remembered_of_wrong_passwords_is_short_lived() {
    let test = TestApp::start().await;
    let remembered = async || {
        let keys = test.column("throttles.key").await;
        keys.iter().filter(|key| key.starts_with(b"again:")).count()
    };
    test.sign_in("bob").await;
    assert_eq!(remembered().await, 0);
    test.anonymous().login("demo", "bob", OLD, None).await.expect(401);
    assert_eq!(remembered().await, 1);
    test.clock.advance_secs(601);
    maintenance::tick(&test.app).await;
    assert_eq!(remembered().await, 0);
}
