//! The budget of wrong passwords, and that nobody can use it as a weapon.

use std::sync::Arc;

use axum::http::Method;
use serde_json::json;
use twinlock_core::ids::UserId;
use twinlock_service::{admin, browser};
use twinlock_testkit::{TestApp, app::PASSWORD, at_once};

use super::{LOGIN, guess, wait_of, wrong_codes, wrong_password};

/// attacks.md row 43: ten wrong passwords are free, then the waits grow, end, and never become a lock.
#[tokio::test]
async fn wrong_passwords_wait_and_never_lock_for_ever() {
    let test = TestApp::start().await;
    let stranger = test.anonymous().at("203.0.113.9");
    for _ in 0..10 {
        stranger.guess("demo", "bob").await.refused(401, "invalid_credentials");
    }
    for expected in [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 900, 900] {
        let right = stranger.login("demo", "bob", PASSWORD, None).await.refused(429, "too_many_attempts");
        let wrong = stranger.guess("demo", "bob").await.refused(429, "too_many_attempts");
        assert_eq!(wait_of(&right), expected);
        assert_eq!(right.seen(), wrong.seen());
        test.clock.advance_secs(expected);
        stranger.guess("demo", "bob").await.refused(401, "invalid_credentials");
    }
    test.clock.advance_secs(900);
    stranger.login("demo", "bob", PASSWORD, None).await.expect(200);
}

/// attacks.md row 43: a stranger's wrong passwords slow down neither an address nor a browser from which
/// the owner has signed in before; each of those has a budget of its own.
#[tokio::test]
async fn a_strangers_wrong_passwords_do_not_slow_the_owner_down() {
    let test = TestApp::start().await;
    let home = test.anonymous().at("192.0.2.1");
    let answer = home.login("demo", "bob", PASSWORD, None).await.expect(200).json();
    let bob = UserId(answer["user"]["id"].as_str().unwrap().parse().unwrap());
    let stranger = test.anonymous().at("203.0.113.9");
    for _ in 0..10 {
        stranger.guess("demo", "bob").await.refused(401, "invalid_credentials");
    }
    stranger.login("demo", "bob", PASSWORD, None).await.refused(429, "too_many_attempts");
    test.anonymous()
        .at("203.0.113.10")
        .login("demo", "bob", PASSWORD, None)
        .await
        .refused(429, "too_many_attempts");

    home.login("demo", "bob", PASSWORD, None).await.expect(200);
    let cookie = |value: String| format!("twinlock_device={value}");
    let abroad = test.anonymous().at("198.51.100.4");
    let known = abroad.clone().with_header("cookie", &cookie(browser::remember(&test.app, bob, 0).unwrap()));
    known.login("demo", "bob", PASSWORD, None).await.expect(200);

    // The stranger has not learnt a way around the wait: forged, and another's.
    let another = UserId(uuid::Uuid::from_u128(7));
    for value in [browser::remember(&test.app, another, 0).unwrap(), "A".repeat(86), String::new()] {
        let forged = test.anonymous().at("203.0.113.11").with_header("cookie", &cookie(value));
        forged.login("demo", "bob", PASSWORD, None).await.refused(429, "too_many_attempts");
    }
}

/// attacks.md row 43: a known browser is no way around the budget either: it has one of its own.
#[tokio::test]
async fn a_known_browser_has_a_budget_of_its_own() {
    let test = TestApp::start().await;
    let answer =
        test.anonymous().at("192.0.2.1").login("demo", "bob", PASSWORD, None).await.expect(200).json();
    let bob = UserId(answer["user"]["id"].as_str().unwrap().parse().unwrap());
    let cookie = format!("twinlock_device={}", browser::remember(&test.app, bob, 0).unwrap());
    let known = test.anonymous().at("198.51.100.4").with_header("cookie", &cookie);
    for _ in 0..10 {
        known.guess("demo", "bob").await.refused(401, "invalid_credentials");
    }
    known.login("demo", "bob", PASSWORD, None).await.refused(429, "too_many_attempts");
    test.anonymous().at("192.0.2.1").login("demo", "bob", PASSWORD, None).await.expect(200);
}

/// attacks.md row 43: wrong passwords never use up the budget of codes, and wrong codes not that of
/// passwords.
#[tokio::test]
async fn passwords_and_codes_are_counted_apart() {
    let test = TestApp::start().await;
    let (_, phone) = test.enrolled("mia").await;
    for _ in 0..40 {
        wrong_password(&test, "mia").await;
    }
    test.clock.advance_secs(900);
    test.anonymous().login("demo", "mia", "wrong once more", Some(&phone.wrong_code(0))).await;
    test.clock.advance_secs(900);
    wrong_codes(&test, "mia", &phone, 5).await;
    for _ in 0..5 {
        test.anonymous().login("demo", "mia", PASSWORD, None).await.expect(200);
    }
}

/// attacks.md row 43: with all accounts under attack the operator lifts the waits at the command line.
#[tokio::test]
async fn the_operator_lifts_all_waits_of_an_account() {
    let test = TestApp::start().await;
    let (_, phone) = test.enrolled("olga").await;
    wrong_codes(&test, "olga", &phone, 5).await;
    for _ in 0..10 {
        wrong_password(&test, "olga").await;
    }
    test.anonymous().login("demo", "olga", PASSWORD, None).await.refused(429, "too_many_attempts");
    admin::unlock(&test.app, "demo", "olga").await.unwrap();
    guess(&test, "olga", &phone.code()).await.expect(200);
}

/// attacks.md row 6: two hundred wrong passwords at once are ten guesses.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_two_hundred_passwords_at_once_ten_are_evaluated() {
    let test = Arc::new(TestApp::start().await);
    let answers = at_once((0..200).map(|n| {
        let body = json!({ "tenant_id": "demo", "username": "bob", "password": format!("wrong {n}") });
        let request = test.anonymous().request(&Method::POST, LOGIN, "application/json", body.to_string());
        let test = Arc::clone(&test);
        async move { test.send(request).await }
    }))
    .await;
    let with = |status: u16| answers.iter().filter(|answer| answer.status == status).count();
    assert_eq!((with(401), with(429)), (10, 190));
}

/// attacks.md row 43: `current_password` and the password of a step-up are throttled like sign-ins, on the
/// account's own counter.
#[tokio::test]
async fn a_password_asked_for_while_signed_in_counts_as_well() {
    let test = TestApp::start().await;
    let bob = test.sign_in("bob").await;
    for n in 0..5 {
        let guess = format!("wrong here {n}");
        let change = json!({ "current_password": guess, "new_password": "quite another passphrase" });
        bob.post("/api/v1/account/password", change).await.refused(401, "invalid_credentials");
        let guess = json!({ "password": format!("wrong there {n}") });
        bob.post("/api/v1/auth/step-up", guess).await.refused(401, "invalid_credentials");
    }
    bob.post("/api/v1/auth/step-up", json!({ "password": PASSWORD })).await.refused(429, "too_many_attempts");
    test.anonymous().login("demo", "bob", PASSWORD, None).await.refused(429, "too_many_attempts");
}
