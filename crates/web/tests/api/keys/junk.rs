//! Answers in a key's name that are none: what they count, where, and what they leave alone.

use std::sync::Arc;

use axum::http::Method;
use serde_json::{Value, json};
use twinlock_core::{audit::EventKind, clock::Clock};
use twinlock_service::admin;
use twinlock_testkit::{Answer, Caller, TestApp, app::PASSWORD, at_once, security_key::Signature};

use super::support::*;
use crate::support::subjects;

/// Of the right shape, and nothing else.
fn junk(n: usize) -> Value {
    let bytes = data_encoding::BASE64URL_NOPAD.encode(format!("nonsense {n}").as_bytes());
    json!({
        "id": bytes, "rawId": bytes, "type": "public-key", "clientExtensionResults": {},
        "response": { "clientDataJSON": bytes, "authenticatorData": bytes, "signature": bytes },
    })
}

async fn code(test: &TestApp, token: &str, code: &str) -> Answer {
    test.anonymous().post("/api/v1/auth/mfa", json!({ "mfa_token": token, "mfa_code": code })).await
}

/// The counter of whoever has failed at all; nobody else has.
async fn counted(test: &TestApp, column: &str) -> u32 {
    let all = test.column(&format!("users.{column}")).await;
    all.iter().map(|n| String::from_utf8_lossy(n).parse::<u32>().unwrap()).sum()
}

async fn assert_nothing_waits(test: &TestApp, username: &str, code: &str, recovery: &str) {
    for right in [code, recovery] {
        test.anonymous().login("demo", username, PASSWORD, Some(right)).await.expect(200);
    }
}

/// attacks.md row 61, with row 1: nonsense ends the pending login it came for, and nothing else: the right code and
/// the right recovery code open at once, whether or not the account has keys.
#[tokio::test]
async fn a_hundred_nonsense_answers_lock_nothing() {
    let test = TestApp::start().await;
    let (_, phone) = test.enrolled("bob").await;
    let (mut mia, mut key) = with_key(&test, "mia").await;
    let mias = mia.enrol().await;
    test.clock.advance_secs(1800);
    // The recovery codes came with the first factor, the key.
    let renewed = sign_in(&test, "mia", &mut key).await.expect(200);
    let mia = mia.with_token(&renewed.string("token"));
    let new = mia.post("/api/v1/mfa/recovery-codes", json!({})).await.expect(200).json();
    let mias_codes = new["backup_codes"].clone();
    for (name, phone, codes) in [("bob", &phone, json!(phone.recovery_codes)), ("mia", &mias, mias_codes)] {
        let token = pending(&test, name).await;
        for n in 0..105 {
            let answer = send_assertion(&test, &token, &junk(n)).await;
            answer.refused(401, if n < 5 { "invalid_webauthn_response" } else { "mfa_token_invalid" });
        }
        assert_nothing_waits(&test, name, &phone.code(), codes[0].as_str().unwrap()).await;
    }
    assert_eq!(test.events(EventKind::SignInKeyRefused).await.len(), 10);
    assert!(test.events(EventKind::CodesBlocked).await.is_empty());
}

/// attacks.md row 61: the same through step-up, where there is no login that could end: nothing is looked at, written
/// or counted.
#[tokio::test]
async fn nonsense_at_step_up_costs_a_look_and_counts_nothing() {
    let test = TestApp::start().await;
    let (bob, phone) = test.enrolled("bob").await;
    let (mia, _) = with_key(&test, "mia").await;
    for (who, most) in [(&bob, 0), (&mia, 1)] {
        who.get("/api/v1/auth/session").await.expect(200);
        for n in 0..105 {
            let before = test.app.store().statements();
            let answer = who.post("/api/v1/auth/step-up", json!({ "credential": junk(n) })).await;
            answer.refused(401, "invalid_webauthn_response");
            assert!(test.app.store().statements() - before <= most);
        }
    }
    assert!(test.events(EventKind::SignInKeyRefused).await.is_empty());
    bob.post("/api/v1/auth/step-up", json!({ "code": phone.code() })).await.expect(200);
    bob.post("/api/v1/auth/step-up", json!({ "code": phone.recovery_codes[0] })).await.expect(200);
}

