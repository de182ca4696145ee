//! A new password for the old one, and how it is kept.

use std::sync::Arc;

use axum::http::Method;
use serde_json::json;
use twinlock_core::audit::EventKind;
use twinlock_service::{hasher::HasherSettings, sessions};
use twinlock_testkit::{TestApp, TestSettings, app::PASSWORD, at_once};

use super::{ACCOUNT, NEW, change, new_address};
use crate::support::{enrolled, mail_about, subjects};

/// attacks.md row 45: a new password ends every other session and half-finished login.
#[tokio::test]
async fn a_changed_password_counts_at_once_and_ends_other_sessions() {
    let test = TestApp::start().await;
    let (mia, other) = (test.sign_in("mia").await, test.sign_in("mia").await);
    let foreign = test.sign_in("bob").await;
    let changed = change(&mia, PASSWORD, NEW).await.expect(200).json();
    assert_eq!(changed["expires_at"], "2026-03-03T10:00:07Z");
    mia.get(ACCOUNT).await.refused(401, "unauthenticated");
    mia.clone().with_token(changed["token"].as_str().unwrap()).get(ACCOUNT).await.expect(200);
    other.get(ACCOUNT).await.refused(401, "unauthenticated");
    foreign.get(ACCOUNT).await.expect(200);
    let mail = mail_about(&test, "mia@demo.example", "Your password was changed").await;
    assert!(!mail.raw.contains(NEW) && !mail.text.contains(NEW));
    test.anonymous().login("demo", "mia", PASSWORD, None).await.refused(401, "invalid_credentials");
    test.anonymous().sign_in("demo", "mia", NEW).await;
    // The namesake in another organisation has a password of her own.
    test.anonymous().sign_in("other", "mia", PASSWORD).await;
}

/// attacks.md row 45: with a second factor, a half-finished login does not outlive the password it began with.
#[tokio::test]
async fn a_changed_password_ends_half_finished_logins() {
    let test = TestApp::start().await;
    let (mia, phone) = enrolled(&test, "mia").await;
    let pending = test.anonymous().login("demo", "mia", PASSWORD, None).await.expect(200).string("mfa_token");
    change(&mia, PASSWORD, NEW).await.expect(200);
    let finish = json!({ "mfa_token": pending, "mfa_code": phone.next_code() });
    test.anonymous().post("/api/v1/auth/mfa", finish).await.refused(401, "mfa_token_invalid");
}

#[tokio::test]
async fn a_wrong_current_password_changes_nothing_and_is_throttled_like_a_sign_in() {
    let test = TestApp::start().await;
    let mia = test.sign_in("mia").await;
    for n in 0..10 {
        change(&mia, &format!("wrong {n}"), NEW).await.refused(401, "invalid_credentials");
    }
    let wait = change(&mia, PASSWORD, NEW).await.refused(429, "too_many_attempts");
    assert_eq!(wait.header("retry-after"), "1");
    test.anonymous().login("demo", "mia", PASSWORD, None).await.refused(429, "too_many_attempts");
    mia.post("/api/v1/auth/step-up", json!({ "password": PASSWORD })).await.refused(429, "too_many_attempts");
    test.clock.advance_secs(1);
    change(&mia, PASSWORD, NEW).await.expect(200);
    assert_eq!(subjects(&test, "mia@demo.example").await, ["Your password was changed"]);
}

#[tokio::test]
async fn a_password_that_breaks_a_rule_is_named_at_its_field() {
    let test = TestApp::start().await;
    let mia = test.sign_in("mia").await;
    let too_long = "a quick brown fox jumps ".chars().cycle().take(129).collect::<String>();
    for bad in ["", "short", "elevenchars", "password1234", "aaaaaaaaaaaaaaaa", "mia@demo.example", &too_long]
    {
        let answer = change(&mia, PASSWORD, bad).await.refused(422, "validation_failed").json();
        assert_eq!(answer["errors"][0]["field"], "new_password", "{bad}");
        assert!(!answer["errors"][0]["message"].as_str().unwrap().is_empty());
        assert!(bad.len() < 8 || !answer.to_string().contains(bad));
    }
    test.anonymous().sign_in("demo", "mia", PASSWORD).await;
}

/// attacks.md row 96: a password of the greatest length counts to its last character.
#[tokio::test]
async fn a_long_password_is_never_cut_off() {
    let test = TestApp::start().await;
    let mia = test.sign_in("mia").await;
    let longest: String = "ein schneller brauner Fuchs ".chars().cycle().take(128).collect();
    change(&mia, PASSWORD, &longest).await.expect(200);
    test.anonymous().sign_in("demo", "mia", &longest).await;
    let cut: String = longest.chars().take(127).collect();
    for near in [cut.clone(), format!("{cut}?"), format!("{longest}x"), longest.to_uppercase()] {
        test.anonymous().login("demo", "mia", &near, None).await.refused(401, "invalid_credentials");
    }
}

