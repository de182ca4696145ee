//! Step-up: how fresh a proof must be, what it opens, and for whom.

use axum::http::Method;
use serde_json::{Value, json};
use twinlock_core::user::Role;
use twinlock_service::admin::{self, CreateUser};
use twinlock_testkit::{Answer, Authenticator, Caller, TestApp, app::PASSWORD};

use crate::support::{enrolled, mail_about};

const STEP_UP: &str = "/api/v1/auth/step-up";
const PASSWORD_CHANGE: &str = "/api/v1/account/password";
const NEW: &str = "seven blue doors in autumn";

/// Everything that asks for a fresh proof of a factor, for an administrator.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Act {
    Setup,
    Codes,
    Rename,
    Remove,
    Disable,
    Address,
    Password,
    Settings,
}

const OWN_FACTORS: [Act; 5] = [Act::Setup, Act::Codes, Act::Rename, Act::Remove, Act::Disable];
const BEYOND: [Act; 3] = [Act::Address, Act::Password, Act::Settings];

async fn factor_of(caller: &Caller<'_>) -> String {
    let overview = caller.get("/api/v1/mfa").await.expect(200).json();
    overview["methods"][0]["id"].as_str().unwrap().to_owned()
}

async fn try_act(caller: &Caller<'_>, act: Act) -> Answer {
    let factor = format!("/api/v1/mfa/methods/{}", factor_of(caller).await);
    let password = json!({ "current_password": PASSWORD, "new_password": NEW });
    let (method, path, body) = match act {
        Act::Setup => (Method::POST, "/api/v1/mfa/setup", json!({})),
        Act::Codes => (Method::POST, "/api/v1/mfa/recovery-codes", json!({})),
        Act::Rename => (Method::PATCH, &*factor, json!({ "name": "Renamed" })),
        Act::Remove => (Method::DELETE, &*factor, json!({})),
        Act::Disable => (Method::POST, "/api/v1/mfa/disable", json!({})),
        Act::Address => (Method::PATCH, "/api/v1/account", json!({ "email": "new@demo.example" })),
        Act::Password => (Method::POST, PASSWORD_CHANGE, password),
        Act::Settings => {
            (Method::PATCH, "/api/v1/tenants/demo/settings", json!({ "password_min_length": 14 }))
        }
    };
    caller.call(method, path, &body).await
}

/// What the person has, to see that a refusal changed nothing.
async fn state(caller: &Caller<'_>) -> (Value, Value, Value) {
    let get = async |path: &str| caller.get(path).await.expect(200).json();
    (get("/api/v1/mfa").await, get("/api/v1/account").await, get("/api/v1/tenants/demo/settings").await)
}

/// attacks.md row 24: ten minutes to the second, for every act and by the proof alone.
#[tokio::test]
async fn a_proof_is_fresh_for_exactly_ten_minutes() {
    for act in OWN_FACTORS.into_iter().chain(BEYOND) {
        let test = TestApp::start().await;
        let (adam, phone) = enrolled(&test, "adam").await;
        test.clock.advance_secs(601);
        let before = state(&adam).await;
        let refused = try_act(&adam, act).await.refused(403, "step_up_required").json();
        let also_recovery = OWN_FACTORS.contains(&act);
        let methods = if also_recovery { json!(["totp", "recovery_code"]) } else { json!(["totp"]) };
        assert_eq!(refused["methods"], methods, "{act:?}");
        assert_eq!(state(&adam).await, before, "{act:?}");

        let mut fresh = adam.clone();
        fresh.step_up(&phone.code()).await;
        // The proof belongs to the fresh token; the older one of the same session stays as it was.
        try_act(&adam, act).await.refused(403, "step_up_required");
        test.clock.advance_secs(600);
        try_act(&fresh, act).await.expect(200);
    }
}

/// attacks.md row 24: a password is no proof where a factor exists, not even one given just now.
#[tokio::test]
async fn a_password_never_steps_up_an_account_with_a_factor() {
    let test = TestApp::start().await;
    let (adam, _) = enrolled(&test, "adam").await;
    test.clock.advance_secs(601);
    let answer = adam.post(STEP_UP, json!({ "password": PASSWORD })).await.refused(403, "step_up_required");
    assert_eq!(answer.json()["methods"], json!(["totp", "recovery_code"]));
    assert!(answer.json()["token"].is_null());
    for act in OWN_FACTORS.into_iter().chain(BEYOND) {
        try_act(&adam, act).await.refused(403, "step_up_required");
    }
}

