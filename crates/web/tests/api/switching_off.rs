//! Renaming and removing factors, and switching the second lock off.

use axum::http::Method;
use serde_json::{Value, json};
use twinlock_testkit::{Authenticator, Caller, TestApp, app::PASSWORD};

use crate::support::{audit, enrolled, mail_about, subjects, together};

const DISABLE: &str = "/api/v1/mfa/disable";

async fn overview(caller: &Caller<'_>) -> Value {
    caller.get("/api/v1/mfa").await.expect(200).json()
}

async fn ids(caller: &Caller<'_>) -> Vec<String> {
    let overview = overview(caller).await;
    let methods = overview["methods"].as_array().unwrap();
    methods.iter().map(|method| method["id"].as_str().unwrap().to_owned()).collect()
}

/// Nothing is left: the password alone opens the account, and no old code means anything.
async fn is_off(test: &TestApp, phone: &Authenticator<'_>) {
    let login =
        test.anonymous().login("demo", "mia", PASSWORD, Some(&phone.recovery_codes[9])).await.expect(200);
    assert_eq!(login.json()["user"]["mfa_enabled"], false);
    let mia = test.anonymous().with_token(&login.string("token"));
    let off = json!({
        "enabled": false, "methods": [], "recovery_codes_remaining": 0,
        "recovery_codes_saved": false, "required": false,
        "enrollment_proof": "password", "readiness": { "verdict": "not_enrolled", "ways": [], "advice": [] },
    });
    assert_eq!(overview(&mia).await, off);
}

/// attacks.md row 45: switching off ends every other session and half-finished login, and is told.
#[tokio::test]
async fn a_code_switches_off_whatever_the_age_of_the_session() {
    for recovery in [false, true] {
        let test = TestApp::start().await;
        let (mia, phone) = enrolled(&test, "mia").await;
        let other = test.anonymous().sign_in_with_code("mia", &phone.next_code()).await;
        test.clock.advance_secs(1200);
        let pending =
            test.anonymous().login("demo", "mia", PASSWORD, None).await.expect(200).string("mfa_token");
        let code = if recovery { phone.recovery_codes[4].clone() } else { phone.code() };
        let off = mia.post(DISABLE, json!({ "code": code })).await.expect(200).json();
        assert_eq!(off["enabled"], false);
        let mia = mia.with_token(off["token"].as_str().unwrap());
        mia.get("/api/v1/auth/session").await.expect(200);
        other.get("/api/v1/auth/session").await.refused(401, "unauthenticated");
        let finish = json!({ "mfa_token": pending, "mfa_code": phone.next_code() });
        test.anonymous().post("/api/v1/auth/mfa", finish).await.refused(401, "mfa_token_invalid");
        mail_about(&test, "mia@demo.example", "Multi-factor authentication is off").await;
        assert!(audit(&test, &mia).await.iter().any(|(kind, _)| kind == "mfa.disabled"));
        is_off(&test, &phone).await;
        mia.post(DISABLE, json!({})).await.refused(409, "mfa_not_enabled");
    }
}

/// attacks.md row 29: every way to switch off without a fresh proof of one's own factor.
#[tokio::test]
async fn nothing_but_a_proof_switches_off() {
    let test = TestApp::start().await;
    let (mia, phone) = enrolled(&test, "mia").await;
    let (_, bobs) = enrolled(&test, "bob").await;
    let id = &ids(&mia).await[0];
    let factor = format!("/api/v1/mfa/methods/{id}");
    let used = phone.next_code();
    let old = test.anonymous().sign_in_with_code("mia", &used).await;
    test.clock.advance_secs(601);
    let before = overview(&old).await;

    for body in [json!({}), json!({ "code": null }), json!({ "code": "" }), json!({ "code": "   " })] {
        old.post(DISABLE, body).await.refused(403, "step_up_required");
    }
    old.raw(Method::POST, DISABLE, "", "").await.refused(403, "step_up_required");
    old.delete(&factor).await.refused(403, "step_up_required");
    for code in [&phone.wrong_code(0), &used, &bobs.code(), &bobs.recovery_codes[0]] {
        old.post(DISABLE, json!({ "code": code })).await.refused(401, "invalid_mfa_code");
    }
    let too_much =
        [json!({ "password": PASSWORD }), json!({ "mfa_enabled": false }), json!({ "force": true })];
    for body in too_much {
        old.post(DISABLE, body).await.refused(422, "validation_failed");
    }
    old.patch("/api/v1/account", json!({ "mfa_enabled": false })).await.refused(422, "validation_failed");
    for header in ["x-http-method-override", "x-method-override", "x-http-method"] {
        let tricky = old.clone().with_header(header, "DELETE");
        tricky.post(&factor, json!({})).await.refused(405, "method_not_allowed");
        tricky.post(&format!("{factor}?_method=DELETE"), json!({})).await.refused(405, "method_not_allowed");
    }
    for form in ["application/x-www-form-urlencoded", "text/plain", "multipart/form-data; boundary=x"] {
        old.raw(Method::POST, DISABLE, form, "{}").await.refused(415, "unsupported_media_type");
    }
    test.anonymous().post(DISABLE, json!({ "code": phone.code() })).await.refused(401, "unauthenticated");
    assert_eq!(overview(&old).await, before);
    test.anonymous().login("demo", "mia", PASSWORD, None).await.expect(200).string("mfa_token");
}

