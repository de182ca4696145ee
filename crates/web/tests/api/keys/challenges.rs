//! Challenges: used once, for what they were given, by whom, in time.

use serde_json::{Value, json};
use twinlock_core::ids::UserId;
use twinlock_service::{
    Channel, Client,
    browser::KnownBrowser,
    login::{LoginError, Outcome, Target},
    security_keys::passkey,
};
use twinlock_testkit::{TestApp, app::PASSWORD, security_key::SecurityKey};

use super::support::*;
use crate::support::together;

const REFUSED: (u16, &str) = (401, "invalid_webauthn_response");

/// attacks.md row 54: a good assertion again; the pending login and the challenge are gone.
#[tokio::test]
async fn an_assertion_opens_once() {
    let test = TestApp::start().await;
    let (_, mut key) = with_key(&test, "mia").await;
    let token = pending(&test, "mia").await;
    let options = request_options(&test, &token).await;
    let credential = key.authenticate(&options, ORIGIN);
    send_assertion(&test, &token, &credential).await.expect(200);
    send_assertion(&test, &token, &credential).await.refused(401, "mfa_token_invalid");
    let next = pending(&test, "mia").await;
    request_options(&test, &next).await;
    send_assertion(&test, &next, &credential).await.refused(REFUSED.0, REFUSED.1);
}

/// attacks.md row 54: of twenty at once, one signs in.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn twenty_of_one_assertion_at_once_sign_in_once() {
    let test = TestApp::start().await;
    let (_, mut key) = with_key(&test, "mia").await;
    let token = pending(&test, "mia").await;
    let options = request_options(&test, &token).await;
    let credential = key.authenticate(&options, ORIGIN);
    let answers = together((0..20).map(|_| send_assertion(&test, &token, &credential))).await;
    let opened = answers.iter().filter(|answer| answer.status.as_u16() == 200).count();
    assert_eq!(opened, 1);
    assert!(answers.iter().all(|answer| matches!(answer.status.as_u16(), 200 | 401)));
}

/// attacks.md row 54: of twenty passkey sign-ins with one assertion, one opens.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn twenty_of_one_passkey_assertion_at_once_sign_in_once() {
    let test = TestApp::start().await;
    let (_, mut key) = with_passkey(&test, "mia").await;
    let options = passkey_options(&test).await;
    let credential = key.authenticate(&options, ORIGIN);
    let answers = together((0..20).map(|_| send_passkey(&test, &credential))).await;
    assert_eq!(answers.iter().filter(|answer| answer.status.as_u16() == 200).count(), 1);
}

/// attacks.md row 54: of twenty registrations of one key, one is stored.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn twenty_of_one_registration_at_once_register_once() {
    let test = TestApp::start().await;
    let mia = test.sign_in("mia").await;
    let options = creation_options(&mia, "security_key").await;
    let credential = SecurityKey::new(7).register(&options, ORIGIN);
    let answers = together((0..20).map(|_| send_registration(&mia, &credential))).await;
    assert_eq!(answers.iter().filter(|answer| answer.status.as_u16() == 201).count(), 1);
}

/// attacks.md row 54: five minutes, to the second.
#[tokio::test]
async fn a_challenge_dies_after_five_minutes() {
    let test = TestApp::start().await;
    let (mut mia, mut key) = with_key(&test, "mia").await;
    for (secs, status) in [(299, 200), (300, 401)] {
        let options = mia.post("/api/v1/auth/step-up/options", json!({})).await.expect(200).json();
        let credential = key.authenticate(&options["publicKey"], ORIGIN);
        test.clock.advance_secs(secs);
        let answer =
            mia.post("/api/v1/auth/step-up", json!({ "credential": credential })).await.expect(status);
        if status == 200 {
            mia.token = Some(answer.string("token"));
        }
    }
}

/// attacks.md row 54: a newer question voids the older, and so does a wrong answer.
#[tokio::test]
async fn a_challenge_is_void_after_a_newer_one_and_after_a_wrong_answer() {
    let test = TestApp::start().await;
    let (_, mut key) = with_key(&test, "mia").await;
    let token = pending(&test, "mia").await;
    let older = request_options(&test, &token).await;
    let newer = request_options(&test, &token).await;
    assert_ne!(older["challenge"], newer["challenge"]);
    let late = key.authenticate(&older, ORIGIN);
    send_assertion(&test, &token, &late).await.refused(REFUSED.0, REFUSED.1);
    // The wrong answer used the newer one up.
    let right = key.authenticate(&newer, ORIGIN);
    send_assertion(&test, &token, &right).await.refused(REFUSED.0, REFUSED.1);
    let options = request_options(&test, &token).await;
    let right = key.authenticate(&options, ORIGIN);
    send_assertion(&test, &token, &right).await.expect(200);
}