#[tokio::test]
async fn a_password_steps_up_an_account_without_a_factor() {
    let test = TestApp::start().await;
    let bob = test.sign_in("bob").await;
    bob.post(STEP_UP, json!({ "code": "123456" })).await.refused(409, "mfa_not_enabled");
    bob.post(STEP_UP, json!({ "password": "not my password" })).await.refused(401, "invalid_credentials");
    let fresh = bob.post(STEP_UP, json!({ "password": PASSWORD })).await.expect(200).json();
    assert_eq!(fresh["expires_at"], "2026-03-03T10:00:07Z");
    let fresh = bob.with_token(fresh["token"].as_str().unwrap());
    let session = fresh.get("/api/v1/auth/session").await.expect(200).json();
    assert_eq!(session["session"]["amr"], json!(["pwd"]));
}

#[tokio::test]
async fn a_step_up_takes_exactly_one_proof() {
    let test = TestApp::start().await;
    let (mia, phone) = enrolled(&test, "mia").await;
    for (body, field) in [
        (json!({}), "code"),
        (json!({ "code": "" }), "code"),
        (json!({ "code": "  " }), "code"),
        (json!({ "code": null }), "code"),
        (json!({ "code": phone.next_code(), "password": PASSWORD }), "code"),
        (json!({ "credential": {}, "password": PASSWORD }), "code"),
    ] {
        let answer = mia.post(STEP_UP, body.clone()).await.refused(422, "validation_failed");
        assert_eq!(answer.json()["errors"][0]["field"], field, "{body}");
    }
    // None of these was a guess, and the code among them was not used up.
    mia.post(STEP_UP, json!({ "code": phone.code() })).await.expect(200);
}

/// attacks.md row 10: a code works once, whatever it is for.
#[tokio::test]
async fn a_code_used_for_one_thing_is_used_for_all() {
    let test = TestApp::start().await;
    let (mut mia, phone) = enrolled(&test, "mia").await;
    let refused = async |caller: &Caller<'_>, code: &str| {
        caller.post(STEP_UP, json!({ "code": code })).await.refused(401, "invalid_mfa_code");
        caller.post("/api/v1/mfa/disable", json!({ "code": code })).await.refused(401, "invalid_mfa_code");
        let login = test.anonymous().login("demo", "mia", PASSWORD, Some(code)).await;
        login.refused(401, "invalid_mfa_code");
    };
    let code = phone.next_code();
    test.anonymous().sign_in_with_code("mia", &code).await;
    refused(&mia, &code).await;
    let code = phone.next_code();
    mia.step_up(&code).await;
    refused(&mia, &code).await;
    let code = &phone.recovery_codes[3];
    mia.step_up(code).await;
    refused(&mia, code).await;
    // Replays are not counted as guesses: nine of them, and the next code is still good.
    mia.step_up(&phone.next_code()).await;
}

/// attacks.md row 37: wrong codes at step-up and at sign-in draw on one budget.
#[tokio::test]
async fn step_up_is_no_second_place_to_guess() {
    let test = TestApp::start().await;
    let (mia, phone) = enrolled(&test, "mia").await;
    test.clock.advance_secs(30);
    for n in 0..5 {
        let answer = mia.post(STEP_UP, json!({ "code": phone.wrong_code(n) })).await;
        answer.refused(401, "invalid_mfa_code");
    }
    let wait = mia.post(STEP_UP, json!({ "code": phone.code() })).await.refused(429, "too_many_attempts");
    assert_eq!(wait.header("retry-after"), "30");
    let login = test.anonymous().login("demo", "mia", PASSWORD, Some(&phone.code())).await;
    login.refused(429, "too_many_attempts");
    mia.post("/api/v1/mfa/disable", json!({ "code": phone.recovery_codes[0] }))
        .await
        .refused(429, "too_many_attempts");
}

#[tokio::test]
async fn a_step_up_ends_no_other_session() {
    let test = TestApp::start().await;
    let (mut mia, phone) = enrolled(&test, "mia").await;
    let other = test.anonymous().sign_in_with_code("mia", &phone.next_code()).await;
    mia.step_up(&phone.next_code()).await;
    other.get("/api/v1/auth/session").await.expect(200);
    let sessions = mia.get("/api/v1/sessions").await.json();
    assert_eq!(sessions["items"].as_array().unwrap().len(), 2);
}

