//! The budget of wrong second-factor codes.

use std::{net::Ipv4Addr, sync::Arc};

use axum::http::Method;
use serde_json::json;
use twinlock_core::audit::EventKind;
use twinlock_service::{
    Client, admin,
    login::{LoginError, Target},
    second_step,
};
use twinlock_testkit::{Browser, TestApp, app::PASSWORD, at_once};

use super::{LOGIN, finish, guess, pending, wait_of, wrong_codes};

/// attacks.md row 1: five wrong codes are evaluated, then none for half a minute; meanwhile the right code
/// is refused with the same answer, and the waits grow to a quarter of an hour.
#[tokio::test]
async fn after_five_wrong_codes_even_the_right_one_waits() {
    let test = TestApp::start().await;
    let (_, phone) = test.enrolled("mia").await;
    wrong_codes(&test, "mia", &phone, 5).await;
    for expected in [30, 60, 120, 240, 480, 900, 900] {
        let wrong = guess(&test, "mia", &phone.wrong_code(9)).await.refused(429, "too_many_attempts");
        let right = guess(&test, "mia", &phone.code()).await.refused(429, "too_many_attempts");
        assert_eq!(wait_of(&wrong), expected);
        assert_eq!(wrong.seen(), right.seen());
        test.clock.advance_secs(expected - 1);
        guess(&test, "mia", &phone.code()).await.refused(429, "too_many_attempts");
        test.clock.advance_secs(1);
        guess(&test, "mia", &phone.wrong_code(9)).await.refused(401, "invalid_mfa_code");
    }
    test.clock.advance_secs(900);
    guess(&test, "mia", &phone.code()).await.expect(200);
}

/// attacks.md row 1: a day of guessing whenever it is possible is fifty guesses; the log has one event a
/// guess, the owner one mail a lock. attacks.md row 43: the owner comes back with a recovery code.
#[tokio::test]
async fn a_day_of_guessing_is_fifty_guesses() {
    let test = TestApp::start().await;
    let (_, phone) = test.enrolled("mia").await;
    let mails = test.mails_to("mia@demo.example").await.len();
    let (mut evaluated, mut waited) = (0, 0);
    while waited < 86_400 {
        let answer = guess(&test, "mia", &phone.wrong_code(evaluated)).await;
        match answer.status.as_u16() {
            401 => evaluated += 1,
            429 => {
                waited += wait_of(&answer);
                test.clock.advance_secs(wait_of(&answer));
            }
            _ => panic!("{}", answer.text()),
        }
    }
    assert_eq!(evaluated, 50);
    assert_eq!(test.times(EventKind::SignInCodeRefused).await, 50);
    assert_eq!(test.events(EventKind::CodesBlocked).await.len(), 2);
    assert_eq!(test.mails_to("mia@demo.example").await.len() - mails, 2);
    guess(&test, "mia", &phone.code()).await.refused(429, "too_many_attempts");

    guess(&test, "mia", &phone.recovery_codes[0]).await.expect(200);
    guess(&test, "mia", &phone.next_code()).await.expect(200);
}

/// attacks.md row 1: one pending login allows as few wrong codes as any number of them, and ends with the fifth.
#[tokio::test]
async fn a_pending_login_allows_five_wrong_codes() {
    let test = TestApp::start().await;
    let (_, phone) = test.enrolled("mia").await;
    let token = pending(&test, "mia").await;
    for n in 0..5 {
        finish(&test, &token, &phone.wrong_code(n)).await.refused(401, "invalid_mfa_code");
    }
    finish(&test, &token, &phone.code()).await.refused(401, "mfa_token_invalid");
    let another = pending(&test, "mia").await;
    // Where codes have to wait none is tried: waiting costs the login nothing.
    for _ in 0..10 {
        finish(&test, &another, &phone.code()).await.refused(429, "too_many_attempts");
    }
    test.clock.advance_secs(30);
    finish(&test, &another, &phone.code()).await.expect(200);
}

/// attacks.md row 37: one budget for codes of both kinds, whatever they are typed for, and the answer does
/// not tell which kind was expected.
#[tokio::test]
async fn both_kinds_of_codes_and_all_their_uses_share_one_budget() {
    let test = TestApp::start().await;
    let (mia, phone) = test.enrolled("mia").await;
    let totp = guess(&test, "mia", &phone.wrong_code(0)).await.refused(401, "invalid_mfa_code");
    let recovery = guess(&test, "mia", "00000000").await.refused(401, "invalid_mfa_code");
    let long = guess(&test, "mia", "AAAA-AAAA-AAAA-AAAA").await.refused(401, "invalid_mfa_code");
    assert_eq!(totp.seen(), recovery.seen());
    assert_eq!(totp.seen(), long.seen());
    mia.post("/api/v1/auth/step-up", json!({ "code": "00000001" })).await.refused(401, "invalid_mfa_code");
    mia.post("/api/v1/mfa/disable", json!({ "code": phone.wrong_code(1) }))
        .await
        .refused(401, "invalid_mfa_code");

    let token = pending(&test, "mia").await;
    for code in [phone.code(), phone.recovery_codes[0].clone()] {
        guess(&test, "mia", &code).await.refused(429, "too_many_attempts");
        finish(&test, &token, &code).await.refused(429, "too_many_attempts");
        let body = json!({ "code": code });
        mia.post("/api/v1/auth/step-up", body.clone()).await.refused(429, "too_many_attempts");
        mia.post("/api/v1/mfa/disable", body).await.refused(429, "too_many_attempts");
    }
    test.clock.advance_secs(30);
    guess(&test, "mia", &phone.recovery_codes[0]).await.expect(200);
}