#[tokio::test]
async fn a_password_is_the_same_however_its_accents_were_typed() {
    let composed = "crème brûlée für Zoë";
    let decomposed = "cre\u{300}me bru\u{302}le\u{301}e fu\u{308}r Zoe\u{308}";
    assert_ne!(composed, decomposed);
    for (set, typed) in [(composed, decomposed), (decomposed, composed)] {
        let test = TestApp::start().await;
        let mia = test.sign_in("mia").await;
        change(&mia, PASSWORD, set).await.expect(200);
        test.anonymous().sign_in("demo", "mia", typed).await;
        change(&test.anonymous().sign_in("demo", "mia", set).await, typed, NEW).await.expect(200);
    }
    let test = TestApp::start().await;
    let mut mia = test.sign_in("mia").await;
    let mut current = PASSWORD;
    for odd in [
        "  spaces around the words  ",
        "日本語の長いパスフレーズです",
        "emoji 🦊 and\ttabs, too",
        "кот спит на тёплой печке",
    ] {
        let changed = change(&mia, current, odd).await.expect(200);
        mia.token = Some(changed.string("token"));
        test.anonymous().sign_in("demo", "mia", odd).await;
        current = odd;
    }
}

fn password_hash(caller: &twinlock_service::Caller) -> String {
    caller.live.account.user.password_hash.clone().unwrap()
}

/// A hash made with older parameters is replaced at the next sign-in, and only by the right password.
#[tokio::test]
async fn a_sign_in_brings_the_hash_up_to_todays_cost() {
    let test = TestApp::start().await;
    let token = test.sign_in("mia").await.token.unwrap();
    let old = password_hash(&sessions::by_bearer(&test.app, &token).await.unwrap().unwrap());
    assert!(old.starts_with("$argon2id$v=19$m=8,t=1,p=1$"), "{old}");
    let hasher = HasherSettings { memory_kib: 16, passes: 2, lanes: 1, threads: 1, queue: 64 };
    let node = test.node_with(TestSettings { hasher, ..TestSettings::default() }).await;
    let sign_in = async |password: &str| {
        let body = json!({ "username": "mia", "password": password, "tenant_id": "demo" }).to_string();
        let anonymous = test.anonymous();
        node.send(anonymous.request(&Method::POST, "/api/v1/auth/login", "application/json", body)).await
    };
    let hash = async || {
        let token = test.sign_in("mia").await.token.unwrap();
        password_hash(&sessions::by_bearer(&node.app, &token).await.unwrap().unwrap())
    };
    sign_in("wrong horse battery").await.refused(401, "invalid_credentials");
    sign_in(PASSWORD).await.expect(200);
    let token = sign_in(PASSWORD).await.expect(200).string("token");
    let new = password_hash(&sessions::by_bearer(&node.app, &token).await.unwrap().unwrap());
    assert!(new.starts_with("$argon2id$v=19$m=16,t=2,p=1$"), "{new}");
    // The older node, still running, takes it back; the password stays the same throughout.
    assert!(hash().await.starts_with("$argon2id$v=19$m=8,t=1,p=1$"));
    sign_in("wrong horse battery").await.refused(401, "invalid_credentials");
}

/// attacks.md row 43: while one request brings the hash up to today's cost, others of the same person are
/// neither refused nor counted, whatever they compared the password with.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_right_password_is_right_while_its_hash_is_renewed() {
    let test = Arc::new(TestApp::start().await);
    for passes in 2..5 {
        let hasher = HasherSettings { memory_kib: 64, passes, lanes: 1, threads: 2, queue: 64 };
        let settings = TestSettings { hasher, seed: passes.into(), ..TestSettings::default() };
        let node = Arc::new(test.node_with(settings).await);
        let answers = at_once((0..16).map(|_| {
            let body = json!({ "username": "mia", "password": PASSWORD, "tenant_id": "demo" }).to_string();
            let path = "/api/v1/auth/login";
            let request = test.anonymous().request(&Method::POST, path, "application/json", body);
            let node = Arc::clone(&node);
            async move { node.send(request).await }
        }))
        .await;
        assert!(answers.iter().all(|answer| answer.status == 200), "{answers:?}");
    }
    assert!(test.events(EventKind::SignInPasswordRefused).await.is_empty());
}

/// attacks.md row 33: with a second factor, password and address need its fresh proof, not just the password.
#[tokio::test]
async fn with_a_factor_the_password_alone_changes_neither_password_nor_address() {
    let test = TestApp::start().await;
    let (mut mia, phone) = enrolled(&test, "mia").await;
    test.clock.advance_secs(601);
    change(&mia, PASSWORD, NEW).await.refused(403, "step_up_required");
    mia.patch(ACCOUNT, new_address("mia@new.example")).await.refused(403, "step_up_required");
    assert!(test.mails_to("mia@new.example").await.is_empty());
    mia.step_up(&phone.code()).await;
    change(&mia, "wrong horse battery", NEW).await.refused(401, "invalid_credentials");
    // For the address the proof suffices.
    mia.patch(ACCOUNT, json!({ "email": "mia@new.example" })).await.expect(200);
    let changed = change(&mia, PASSWORD, NEW).await.expect(200).json();
    // The proof goes on with the fresh token.
    mia.token = Some(changed["token"].as_str().unwrap().to_owned());
    mia.post("/api/v1/mfa/setup", json!({})).await.expect(200);
    test.anonymous().login("demo", "mia", NEW, None).await.expect(200).string("mfa_token");
}