/// attacks.md row 55: the challenge of one ceremony, person or session is nothing to another.
#[tokio::test]
async fn challenges_are_not_exchanged() {
    let test = TestApp::start().await;
    let (mia, mut key) = with_passkey(&test, "mia").await;
    let step_up =
        mia.post("/api/v1/auth/step-up/options", json!({})).await.expect(200).json()["publicKey"].clone();
    let registration = creation_options(&mia, "security_key").await;
    let passwordless = passkey_options(&test).await;

    // A step-up's, a registration's and a passwordless one's at the second step.
    for foreign in [&step_up, &registration, &passwordless] {
        let token = pending(&test, "mia").await;
        let mut options = request_options(&test, &token).await;
        options["challenge"] = foreign["challenge"].clone();
        let credential = key.authenticate_bent(&options, ORIGIN, |_| {});
        send_assertion(&test, &token, &credential).await.refused(REFUSED.0, REFUSED.1);
    }
    // The second step's in a passwordless sign-in, and at step-up.
    let token = pending(&test, "mia").await;
    let second = request_options(&test, &token).await;
    let credential = key.authenticate_bent(&second, ORIGIN, |_| {});
    send_passkey(&test, &credential).await.refused(REFUSED.0, REFUSED.1);
    let credential = key.authenticate_bent(&second, ORIGIN, |_| {});
    mia.post("/api/v1/auth/step-up", json!({ "credential": credential })).await.refused(REFUSED.0, REFUSED.1);
}

/// attacks.md row 55: another session's registration, and another pending login's assertion.
#[tokio::test]
async fn a_challenge_belongs_to_its_session_or_pending_login() {
    let test = TestApp::start().await;
    let (one, other) = (test.sign_in("mia").await, test.sign_in("mia").await);
    let options = creation_options(&one, "security_key").await;
    creation_options(&other, "security_key").await;
    let credential = SecurityKey::new(7).register(&options, ORIGIN);
    send_registration(&other, &credential).await.refused(422, "invalid_webauthn_response");

    let (_, mut key) = with_key(&test, "bob").await;
    let (first, second) = (pending(&test, "bob").await, pending(&test, "bob").await);
    let options = request_options(&test, &first).await;
    request_options(&test, &second).await;
    let credential = key.authenticate(&options, ORIGIN);
    send_assertion(&test, &second, &credential).await.refused(REFUSED.0, REFUSED.1);
}

/// attacks.md row 55: a challenge dies with what the account was when it was given.
#[tokio::test]
async fn a_challenge_dies_with_a_change_of_password_or_factors() {
    let test = TestApp::start().await;
    let (mut mia, mut key) = with_key(&test, "mia").await;
    let token = pending(&test, "mia").await;
    let options = request_options(&test, &token).await;
    let credential = key.authenticate(&options, ORIGIN);
    let body = json!({ "current_password": PASSWORD, "new_password": "another horse battery staple" });
    let answer = mia.post("/api/v1/account/password", body).await.expect(200);
    mia.token = Some(answer.string("token"));
    send_assertion(&test, &token, &credential).await.refused(401, "mfa_token_invalid");

    let options = mia.post("/api/v1/auth/step-up/options", json!({})).await.expect(200).json();
    let credential = key.authenticate(&options["publicKey"], ORIGIN);
    register(&mut mia, &mut SecurityKey::new(9), "security_key").await;
    mia.post("/api/v1/auth/step-up", json!({ "credential": credential })).await.refused(REFUSED.0, REFUSED.1);
}

/// Asks more often than challenges are kept for one address.
async fn flood(test: &TestApp, from: &Client, browser: impl Fn(u32) -> Option<String>) {
    test.clock.advance_secs(1);
    for number in 0..520 {
        let browser = browser(number);
        passkey::options(&test.app, from, "demo", browser.as_deref()).await.unwrap();
    }
}