/// A sheet of codes is for whoever lost a device: it opens their own factors and nothing else.
#[tokio::test]
async fn a_recovery_code_opens_ones_own_factors_and_nothing_else() {
    for act in OWN_FACTORS {
        let test = TestApp::start().await;
        let (_, phone) = enrolled(&test, "adam").await;
        let adam = test.anonymous().sign_in_with_code("adam", &phone.recovery_codes[0]).await;
        try_act(&adam, act).await.expect(200);
    }
    let test = TestApp::start().await;
    let (adam, phone) = enrolled(&test, "adam").await;
    test.clock.advance_secs(601);
    let mut stepped_up = adam.clone();
    stepped_up.step_up(&phone.recovery_codes[0]).await;
    let signed_in = test.anonymous().sign_in_with_code("adam", &phone.recovery_codes[1]).await;
    for caller in [stepped_up, signed_in] {
        let before = state(&caller).await;
        for act in BEYOND {
            let answer = try_act(&caller, act).await.refused(403, "step_up_required");
            assert_eq!(answer.json()["methods"], json!(["totp"]), "{act:?}");
        }
        assert_eq!(state(&caller).await, before);
        // A name for people opens nothing.
        caller.patch("/api/v1/account", json!({ "display_name": "Adam A." })).await.expect(200);
    }
}

/// What a limited factor is answered: administration wants another, password and address a code by mail.
fn refusal_while_limited(act: Act) -> &'static str {
    if matches!(act, Act::Settings) { "step_up_required" } else { "mail_code_required" }
}

/// Whoever found the sheet cannot launder it through a device of their own.
#[tokio::test]
async fn a_factor_enrolled_on_a_recovery_code_opens_no_more_for_a_day() {
    let test = TestApp::start().await;
    let (_, phone) = enrolled(&test, "adam").await;
    let mut adam = test.anonymous().sign_in_with_code("adam", &phone.recovery_codes[0]).await;
    let tablet = adam.enrol().await;
    for act in BEYOND {
        try_act(&adam, act).await.refused(403, refusal_while_limited(act));
    }
    test.clock.advance_secs(86_399 - 30);
    let mut adam = test.anonymous().sign_in_with_code("adam", &tablet.next_code()).await;
    for act in BEYOND {
        try_act(&adam, act).await.refused(403, refusal_while_limited(act));
    }
    // What it opens on the first day is limited in turn.
    let watch = adam.enrol().await;
    test.clock.advance_secs(1);
    let early = test.anonymous().sign_in_with_code("adam", &watch.next_code()).await;
    try_act(&early, Act::Settings).await.refused(403, "step_up_required");
    let adam = test.anonymous().sign_in_with_code("adam", &tablet.next_code()).await;
    try_act(&adam, Act::Settings).await.expect(200);
    test.clock.advance_secs(86_400);
    let adam = test.anonymous().sign_in_with_code("adam", &watch.next_code()).await;
    try_act(&adam, Act::Password).await.expect(200);
}

/// Switched off on the word of a recovery code, an account without a factor administers nothing for a day.
#[tokio::test]
async fn switching_off_by_a_recovery_code_does_not_lead_to_administration() {
    let test = TestApp::start().await;
    let (_, phone) = enrolled(&test, "adam").await;
    let mut adam = test.anonymous().sign_in_with_code("adam", &phone.recovery_codes[0]).await;
    adam.token = Some(adam.post("/api/v1/mfa/disable", json!({})).await.expect(200).string("token"));
    let (path, change) = ("/api/v1/tenants/demo/settings", json!({ "password_min_length": 13 }));
    let refused = adam.patch(path, change.clone()).await.refused(403, "step_up_required");
    assert_eq!(refused.json()["methods"], json!([]));
    test.clock.advance_secs(86_400);
    test.sign_in("adam").await.patch(path, change).await.expect(200);
}

/// A person whose password change asks for a mailed code: the last factor was switched off by a recovery code.
async fn limited(test: &TestApp) -> Caller<'_> {
    let (_, phone) = enrolled(test, "mia").await;
    let mut mia = test.anonymous().sign_in_with_code("mia", &phone.recovery_codes[0]).await;
    mia.token = Some(mia.post("/api/v1/mfa/disable", json!({})).await.expect(200).string("token"));
    mia
}