/// attacks.md row 61: a forged answer in the name of a key of the account counts where only keys count. It makes
/// neither codes nor the key wait, is told once, and a right answer forgives it.
#[tokio::test]
async fn a_forged_answer_counts_for_keys_alone() {
    let test = TestApp::start().await;
    let (mut mia, mut key) = with_key(&test, "mia").await;
    let phone = mia.enrol().await;
    test.clock.advance_secs(1800);
    let forged = async |key: &mut _| {
        sign_in_bent(&test, "mia", key, |b| b.signature = Signature::Written(vec![0; 64])).await
    };
    for _ in 0..12 {
        forged(&mut key).await.refused(401, "invalid_webauthn_response");
    }
    assert_eq!(counted(&test, "key_failures").await, 12);
    assert_eq!(counted(&test, "typed_failures").await, 0);
    let told = subjects(&test, "mia@demo.example").await;
    assert_eq!(told.iter().filter(|subject| subject.contains("was refused several times")).count(), 1);
    test.anonymous().login("demo", "mia", PASSWORD, Some(&phone.code())).await.expect(200);
    assert_eq!(counted(&test, "key_failures").await, 12);
    sign_in(&test, "mia", &mut key).await.expect(200);
    assert_eq!(counted(&test, "key_failures").await, 0);

    forged(&mut key).await.refused(401, "invalid_webauthn_response");
    admin::unlock(&test.app, "demo", "mia").await.unwrap();
    assert_eq!(counted(&test, "key_failures").await, 0);
}

/// attacks.md row 43: whatever was typed wrong, however often, a key still opens, and lifts it.
#[tokio::test]
async fn wrong_codes_never_keep_a_key_waiting() {
    let test = TestApp::start().await;
    let (_, mut key) = with_key(&test, "mia").await;
    for failures in [5, 50, 100] {
        test.by_hand(&format!(
            "UPDATE users SET typed_failures = {failures}, typed_blocked_until = {} WHERE username = 'mia'",
            test.clock.now().plus_secs(900).millis()
        ))
        .await;
        sign_in(&test, "mia", &mut key).await.expect(200);
    }
}

/// attacks.md row 1: a pending login ends after five failed tries of any kind, those included that count nowhere on
/// the account.
#[tokio::test]
async fn five_failed_tries_of_any_kind_end_a_pending_login() {
    let test = TestApp::start().await;
    let (mut mia, mut key) = with_key(&test, "mia").await;
    let phone = mia.enrol().await;
    test.clock.advance_secs(1800);
    let replayed = phone.code();
    test.anonymous().login("demo", "mia", PASSWORD, Some(&replayed)).await.expect(200);

    let token = pending(&test, "mia").await;
    code(&test, &token, &phone.wrong_code(0)).await.refused(401, "invalid_mfa_code");
    code(&test, &token, &replayed).await.refused(401, "invalid_mfa_code");
    send_assertion(&test, &token, &junk(0)).await.refused(401, "invalid_webauthn_response");
    let options = request_options(&test, &token).await;
    let forged = key.authenticate_bent(&options, ORIGIN, |b| b.signature = Signature::Written(vec![0; 64]));
    send_assertion(&test, &token, &forged).await.refused(401, "invalid_webauthn_response");
    code(&test, &token, "99999999").await.refused(401, "invalid_mfa_code");

    test.clock.advance_secs(30);
    code(&test, &token, &phone.code()).await.refused(401, "mfa_token_invalid");
    let asked = json!({ "mfa_token": token });
    test.anonymous().post("/api/v1/auth/mfa/webauthn/options", asked).await.refused(401, "mfa_token_invalid");
    let next = pending(&test, "mia").await;
    code(&test, &next, &phone.code()).await.expect(200);
}

