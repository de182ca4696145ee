//! One's own account: the password, the names, the address.

use std::sync::Arc;

use axum::http::Method;
use serde_json::{Value, json};
use twinlock_core::audit::EventKind;
use twinlock_service::{hasher::HasherSettings, sessions};
use twinlock_testkit::{Answer, Caller, TestApp, TestSettings, app::PASSWORD, at_once};

use crate::support::{enrolled, mail_about, subjects, together};

const PASSWORD_CHANGE: &str = "/api/v1/account/password";
const ACCOUNT: &str = "/api/v1/account";
const NEW: &str = "seven blue doors in autumn";

async fn change(caller: &Caller<'_>, current: &str, new: &str) -> Answer {
    caller.post(PASSWORD_CHANGE, json!({ "current_password": current, "new_password": new })).await
}

/// attacks.md row 45: a new password ends every other session and half-finished login.
#[tokio::test]
async fn a_changed_password_counts_at_once_and_ends_other_sessions() {
    let test = TestApp::start().await;
    let (mia, other) = (test.sign_in("mia").await, test.sign_in("mia").await);
    let foreign = test.sign_in("bob").await;
    let changed = change(&mia, PASSWORD, NEW).await.expect(200).json();
    assert_eq!(changed["expires_at"], "2026-03-03T10:00:07Z");
    mia.get(ACCOUNT).await.expect(200);
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
    let mia = test.sign_in("mia").await;
    let mut current = PASSWORD;
    for odd in [
        "  spaces around the words  ",
        "日本語の長いパスフレーズです",
        "emoji 🦊 and\ttabs, too",
        "кот спит на тёплой печке",
    ] {
        change(&mia, current, odd).await.expect(200);
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

#[tokio::test]
async fn the_profile_is_shown_and_changed() {
    let test = TestApp::start().await;
    let mia = test.sign_in("mia").await;
    let before = mia.get(ACCOUNT).await.expect(200).json();
    let members: Vec<_> = before.as_object().unwrap().keys().cloned().collect();
    let documented = [
        "created_at",
        "display_name",
        "email",
        "id",
        "mfa_enabled",
        "pending_email",
        "role",
        "status",
        "tenant_id",
        "username",
    ];
    assert_eq!(members, documented);
    let changed = mia.patch(ACCOUNT, json!({ "display_name": " Mía 🦊 López " })).await.expect(200).json();
    assert_eq!(changed["display_name"], "Mía 🦊 López");
    assert_eq!(mia.get(ACCOUNT).await.json(), changed);
    for bad in ["", "  ", "a\r\nBcc: x@y.example", "\u{202e}", &"x".repeat(101)] {
        let answer =
            mia.patch(ACCOUNT, json!({ "display_name": bad })).await.refused(422, "validation_failed");
        assert_eq!(answer.json()["errors"][0]["field"], "display_name");
    }
    for nothing in [json!({}), json!({ "display_name": null, "email": null })] {
        assert_eq!(mia.patch(ACCOUNT, nothing).await.expect(200).json(), changed);
    }
    assert!(test.mails().await.is_empty());
}

fn new_address(email: &str) -> Value {
    json!({ "email": email, "current_password": PASSWORD })
}

#[tokio::test]
async fn a_new_address_asks_for_the_password_where_there_is_no_factor() {
    let test = TestApp::start().await;
    let mia = test.sign_in("mia").await;
    let missing =
        mia.patch(ACCOUNT, json!({ "email": "mia@new.example" })).await.refused(422, "validation_failed");
    assert_eq!(missing.json()["errors"][0]["field"], "current_password");
    let wrong = json!({ "email": "mia@new.example", "current_password": "wrong horse battery" });
    mia.patch(ACCOUNT, wrong).await.refused(401, "invalid_credentials");
    assert_eq!(mia.get(ACCOUNT).await.json()["pending_email"], Value::Null);
    for bad in [
        "",
        "mia",
        "mia@",
        "@new.example",
        "mia@new.example, eve@evil.example",
        "mia@new.example\r\nBcc: eve@evil.example",
        "mia@new.example\n",
        "Mia <mia@new.example>",
        "mia@new@evil.example",
        "m\u{200b}ia@new.example",
        "\"mia\"@new.example",
        "mia@[127.0.0.1]",
        "mia@127.0.0.1",
    ] {
        let answer = mia.patch(ACCOUNT, new_address(bad)).await.refused(422, "validation_failed");
        assert_eq!(answer.json()["errors"][0]["field"], "email", "{bad:?}");
    }
    assert!(test.mails().await.is_empty());
    let asked = mia.patch(ACCOUNT, new_address("mia@new.example")).await.expect(200).json();
    assert_eq!(asked["email"], "mia@demo.example");
    assert_eq!(asked["pending_email"], "mia@new.example");
}

/// The one on file, in whatever case, is no change.
#[tokio::test]
async fn the_address_on_file_needs_no_confirmation() {
    let test = TestApp::start().await;
    let mia = test.sign_in("mia").await;
    let same = mia.patch(ACCOUNT, json!({ "email": "MIA@Demo.Example" })).await.expect(200).json();
    assert_eq!((&same["email"], &same["pending_email"]), (&json!("mia@demo.example"), &Value::Null));
    assert!(test.mails().await.is_empty());
}

#[tokio::test]
async fn a_new_address_counts_once_its_link_is_used_and_both_are_told() {
    let test = TestApp::start().await;
    let mia = test.sign_in("mia").await;
    mia.patch(ACCOUNT, new_address("mia@new.example")).await.expect(200);
    let told = mail_about(&test, "mia@demo.example", "A new address was asked for").await;
    assert!(told.text.contains("m…@new.example") && !told.text.contains("mia@new.example"), "{}", told.text);
    let link = mail_about(&test, "mia@new.example", "Confirm your address").await;
    // Until then nothing has changed.
    test.anonymous().sign_in("demo", "mia@demo.example", PASSWORD).await;
    test.anonymous()
        .login("demo", "mia@new.example", PASSWORD, None)
        .await
        .refused(401, "invalid_credentials");

    test.clock.advance_secs(60);
    let confirm = json!({ "token": link.token() });
    let user =
        test.anonymous().post("/api/v1/account/email/confirm", confirm.clone()).await.expect(200).json();
    assert_eq!((&user["email"], &user["username"]), (&json!("mia@new.example"), &json!("mia")));
    assert!(user["token"].is_null());
    test.anonymous().post("/api/v1/account/email/confirm", confirm).await.refused(401, "invalid_credentials");
    test.anonymous().sign_in("demo", "mia@new.example", PASSWORD).await;
    test.anonymous()
        .login("demo", "mia@demo.example", PASSWORD, None)
        .await
        .refused(401, "invalid_credentials");
    for address in ["mia@demo.example", "mia@new.example"] {
        mail_about(&test, address, "Your address was changed").await;
    }
    let account = mia.get(ACCOUNT).await.expect(200).json();
    assert_eq!((&account["email"], &account["pending_email"]), (&json!("mia@new.example"), &Value::Null));
}

/// For three days a reset goes to the address before, and notices go to both.
#[tokio::test]
async fn the_earlier_address_keeps_the_reset_for_72_hours() {
    let test = TestApp::start().await;
    let mia = test.sign_in("mia").await;
    mia.patch(ACCOUNT, new_address("mia@new.example")).await.expect(200);
    let token = mail_about(&test, "mia@new.example", "Confirm your address").await.token();
    test.anonymous().post("/api/v1/account/email/confirm", json!({ "token": token })).await.expect(200);
    let resets = async |address: &str| {
        let subjects = subjects(&test, address).await;
        subjects.iter().filter(|subject| *subject == "Set a new password").count()
    };
    let ask = async || {
        let body = json!({ "tenant_id": "demo", "email": "mia@new.example" });
        test.anonymous().post("/api/v1/auth/password-reset", body).await.expect(202);
    };
    test.clock.advance_secs(72 * 3600 - 1);
    ask().await;
    assert_eq!((resets("mia@demo.example").await, resets("mia@new.example").await), (1, 0));
    change(&test.sign_in("mia").await, PASSWORD, NEW).await.expect(200);
    for address in ["mia@demo.example", "mia@new.example"] {
        mail_about(&test, address, "Your password was changed").await;
    }
    test.clock.advance_secs(60);
    ask().await;
    assert_eq!((resets("mia@demo.example").await, resets("mia@new.example").await), (1, 1));
}

/// Two changes in a row do not push the original address out.
#[tokio::test]
async fn a_second_change_leaves_the_first_address_in_charge() {
    let test = TestApp::start().await;
    let mia = test.sign_in("mia").await;
    for address in ["mia@one.example", "mia@two.example"] {
        mia.patch(ACCOUNT, new_address(address)).await.expect(200);
        let token = mail_about(&test, address, "Confirm your address").await.token();
        test.anonymous().post("/api/v1/account/email/confirm", json!({ "token": token })).await.expect(200);
        test.clock.advance_secs(3000);
    }
    let body = json!({ "tenant_id": "demo", "email": "mia@two.example" });
    test.anonymous().post("/api/v1/auth/password-reset", body).await.expect(202);
    mail_about(&test, "mia@demo.example", "Set a new password").await;
    assert!(!subjects(&test, "mia@two.example").await.contains(&"Set a new password".to_owned()));
}

/// attacks.md row 42: whether somebody has an address cannot be learned by asking for it.
#[tokio::test]
async fn a_taken_address_looks_like_a_free_one() {
    let test = TestApp::start().await;
    let mia = test.sign_in("mia").await;
    let free = mia.patch(ACCOUNT, new_address("nobody@demo.example")).await.expect(200);
    let taken = mia.patch(ACCOUNT, new_address("bob@demo.example")).await.expect(200);
    let name = mia.patch(ACCOUNT, new_address("bob")).await;
    name.refused(422, "validation_failed");
    let masked = |answer: &Answer| answer.text().replace("bob@", "nobody@");
    assert_eq!(masked(&free), masked(&taken));
    let names = |answer: &Answer| answer.headers.keys().map(ToString::to_string).collect::<Vec<_>>();
    assert_eq!(names(&free), names(&taken));
    assert_eq!(mia.get(ACCOUNT).await.json()["pending_email"], "bob@demo.example");
    assert!(test.mails_to("bob@demo.example").await.is_empty());
    assert_eq!(test.mails_to("nobody@demo.example").await.len(), 1);
    // The owner so far is told of both.
    assert_eq!(test.mails_to("mia@demo.example").await.len(), 2);
    // The one asked for first is void, for there is a newer one.
    let token = mail_about(&test, "nobody@demo.example", "Confirm your address").await.token();
    let confirm = test.anonymous().post("/api/v1/account/email/confirm", json!({ "token": token })).await;
    confirm.refused(401, "invalid_credentials");
    test.anonymous().sign_in("demo", "bob@demo.example", PASSWORD).await;
}

/// Two people who ask for the same free address: the first to confirm has it.
#[tokio::test]
async fn of_two_who_confirm_the_same_address_one_gets_it() {
    let test = TestApp::start().await;
    let mut tokens = Vec::new();
    for name in ["mia", "bob"] {
        let person = test.sign_in(name).await;
        person.patch(ACCOUNT, new_address("shared@demo.example")).await.expect(200);
        tokens.push(mail_about(&test, "shared@demo.example", "Confirm your address").await.token());
        test.clock.advance_secs(1);
    }
    let confirm = async |token: &str| {
        test.anonymous().post("/api/v1/account/email/confirm", json!({ "token": token })).await
    };
    let answers = together(tokens.iter().map(|token| confirm(token))).await;
    let mut statuses: Vec<_> = answers.iter().map(|answer| answer.status.as_u16()).collect();
    statuses.sort_unstable();
    assert_eq!(statuses, [200, 401]);
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