/// attacks.md row 37: after fifty wrong codes in a row only recovery codes go on, one a quarter of an hour,
/// and after a hundred nothing does until the operator lifts it.
#[tokio::test]
async fn apps_stop_at_fifty_and_recovery_codes_at_a_hundred() {
    let test = TestApp::start().await;
    let (_, phone) = test.enrolled("mia").await;
    let wrong = |n: usize| format!("{:08}", n * 7);
    for n in 0..100 {
        if n >= 50 {
            guess(&test, "mia", &phone.code()).await.refused(429, "too_many_attempts");
        }
        guess(&test, "mia", &wrong(n)).await.refused(401, "invalid_mfa_code");
        if n >= 49 {
            let early = guess(&test, "mia", &phone.recovery_codes[0]).await.refused(429, "too_many_attempts");
            assert_eq!(wait_of(&early), 900);
        }
        test.clock.advance_secs(900);
    }
    test.clock.advance_secs(86_400);
    guess(&test, "mia", &phone.recovery_codes[0]).await.refused(429, "too_many_attempts");
    guess(&test, "mia", &phone.code()).await.refused(429, "too_many_attempts");
    assert_eq!(test.times(EventKind::SignInCodeRefused).await, 100);

    admin::unlock(&test.app, "demo", "mia").await.unwrap();
    guess(&test, "mia", &phone.code()).await.expect(200);
    guess(&test, "mia", &phone.recovery_codes[0]).await.expect(200);
}

/// attacks.md row 43: who waits out a lock that no wait lifts would never get in: the page and the answer
/// tell what opens the account instead.
#[tokio::test]
async fn a_lock_that_no_wait_lifts_says_what_does() {
    let test = TestApp::start().await;
    let (_, phone) = test.enrolled("mia").await;
    let mut browser = test.browser();
    to_the_second_lock(&mut browser).await;
    for (failures, page, told) in [
        (50, "/login/mfa/app", "app codes no longer open this account. Use a recovery code"),
        (50, "/login/mfa/recovery", "app codes no longer open this account. Use a recovery code"),
        (100, "/login/mfa/recovery", "recovery codes no longer open this account. Ask your administrator"),
        (100, "/login/mfa/app", "recovery codes no longer open this account. Ask your administrator"),
    ] {
        test.by_hand(&format!("UPDATE users SET typed_failures = {failures} WHERE username = 'mia'")).await;
        let code = phone.next_code();
        browser.open(page).await.expect(200);
        let shown = browser.submit(page, &[("code", &code)]).await.shown_again();
        assert!(shown.text().contains(told), "{failures} {page}: {}", shown.text());
        let answer = guess(&test, "mia", &code).await.refused(429, "too_many_attempts");
        assert_eq!(wait_of(&answer), 900);
        let detail = answer.string("detail");
        assert!(detail.contains("administrator") && !detail.contains("seconds"), "{detail}");
    }
}

/// A browser in which the password of mia was typed.
async fn to_the_second_lock(browser: &mut Browser<'_>) {
    browser.open("/t/demo/login").await.expect(200);
    let who = [("tenant_id", "demo"), ("username", "mia")];
    browser.submit("/login", &who).await.expect(303);
    browser.open("/login/password").await.expect(200);
    let form = [who[0], who[1], ("password", PASSWORD)];
    assert_eq!(browser.submit("/login/password", &form).await.expect(303).location(), "/login/mfa");
}

/// attacks.md row 37: a code that came while codes had to wait is not counted as wrong when the wait ends
/// before it is looked at: nobody has looked at it.
#[tokio::test]
async fn a_recovery_code_that_comes_as_the_wait_ends_is_not_a_wrong_one() {
    let test = TestApp::start().await;
    let (_, phone) = test.enrolled("mia").await;
    wrong_codes(&test, "mia", &phone, 5).await;
    let (token, code) = (pending(&test, "mia").await, &phone.recovery_codes[0]);
    test.clock.advance_secs(29);
    // The first look finds a second of waiting left; at the next it is over.
    test.clock.advance_after_looks(1, 1);
    let answer = second_step::with_code(&test.app, &somebody(), &token, code, Target::API).await;
    assert!(matches!(answer, Err(LoginError::TooMany(1))), "{answer:?}");
    assert_eq!(test.times(EventKind::SignInCodeRefused).await, 5);
    finish(&test, &token, code).await.expect(200);
}