/// attacks.md row 54: asking without end keeps little, and nobody is refused a challenge for it.
#[tokio::test]
async fn a_flood_of_questions_keeps_little_and_shuts_nobody_out() {
    let test = TestApp::start().await;
    let (mia, mut key) = with_passkey(&test, "mia").await;
    let user = UserId(mia.get("/api/v1/account").await.expect(200).string("id").parse().unwrap());
    let stranger = somebody();
    let known =
        Client { known_browser: Some(KnownBrowser { user, browser: [1; 16], generation: 0 }), ..somebody() };
    let asked = async |by: &Client, browser| passkey::options(&test.app, by, "demo", browser).await.unwrap();

    let (at_home, at_a_desk) = (asked(&known, Some("home")).await, asked(&stranger, Some("desk")).await);
    flood(&test, &stranger, |_| None).await;
    assert_eq!(test.column("webauthn_challenges.id").await.len(), 502);
    // Programs did not void what pages asked for at the same address.
    opened(&test, &mut key, (&at_a_desk, "desk")).await.unwrap();

    // Whoever makes browsers up voids what others of the address asked for, never what a known browser did.
    let at_a_desk = asked(&stranger, Some("desk")).await;
    flood(&test, &stranger, |number| Some(number.to_string())).await;
    assert_eq!(test.column("webauthn_challenges.id").await.len(), 1001);
    let void = opened(&test, &mut key, (&at_a_desk, "desk")).await;
    assert!(matches!(void, Err(LoginError::KeyRefused)));
    opened(&test, &mut key, (&at_home, "home")).await.unwrap();
    // And everybody who asks now is answered, and has time to.
    let again = asked(&stranger, Some("desk")).await;
    opened(&test, &mut key, (&again, "desk")).await.unwrap();
}

/// attacks.md row 54: a known browser is no way around the bound.
#[tokio::test]
async fn a_known_browser_has_a_few_open_questions() {
    let test = TestApp::start().await;
    let (mia, mut key) = with_passkey(&test, "mia").await;
    let user = UserId(mia.get("/api/v1/account").await.expect(200).string("id").parse().unwrap());
    let known =
        Client { known_browser: Some(KnownBrowser { user, browser: [1; 16], generation: 0 }), ..somebody() };
    let asked = async || passkey::options(&test.app, &known, "demo", Some("window")).await.unwrap();
    let first = asked().await;
    test.clock.advance_secs(1);
    let second = asked().await;
    test.clock.advance_secs(1);
    for _ in 0..9 {
        asked().await;
    }
    assert_eq!(test.column("webauthn_challenges.id").await.len(), 10);
    assert!(opened(&test, &mut key, (&first, "window")).await.is_err());
    opened(&test, &mut key, (&second, "window")).await.unwrap();
}

/// Answers a page's challenge in this browser.
async fn opened(test: &TestApp, key: &mut SecurityKey, asked: (&Value, &str)) -> Result<Outcome, LoginError> {
    let credential = key.authenticate(asked.0, ORIGIN);
    let target = Target { channel: Channel::Browser, browser: Some(asked.1) };
    passkey::sign_in(&test.app, &somebody(), &credential, target).await
}

/// attacks.md row 15: a half-finished login asks its own keys, and reaches nothing else of WebAuthn.
#[tokio::test]
async fn a_pending_login_registers_nothing() {
    let test = TestApp::start().await;
    with_key(&test, "mia").await;
    let token = pending(&test, "mia").await;
    let holder = test.anonymous().with_token(&token);
    let calls: [(&str, Value); 4] = [
        ("/api/v1/mfa/webauthn/register/options", json!({})),
        ("/api/v1/mfa/webauthn/register", json!({ "name": "x", "credential": {} })),
        ("/api/v1/auth/step-up/options", json!({})),
        ("/api/v1/auth/step-up", json!({ "credential": {} })),
    ];
    for (path, body) in calls {
        holder.post(path, body).await.refused(401, "unauthenticated");
    }
    holder.get("/api/v1/mfa/webauthn").await.refused(401, "unauthenticated");
}

/// attacks.md row 55: without a question nothing is answered, and a made-up login asks nobody.
#[tokio::test]
async fn nothing_is_answered_that_was_not_asked() {
    let test = TestApp::start().await;
    let (_, mut key) = with_key(&test, "mia").await;
    let token = pending(&test, "mia").await;
    let options = request_options(&test, &token).await;
    let credential = key.authenticate(&options, ORIGIN);
    let unasked = pending(&test, "mia").await;
    send_assertion(&test, &unasked, &credential).await.refused(REFUSED.0, REFUSED.1);
    let body = json!({ "mfa_token": "made up" });
    let made_up = test.anonymous().post("/api/v1/auth/mfa/webauthn/options", body).await;
    made_up.refused(401, "mfa_token_invalid");
    test.enrolled("bob").await;
    let body = json!({ "mfa_token": pending(&test, "bob").await });
    let no_key = test.anonymous().post("/api/v1/auth/mfa/webauthn/options", body).await;
    no_key.refused(409, "mfa_not_enabled");
}