/// attacks.md row 6: fifty tries of all kinds at once on one pending login are five, and then it is over.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_fifty_tries_at_once_a_pending_login_allows_five() {
    let test = Arc::new(TestApp::start().await);
    let (_, phone) = test.enrolled("mia").await;
    let replayed = phone.code();
    test.anonymous().login("demo", "mia", PASSWORD, Some(&replayed)).await.expect(200);
    let token = pending(&test, "mia").await;
    let answers = at_once((0..50).map(|n| {
        let (path, body) = match n % 3 {
            0 => ("/api/v1/auth/mfa", json!({ "mfa_token": token, "mfa_code": phone.wrong_code(n) })),
            1 => ("/api/v1/auth/mfa", json!({ "mfa_token": token, "mfa_code": replayed })),
            _ => ("/api/v1/auth/mfa/webauthn", json!({ "mfa_token": token, "credential": junk(n) })),
        };
        let request = test.anonymous().request(&Method::POST, path, "application/json", body.to_string());
        let test = Arc::clone(&test);
        async move { test.send(request).await }
    }))
    .await;
    let with = |code: &str| answers.iter().filter(|answer| answer.code() == code).count();
    let evaluated = with("invalid_mfa_code") + with("invalid_webauthn_response");
    assert_eq!((evaluated, with("mfa_token_invalid")), (5, 45));
}

/// Asks until there is no more; answers how often there was.
async fn asked_until_refused(ask: impl AsyncFn() -> Answer) -> usize {
    for n in 0..2000 {
        let answer = ask().await;
        if answer.status != 200 {
            let answer = answer.refused(429, "too_many_attempts");
            let wait: i64 = answer.header("retry-after").parse().unwrap();
            assert!((1..=300).contains(&wait), "{wait}");
            return n;
        }
    }
    panic!("asked without end")
}

/// attacks.md row 54: challenges are rationed, for each who asks: another login or session, and the same one a minute
/// later, is given one.
#[tokio::test]
async fn challenges_are_rationed_and_nobody_is_shut_out() {
    let test = TestApp::start().await;
    let (mia, mut key) = with_key(&test, "mia").await;
    let (one, other) = (pending(&test, "mia").await, pending(&test, "mia").await);
    let of_login = async |token: &str| {
        let asked = json!({ "mfa_token": token });
        test.anonymous().post("/api/v1/auth/mfa/webauthn/options", asked).await
    };
    assert_eq!(asked_until_refused(async || of_login(&one).await).await, 30);
    of_login(&other).await.expect(200);
    sign_in(&test, "mia", &mut key).await.expect(200);

    let step_up = async |who: &Caller<'_>| who.post("/api/v1/auth/step-up/options", json!({})).await;
    let register =
        async |who: &Caller<'_>| who.post("/api/v1/mfa/webauthn/register/options", json!({})).await;
    assert_eq!(asked_until_refused(async || step_up(&mia).await).await, 29, "one began the registration");
    register(&mia).await.refused(429, "too_many_attempts");

    test.clock.advance_secs(60);
    of_login(&one).await.expect(200);
    step_up(&mia).await.expect(200);
    register(&mia).await.expect(200);
}

/// attacks.md row 54: and for each address that asks for a passkey's. Passwords and other addresses go on.
#[tokio::test]
async fn challenges_for_passkeys_are_rationed_by_address() {
    let test = TestApp::start().await;
    let (_, mut key) = with_passkey(&test, "mia").await;
    let ask = async |from: &str| {
        let who = test.anonymous().at(from);
        who.post("/api/v1/auth/passkey/options", json!({ "tenant_id": "demo" })).await
    };
    assert_eq!(asked_until_refused(async || ask("192.0.2.7").await).await, 600);
    let options = ask("198.51.100.9").await.expect(200).json()["publicKey"].clone();
    send_passkey(&test, &key.authenticate(&options, ORIGIN)).await.expect(200);
    test.anonymous().at("192.0.2.7").login("demo", "bob", PASSWORD, None).await.expect(200);
    test.clock.advance_secs(300);
    ask("192.0.2.7").await.expect(200);
}