fn somebody() -> Client {
    Client::at(Ipv4Addr::LOCALHOST.into())
}

/// attacks.md row 6: two hundred wrong codes at once are five guesses, counted and logged, and the right
/// code after them waits.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_two_hundred_guesses_at_once_five_are_evaluated() {
    let test = Arc::new(TestApp::start().await);
    let (_, phone) = test.enrolled("mia").await;
    let answers = at_once((0..200).map(|n| {
        let body = json!({
            "tenant_id": "demo", "username": "mia", "password": PASSWORD, "mfa_code": phone.wrong_code(n),
        });
        let request = test.anonymous().request(&Method::POST, LOGIN, "application/json", body.to_string());
        let test = Arc::clone(&test);
        async move { test.send(request).await }
    }))
    .await;
    let with = |status: u16| answers.iter().filter(|answer| answer.status == status).count();
    assert_eq!((with(401), with(429)), (5, 195));
    assert_eq!(test.times(EventKind::SignInCodeRefused).await, 5);
    guess(&test, "mia", &phone.code()).await.refused(429, "too_many_attempts");
}

/// attacks.md row 6: a burst on one pending login, its right code in the middle, is as few guesses.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_burst_on_a_pending_login_is_five_guesses_or_the_right_one() {
    let test = Arc::new(TestApp::start().await);
    let (_, phone) = test.enrolled("mia").await;
    let token = pending(&test, "mia").await;
    let answers = at_once((0..200).map(|n| {
        let code = if n == 150 { phone.code() } else { phone.wrong_code(n) };
        let body = json!({ "mfa_token": token, "mfa_code": code }).to_string();
        let request = test.anonymous().request(&Method::POST, "/api/v1/auth/mfa", "application/json", body);
        let test = Arc::clone(&test);
        async move { test.send(request).await }
    }))
    .await;
    let with = |code: &str| answers.iter().filter(|answer| answer.code() == code).count();
    let successes = answers.iter().filter(|answer| answer.status == 200).count();
    assert!(with("invalid_mfa_code") <= 5 && successes <= 1);
    assert_eq!(
        with("invalid_mfa_code") + with("too_many_attempts") + with("mfa_token_invalid") + successes,
        200
    );
}

/// attacks.md row 1: codes that had to wait are in the log once a minute with a count, whatever they were typed for, and
/// none of them is written down by its own request.
#[tokio::test]
async fn codes_that_have_to_wait_are_told_once_a_minute() {
    let test = TestApp::start().await;
    let (mia, phone) = test.enrolled("mia").await;
    wrong_codes(&test, "mia", &phone, 5).await;
    let token = pending(&test, "mia").await;
    for code in [phone.code(), phone.recovery_codes[0].clone(), phone.wrong_code(3)] {
        finish(&test, &token, &code).await.refused(429, "too_many_attempts");
        for path in ["/api/v1/auth/step-up", "/api/v1/mfa/disable"] {
            mia.post(path, json!({ "code": code })).await.refused(429, "too_many_attempts");
        }
    }
    let rows = test.events(EventKind::SignInThrottled).await;
    assert_eq!((rows.len(), rows[0].times(), &rows[0].detail), (1, 9, &json!({ "by": "code" })));
    assert!(rows[0].user_id.is_some() && rows[0].tenant_id.is_some());
}

/// The same at an enrollment.
#[tokio::test]
async fn codes_of_an_enrollment_that_have_to_wait_are_told() {
    let test = TestApp::start().await;
    let bob = test.sign_in("bob").await;
    let setup = bob.post("/api/v1/mfa/setup", json!({})).await.expect(200).json();
    let phone = twinlock_testkit::Authenticator::of(&test, &setup);
    for n in 0..5 {
        if n == 4 {
            // A row of its own for the last one.
            test.clock.advance_secs(60);
        }
        let wrong = json!({ "code": phone.wrong_code(n) });
        bob.post("/api/v1/mfa/verify", wrong).await.refused(401, "invalid_mfa_code");
    }
    let refused = test.events(EventKind::MfaSetupRefused).await;
    let blocked = test.events(EventKind::CodesBlocked).await;
    assert!(refused[1].id.0 < blocked[0].id.0, "the wrong code, then what it led to");
    for _ in 0..3 {
        let right = json!({ "code": phone.code() });
        bob.post("/api/v1/mfa/verify", right).await.refused(429, "too_many_attempts");
    }
    assert_eq!(test.times(EventKind::MfaSetupRefused).await, 8);
}