async fn mailed_code(test: &TestApp, caller: &Caller<'_>) -> String {
    caller.post("/api/v1/account/mail-code", json!({})).await.expect(202);
    let mail = mail_about(test, "mia@demo.example", "Your code").await;
    // The next one is newer.
    test.clock.advance_secs(1);
    let is_code = |word: &&str| word.len() == 8 && word.bytes().all(|byte| byte.is_ascii_digit());
    mail.text.split_whitespace().find(is_code).expect("a code").to_owned()
}

fn wrong(code: &str) -> String {
    format!("{:08}", (code.parse::<u32>().unwrap() + 1) % 100_000_000)
}

async fn change(caller: &Caller<'_>, new: &str, code: Option<&str>) -> Answer {
    let body = json!({ "current_password": PASSWORD, "new_password": new, "mail_code": code });
    caller.post(PASSWORD_CHANGE, body).await
}

#[tokio::test]
async fn after_a_recovery_code_switched_factors_off_a_new_password_needs_a_mailed_code() {
    let test = TestApp::start().await;
    let mia = limited(&test).await;
    for nothing in [None, Some(""), Some("  ")] {
        change(&mia, NEW, nothing).await.refused(403, "mail_code_required");
    }
    let code = mailed_code(&test, &mia).await;
    change(&mia, NEW, Some(&wrong(&code))).await.refused(401, "invalid_mfa_code");
    change(&mia, "short", Some(&code)).await.refused(422, "validation_failed");
    let bad = json!({ "current_password": "no", "new_password": NEW, "mail_code": code });
    mia.post(PASSWORD_CHANGE, bad).await.refused(401, "invalid_credentials");
    // Neither of the two used the code up; spaces do not matter.
    let spaced = format!(" {} {} ", &code[..4], &code[4..]);
    let changed = change(&mia, NEW, Some(&spaced)).await.expect(200);
    let mia = mia.with_token(&changed.string("token"));
    let again =
        json!({ "current_password": NEW, "new_password": "another fine long phrase", "mail_code": code });
    mia.post(PASSWORD_CHANGE, again).await.refused(401, "invalid_mfa_code");
}

#[tokio::test]
async fn after_a_recovery_code_switched_factors_off_a_new_address_needs_a_mailed_code() {
    let test = TestApp::start().await;
    let mia = limited(&test).await;
    let body = |code: Option<&str>| json!({ "email": "mia@new.example", "current_password": PASSWORD, "mail_code": code });
    mia.patch("/api/v1/account", body(None)).await.refused(403, "mail_code_required");
    let code = mailed_code(&test, &mia).await;
    mia.patch("/api/v1/account", body(Some(&wrong(&code)))).await.refused(401, "invalid_mfa_code");
    assert!(test.mails_to("mia@new.example").await.is_empty());
    let changed = mia.patch("/api/v1/account", body(Some(&code))).await.expect(200).json();
    assert_eq!(
        (&changed["email"], &changed["pending_email"]),
        (&json!("mia@demo.example"), &json!("mia@new.example"))
    );
    assert_eq!(test.mails_to("mia@new.example").await.len(), 1);
    // A name for people never needs one.
    mia.patch("/api/v1/account", json!({ "display_name": "M." })).await.expect(200);
}

#[tokio::test]
async fn the_limit_ends_after_a_day() {
    let test = TestApp::start().await;
    let mia = limited(&test).await;
    drop(mia);
    test.clock.advance_secs(86_399);
    change(&test.sign_in("mia").await, NEW, None).await.refused(403, "mail_code_required");
    test.clock.advance_secs(1);
    change(&test.sign_in("mia").await, NEW, None).await.expect(200);
}

/// A factor that was there before does not lift the limit that another one's enrollment brought.
#[tokio::test]
async fn enrolling_on_a_recovery_code_limits_the_account_for_older_factors_as_well() {
    let test = TestApp::start().await;
    let (mut mia, phone) = enrolled(&test, "mia").await;
    let mut by_code = test.anonymous().sign_in_with_code("mia", &phone.recovery_codes[0]).await;
    by_code.enrol().await;
    mia = test
        .anonymous()
        .sign_in_with_code("mia", &phone.next_code())
        .await
        .with_token(&mia.token.clone().unwrap());
    let mia_again = test.anonymous().sign_in_with_code("mia", &phone.next_code()).await;
    mia.get("/api/v1/mfa").await.refused(401, "unauthenticated");
    change(&mia_again, NEW, None).await.refused(403, "mail_code_required");
    let code = mailed_code(&test, &mia_again).await;
    change(&mia_again, NEW, Some(&code)).await.expect(200);
}