/// attacks.md row 29: attempts to switch off draw on the budget of the sign-in.
#[tokio::test]
async fn guessing_at_the_switch_is_throttled_with_the_sign_in() {
    let test = TestApp::start().await;
    let (mia, phone) = enrolled(&test, "mia").await;
    test.clock.advance_secs(30);
    for n in 0..5 {
        mia.post(DISABLE, json!({ "code": phone.wrong_code(n) })).await.refused(401, "invalid_mfa_code");
    }
    let wait = mia.post(DISABLE, json!({ "code": phone.code() })).await.refused(429, "too_many_attempts");
    assert_eq!(wait.header("retry-after"), "30");
    let login = test.anonymous().login("demo", "mia", PASSWORD, Some(&phone.code())).await;
    login.refused(429, "too_many_attempts");
    assert_eq!(overview(&mia).await["enabled"], true);
    assert!(
        subjects(&test, "mia@demo.example").await.contains(&"Wrong codes were typed for your account".into())
    );
}

#[tokio::test]
async fn a_fresh_step_up_switches_off_without_a_code() {
    let test = TestApp::start().await;
    let (mut mia, phone) = enrolled(&test, "mia").await;
    test.clock.advance_secs(601);
    mia.step_up(&phone.code()).await;
    mia.raw(Method::POST, DISABLE, "", "").await.expect(200);
    is_off(&test, &phone).await;
}

#[tokio::test]
async fn removing_the_last_factor_is_switching_off() {
    let test = TestApp::start().await;
    let (mia, phone) = enrolled(&test, "mia").await;
    let other = test.anonymous().sign_in_with_code("mia", &phone.next_code()).await;
    let id = &ids(&mia).await[0];
    let removed = mia.delete(&format!("/api/v1/mfa/methods/{id}")).await.expect(200).json();
    assert_eq!(removed["enabled"], false);
    assert!(removed["token"].is_string() && removed["expires_at"].is_string());
    other.get("/api/v1/mfa").await.refused(401, "unauthenticated");
    mail_about(&test, "mia@demo.example", "Multi-factor authentication is off").await;
    let mia = mia.with_token(removed["token"].as_str().unwrap());
    mia.delete(&format!("/api/v1/mfa/methods/{id}")).await.refused(404, "not_found");
    is_off(&test, &phone).await;
}

#[tokio::test]
async fn one_of_two_factors_goes_and_the_other_stays() {
    let test = TestApp::start().await;
    let (mut mia, phone) = enrolled(&test, "mia").await;
    test.clock.advance_secs(1);
    let tablet = mia.enrol().await;
    let other = test.anonymous().sign_in_with_code("mia", &tablet.next_code()).await;
    let found = ids(&mia).await;
    let removed = mia.delete(&format!("/api/v1/mfa/methods/{}", found[0])).await.expect(200).json();
    assert_eq!(removed["enabled"], true);
    mia.token = removed["token"].as_str().map(str::to_owned);
    other.get("/api/v1/mfa").await.refused(401, "unauthenticated");
    assert_eq!(ids(&mia).await, found[1..]);
    assert_eq!(overview(&mia).await["recovery_codes_remaining"], 10);
    let mail = mail_about(&test, "mia@demo.example", "A second factor was removed").await;
    assert!(mail.text.contains("Phone"), "{}", mail.text);
    let login = async |code: &str| test.anonymous().login("demo", "mia", PASSWORD, Some(code)).await;
    login(&phone.next_code()).await.refused(401, "invalid_mfa_code");
    login(&tablet.code()).await.expect(200);
}

/// attacks.md row 75: two removals at once never leave the second lock on without a key to it.
#[tokio::test]
async fn both_factors_removed_at_once_leave_nothing_half() {
    let test = TestApp::start().await;
    let (mut mia, phone) = enrolled(&test, "mia").await;
    mia.enrol().await;
    let paths: Vec<_> = ids(&mia).await.iter().map(|id| format!("/api/v1/mfa/methods/{id}")).collect();
    let answers = together(paths.iter().map(|path| mia.delete(path))).await;
    // Whichever is first ends the token of the other.
    let mut statuses: Vec<_> = answers.iter().map(|answer| answer.status.as_u16()).collect();
    statuses.sort_unstable();
    assert_eq!(statuses, [200, 401]);
    let first = answers.iter().find(|answer| answer.status == 200).unwrap();
    assert_eq!(first.json()["enabled"], true);
    mia.token = Some(first.string("token"));
    let left = format!("/api/v1/mfa/methods/{}", ids(&mia).await[0]);
    assert_eq!(mia.delete(&left).await.expect(200).json()["enabled"], false);
    is_off(&test, &phone).await;
}

/// attacks.md row 66: factors of other people, of other tenants, and ids that are none.
#[tokio::test]
async fn only_ones_own_factors_can_be_touched() {
    let test = TestApp::start().await;
    let (mia, _) = enrolled(&test, "mia").await;
    let (bob, _) = enrolled(&test, "bob").await;
    let mut namesake = test.anonymous().sign_in("other", "mia", PASSWORD).await;
    namesake.enrol().await;
    let without = test.sign_in("adam").await;
    let before = (overview(&bob).await, overview(&namesake).await);
    let own = ids(&mia).await[0].clone();
    let mut targets = vec![ids(&bob).await[0].clone(), ids(&namesake).await[0].clone()];
    targets.extend([
        "0198c3a2-7b10-7c3e-8f4a-0123456789ab".to_owned(),
        own.to_uppercase(),
        own.replace('-', ""),
        format!("%20{own}"),
        "1".to_owned(),
        "null".to_owned(),
        "x'%20OR%201=1--".to_owned(),
        "%00".to_owned(),
    ]);
    for id in targets {
        let path = format!("/api/v1/mfa/methods/{id}");
        for caller in [&mia, &without] {
            caller.delete(&path).await.refused(404, "not_found");
            caller.patch(&path, json!({ "name": "Mine" })).await.refused(404, "not_found");
        }
    }
    assert_eq!((overview(&bob).await, overview(&namesake).await), before);
    assert_eq!(ids(&mia).await, [own]);
}

#[tokio::test]
async fn a_factor_is_renamed() {
    let test = TestApp::start().await;
    let (mut mia, phone) = enrolled(&test, "mia").await;
    let path = format!("/api/v1/mfa/methods/{}", ids(&mia).await[0]);
    let renamed = mia.patch(&path, json!({ "name": " Old phone " })).await.expect(200).json();
    assert_eq!((&renamed["name"], &renamed["type"]), (&json!("Old phone"), &json!("totp")));
    assert_eq!(overview(&mia).await["methods"][0], renamed);
    for bad in
        [json!({}), json!({ "name": "" }), json!({ "name": "a\u{202e}b" }), json!({ "name": "x".repeat(65) })]
    {
        let answer = mia.patch(&path, bad).await.refused(422, "validation_failed");
        assert_eq!(answer.json()["errors"][0]["field"], "name");
    }
    test.clock.advance_secs(601);
    mia.patch(&path, json!({ "name": "Stolen" })).await.refused(403, "step_up_required");
    mia.step_up(&phone.recovery_codes[0]).await;
    mia.patch(&path, json!({ "name": "Lost" })).await.expect(200);
    assert!(audit(&test, &mia).await.iter().any(|(kind, _)| kind == "mfa.factor_renamed"));
}