#[tokio::test]
async fn a_mailed_code_has_five_tries_and_ten_minutes_and_only_the_last_one_counts() {
    let test = TestApp::start().await;
    let mia = limited(&test).await;
    let first = mailed_code(&test, &mia).await;
    for _ in 0..5 {
        change(&mia, NEW, Some(&wrong(&first))).await.refused(401, "invalid_mfa_code");
    }
    change(&mia, NEW, Some(&first)).await.refused(401, "invalid_mfa_code");

    let second = mailed_code(&test, &mia).await;
    test.clock.advance_secs(599);
    change(&mia, NEW, Some(&second)).await.refused(401, "invalid_mfa_code");
    test.clock.advance_secs(299);
    let third = mailed_code(&test, &mia).await;
    let fourth = mailed_code(&test, &mia).await;
    change(&mia, NEW, Some(&third)).await.refused(401, "invalid_mfa_code");
    test.clock.advance_secs(598);
    change(&mia, NEW, Some(&fourth)).await.expect(200);
}

#[tokio::test]
async fn three_codes_are_mailed_in_a_quarter_of_an_hour() {
    let test = TestApp::start().await;
    let mia = limited(&test).await;
    for _ in 0..3 {
        mailed_code(&test, &mia).await;
        test.clock.advance_secs(99);
    }
    let wait = mia.post("/api/v1/account/mail-code", json!({})).await.refused(429, "too_many_attempts");
    assert_eq!(wait.header("retry-after"), "600");
    test.clock.advance_secs(599);
    mia.post("/api/v1/account/mail-code", json!({})).await.refused(429, "too_many_attempts");
    test.clock.advance_secs(1);
    mailed_code(&test, &mia).await;
    assert_eq!(
        test.mails_to("mia@demo.example").await.iter().filter(|mail| mail.subject == "Your code").count(),
        4
    );
}

#[tokio::test]
async fn a_mailed_code_is_for_one_person_and_needs_an_address() {
    let test = TestApp::start().await;
    let mia = limited(&test).await;
    let bob = test.sign_in("bob").await;
    bob.post("/api/v1/account/mail-code", json!({})).await.expect(202);
    let bobs = mail_about(&test, "bob@demo.example", "Your code").await.text;
    let is_code = |word: &&str| word.len() == 8 && word.bytes().all(|byte| byte.is_ascii_digit());
    let bobs = bobs.split_whitespace().find(is_code).unwrap().to_owned();
    change(&mia, NEW, Some(&bobs)).await.refused(401, "invalid_mfa_code");
    let code = mailed_code(&test, &mia).await;
    change(&mia, NEW, Some(&bobs)).await.refused(401, "invalid_mfa_code");
    change(&mia, NEW, Some(&code)).await.expect(200);

    let nobody = CreateUser {
        username: "silent".into(),
        email: None,
        display_name: None,
        role: Role::Member,
        password: Some(PASSWORD.to_owned().into()),
    };
    admin::create_user(&test.app, "demo", nobody).await.unwrap();
    let silent = test.sign_in("silent").await;
    silent.post("/api/v1/account/mail-code", json!({})).await.refused(409, "conflict");
}

/// attacks.md row 17: a code of somebody else's device proves nothing.
#[tokio::test]
async fn the_codes_of_another_person_prove_nothing() {
    let test = TestApp::start().await;
    let (mia, _) = enrolled(&test, "mia").await;
    let (_, bobs) = enrolled(&test, "bob").await;
    let namesake = test.anonymous().sign_in("other", "mia", PASSWORD).await;
    let setup = namesake.post("/api/v1/mfa/setup", json!({})).await.expect(200).json();
    let namesakes = Authenticator::of(&test, &setup);
    namesake.post("/api/v1/mfa/verify", json!({ "code": namesakes.code() })).await.expect(200);
    for foreign in [&bobs, &namesakes] {
        for code in [foreign.next_code(), foreign.recovery_codes[0].clone()] {
            mia.post(STEP_UP, json!({ "code": code })).await.refused(401, "invalid_mfa_code");
        }
    }
    // They were not used up either.
    test.anonymous().sign_in_with_code("bob", &bobs.recovery_codes[0]).await;
    test.anonymous().login("other", "mia", PASSWORD, Some(&namesakes.code())).await.expect(200);
}
