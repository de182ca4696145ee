//! Enrolling an authenticator app: what counts, when, and what is told to whom.

use axum::http::Method;
use serde_json::{Value, json};
use twinlock_core::user::Role;
use twinlock_service::admin::{self, CreateUser};
use twinlock_testkit::{Authenticator, TestApp, app::PASSWORD};

use crate::support::{audit, enrolled, mail_about, names, subjects, together};

const SETUP: &str = "/api/v1/mfa/setup";
const VERIFY: &str = "/api/v1/mfa/verify";

async fn overview(caller: &twinlock_testkit::Caller<'_>) -> Value {
    caller.get("/api/v1/mfa").await.expect(200).json()
}

#[tokio::test]
async fn the_set_up_answers_as_documented() {
    let test = TestApp::start().await;
    let mia = test.sign_in("mia").await;
    let answer = mia.post(SETUP, json!({ "name": "  My phone " })).await.expect(200);
    assert_eq!(answer.header("cache-control"), "no-store");
    let setup = answer.json();
    assert_eq!(setup["codes_required"], 1);
    assert_eq!(setup["expires_at"], "2026-03-02T10:10:07Z");
    assert!(setup["qr_code"].as_str().unwrap().starts_with("data:image/png;base64,"));
    let codes: Vec<_> =
        setup["backup_codes"].as_array().unwrap().iter().map(|c| c.as_str().unwrap()).collect();
    assert_eq!(codes.len(), 10);
    assert!(codes.iter().all(|code| code.bytes().filter(u8::is_ascii_digit).count() == 8), "{codes:?}");
    let documented = ["backup_codes", "codes_required", "expires_at", "otpauth_url", "qr_code", "secret"];
    assert_eq!(names(&setup), documented);

    let phone = Authenticator::of(&test, &setup);
    let done = mia.post(VERIFY, json!({ "code": phone.code() })).await.expect(200).json();
    assert_eq!(done["enabled"], true);
    assert_eq!(done["method"]["type"], "totp");
    assert_eq!(done["method"]["name"], "My phone");
    assert_eq!(done["method"]["last_used_at"], Value::Null);
    assert_eq!(done["recovery_codes_remaining"], 10);
    let session = mia.with_token(done["token"].as_str().unwrap()).get("/api/v1/auth/session").await.json();
    assert_eq!(session["session"]["amr"], json!(["pwd", "otp", "mfa"]));
    assert_eq!(session["session"]["acr"], "aal2");
}

/// attacks.md row 25: a set-up that was never confirmed is no factor, and its time runs out.
#[tokio::test]
async fn a_candidate_is_no_factor() {
    let test = TestApp::start().await;
    let bob = test.sign_in("bob").await;
    let setup = bob.post(SETUP, json!({})).await.expect(200).json();
    let phone = Authenticator::of(&test, &setup);
    let expected = json!({
        "enabled": false, "methods": [], "recovery_codes_remaining": 0,
        "recovery_codes_saved": false, "required": false,
        "enrollment_proof": "password", "readiness": { "verdict": "not_enrolled", "ways": [], "advice": [] },
    });
    assert_eq!(overview(&bob).await, expected);
    bob.post("/api/v1/auth/logout", json!({})).await.expect(204);

    let again = test.anonymous().login("demo", "bob", PASSWORD, None).await.expect(200).json();
    assert_eq!(again["user"]["mfa_enabled"], false);
    let bob = bob.with_token(again["token"].as_str().unwrap());
    assert_eq!(overview(&bob).await, expected);
    bob.post("/api/v1/auth/step-up", json!({ "code": phone.code() })).await.refused(409, "mfa_not_enabled");
    bob.post("/api/v1/mfa/disable", json!({ "code": phone.code() })).await.refused(409, "mfa_not_enabled");
    bob.post("/api/v1/mfa/recovery-codes", json!({})).await.refused(409, "mfa_not_enabled");
    test.clock.advance_secs(600);
    bob.post(VERIFY, json!({ "code": phone.code() })).await.refused(409, "setup_not_started");
    assert_eq!(overview(&bob).await, expected);
}

/// attacks.md row 25: the right code is worth nothing after ten minutes, and is good until then.
#[tokio::test]
async fn a_candidate_lives_ten_minutes_to_the_second() {
    for (wait, status) in [(299, 200), (300, 409)] {
        let test = TestApp::start().await;
        let mut bob = test.sign_in("bob").await;
        let setup = bob.post(SETUP, json!({})).await.expect(200).json();
        test.clock.advance_secs(300);
        // A fresh password, so that only the candidate's age decides.
        let fresh = bob.post("/api/v1/auth/step-up", json!({ "password": PASSWORD })).await.expect(200);
        bob.token = Some(fresh.string("token"));
        test.clock.advance_secs(wait);
        let code = Authenticator::of(&test, &setup).code();
        let answer = bob.post(VERIFY, json!({ "code": code })).await.expect(status);
        if status == 200 {
            bob.token = Some(answer.string("token"));
        }
        assert_eq!(overview(&bob).await["enabled"], status == 200);
    }
}

/// attacks.md row 26: of two set-ups only the last counts, and what is stored is what was verified.
#[tokio::test]
async fn a_new_set_up_replaces_the_last_candidate() {
    let test = TestApp::start().await;
    let bob = test.sign_in("bob").await;
    let a = Authenticator::of(&test, &bob.post(SETUP, json!({})).await.expect(200).json());
    let b = Authenticator::of(&test, &bob.post(SETUP, json!({})).await.expect(200).json());
    bob.post(VERIFY, json!({ "code": a.code() })).await.refused(401, "invalid_mfa_code");
    let fresh = bob.post(VERIFY, json!({ "code": b.code() })).await.expect(200).string("token");
    bob.post(VERIFY, json!({ "code": b.code() })).await.refused(401, "unauthenticated");
    let again = bob.clone().with_token(&fresh).post(VERIFY, json!({ "code": b.code() })).await;
    again.refused(409, "setup_not_started");
    let login = async |code: &str| test.anonymous().login("demo", "bob", PASSWORD, Some(code)).await;
    login(&b.next_code()).await.expect(200);
    login(&a.code()).await.refused(401, "invalid_mfa_code");
    login(&a.recovery_codes[0]).await.refused(401, "invalid_mfa_code");
    login(&b.recovery_codes[0]).await.expect(200);
}

/// attacks.md row 26: a set-up that is abandoned leaves the active secret and the codes as they were.
#[tokio::test]
async fn a_new_set_up_never_touches_the_active_factor() {
    let test = TestApp::start().await;
    let (mia, phone) = enrolled(&test, "mia").await;
    let second = mia.post(SETUP, json!({ "name": "Tablet" })).await.expect(200).json();
    assert_eq!(second["backup_codes"], json!([]));
    assert_eq!(overview(&mia).await["methods"].as_array().unwrap().len(), 1);
    let tablet = Authenticator::of(&test, &second);
    let login = async |code: &str| test.anonymous().login("demo", "mia", PASSWORD, Some(code)).await;
    login(&phone.next_code()).await.expect(200);
    login(&phone.recovery_codes[9]).await.expect(200);
    login(&tablet.code()).await.refused(401, "invalid_mfa_code");
}

/// attacks.md row 26: two confirmations at once make one factor.
#[tokio::test]
async fn of_two_confirmations_at_once_one_counts() {
    let test = TestApp::start().await;
    let bob = test.sign_in("bob").await;
    let phone = Authenticator::of(&test, &bob.post(SETUP, json!({})).await.expect(200).json());
    let code = phone.code();
    let answers = together((0..2).map(|_| bob.post(VERIFY, json!({ "code": code })))).await;
    let mut statuses: Vec<_> = answers.iter().map(|answer| answer.status.as_u16()).collect();
    statuses.sort_unstable();
    // The other finds the set-up used up, or its token replaced.
    assert!(matches!(statuses[..], [200, 401 | 409]), "{statuses:?}");
    let fresh = answers.iter().find(|answer| answer.status == 200).unwrap().string("token");
    let overview = overview(&bob.with_token(&fresh)).await;
    assert_eq!(overview["methods"].as_array().unwrap().len(), 1);
    assert_eq!(overview["recovery_codes_remaining"], 10);
}

/// attacks.md row 26: whichever of set-up and confirmation comes first, there is never a second factor
/// asked for that nobody has.
#[tokio::test]
async fn set_up_and_confirmation_at_once_leave_a_usable_account() {
    for reversed in [false, true] {
        let test = TestApp::start().await;
        let bob = test.sign_in("bob").await;
        let phone = Authenticator::of(&test, &bob.post(SETUP, json!({})).await.expect(200).json());
        let mut calls = vec![(VERIFY, json!({ "code": phone.code() })), (SETUP, json!({}))];
        if reversed {
            calls.reverse();
        }
        let answers = together(calls.into_iter().map(|(path, body)| bob.post(path, body))).await;
        assert!(answers.iter().all(|answer| answer.status.as_u16() < 500));
        let fresh = answers.iter().find_map(|answer| answer.json()["token"].as_str().map(str::to_owned));
        let bob = fresh.iter().fold(bob, |bob, token| bob.with_token(token));
        let enabled = overview(&bob).await["enabled"] == true;
        let login =
            test.anonymous().login("demo", "bob", PASSWORD, Some(&phone.next_code())).await.expect(200);
        assert_eq!(login.json()["user"]["mfa_enabled"], enabled);
        let without = test.anonymous().login("demo", "bob", PASSWORD, None).await.expect(200).json();
        assert_eq!(without["mfa_required"] == true, enabled);
    }
}

/// attacks.md row 25: confirming is rate-limited; a wrong code changes nothing and counts like any other.
#[tokio::test]
async fn a_wrong_code_changes_nothing_and_counts() {
    let test = TestApp::start().await;
    let bob = test.sign_in("bob").await;
    let phone = Authenticator::of(&test, &bob.post(SETUP, json!({})).await.expect(200).json());
    for n in 0..5 {
        let wrong =
            bob.post(VERIFY, json!({ "code": phone.wrong_code(n) })).await.refused(401, "invalid_mfa_code");
        assert!(wrong.json()["clock_offset_seconds"].is_null());
    }
    assert_eq!(overview(&bob).await["enabled"], false);
    let wait = bob.post(VERIFY, json!({ "code": phone.code() })).await.refused(429, "too_many_attempts");
    assert_eq!(wait.header("retry-after"), "30");
    for n in 5..20 {
        bob.post(VERIFY, json!({ "code": phone.wrong_code(n) })).await.refused(429, "too_many_attempts");
    }
    test.clock.advance_secs(30);
    bob.post(VERIFY, json!({ "code": phone.code() })).await.expect(200);
    // A success with the factor forgave them; a second app draws on the same budget as the sign-in.
    let bob = test.anonymous().sign_in_with_code("bob", &phone.next_code()).await;
    let tablet = Authenticator::of(&test, &bob.post(SETUP, json!({})).await.expect(200).json());
    for n in 0..5 {
        bob.post(VERIFY, json!({ "code": tablet.wrong_code(n) })).await.refused(401, "invalid_mfa_code");
    }
    let login = test.anonymous().login("demo", "bob", PASSWORD, Some(&phone.code_at(1))).await;
    login.refused(429, "too_many_attempts");
}

#[tokio::test]
async fn a_device_with_a_wrong_clock_is_told_so_and_nothing_is_enabled() {
    let test = TestApp::start().await;
    let bob = test.sign_in("bob").await;
    let phone = Authenticator::of(&test, &bob.post(SETUP, json!({})).await.expect(200).json());
    for (steps, seconds) in [(2, 60), (-2, -60), (20, 600), (-20, -600)] {
        let answer = bob.post(VERIFY, json!({ "code": phone.code_at(steps) })).await;
        assert_eq!(answer.refused(401, "invalid_mfa_code").json()["clock_offset_seconds"], seconds);
        test.clock.advance_secs(0);
        if steps == -2 {
            assert_eq!(overview(&bob).await["enabled"], false);
        }
    }
    let beyond =
        bob.post(VERIFY, json!({ "code": phone.code_at(21) })).await.refused(401, "invalid_mfa_code");
    assert!(beyond.json()["clock_offset_seconds"].is_null());
    // All five counted as wrong.
    bob.post(VERIFY, json!({ "code": phone.code() })).await.refused(429, "too_many_attempts");
}

#[tokio::test]
async fn one_step_either_side_enrols() {
    for steps in [-1, 0, 1] {
        let test = TestApp::start().await;
        let bob = test.sign_in("bob").await;
        let phone = Authenticator::of(&test, &bob.post(SETUP, json!({})).await.expect(200).json());
        bob.post(VERIFY, json!({ "code": phone.code_at(steps) })).await.expect(200);
    }
}

#[tokio::test]
async fn where_two_codes_are_asked_only_two_consecutive_ones_enrol_and_both_are_burned() {
    let test = TestApp::start().await;
    let olga = test.sign_in("olga").await;
    let settings = json!({ "totp_enrollment_codes": 2 });
    olga.patch("/api/v1/tenants/demo/settings", settings).await.expect(200);
    let bob = test.sign_in("bob").await;
    let setup = bob.post(SETUP, json!({})).await.expect(200).json();
    assert_eq!(setup["codes_required"], 2);
    let phone = Authenticator::of(&test, &setup);
    let verify = async |code: &str, second: &str| {
        bob.post(VERIFY, json!({ "code": code, "second_code": second })).await
    };
    let one = bob.post(VERIFY, json!({ "code": phone.code() })).await.refused(422, "validation_failed");
    assert_eq!(one.json()["errors"][0]["field"], "second_code");
    verify(&phone.code(), " ").await.refused(422, "validation_failed");
    verify(&phone.code(), &phone.code_at(-1)).await.refused(401, "invalid_mfa_code");
    verify(&phone.code(), &phone.code()).await.refused(401, "invalid_mfa_code");
    verify(&phone.code_at(-1), &phone.code_at(1)).await.refused(401, "invalid_mfa_code");
    assert_eq!(overview(&bob).await["enabled"], false);
    let (first, second) = (phone.code(), phone.next_code());
    verify(&first, &second).await.expect(200);
    let login = async |code: &str| test.anonymous().login("demo", "bob", PASSWORD, Some(code)).await;
    login(&first).await.refused(401, "invalid_mfa_code");
    login(&second).await.refused(401, "invalid_mfa_code");
    login(&phone.next_code()).await.expect(200);
}

/// attacks.md row 10: the code that enrolled opens nothing else.
#[tokio::test]
async fn the_code_that_enrolled_is_burned() {
    let test = TestApp::start().await;
    let (mia, phone) = enrolled(&test, "mia").await;
    let code = phone.code();
    test.anonymous().login("demo", "mia", PASSWORD, Some(&code)).await.refused(401, "invalid_mfa_code");
    mia.post("/api/v1/auth/step-up", json!({ "code": code })).await.refused(401, "invalid_mfa_code");
    mia.post("/api/v1/mfa/disable", json!({ "code": code })).await.refused(401, "invalid_mfa_code");
    test.anonymous().login("demo", "mia", PASSWORD, Some(&phone.next_code())).await.expect(200);
}

/// attacks.md row 23: the first factor needs a password given in the last ten minutes, in that session.
#[tokio::test]
async fn the_first_factor_needs_a_fresh_password() {
    let test = TestApp::start().await;
    let bob = test.sign_in("bob").await;
    test.clock.advance_secs(600);
    let phone = Authenticator::of(&test, &bob.post(SETUP, json!({})).await.expect(200).json());
    test.clock.advance_secs(1);
    let asked = bob.post(SETUP, json!({})).await.refused(403, "step_up_required");
    assert_eq!(asked.json()["methods"], json!(["password"]));
    bob.post(VERIFY, json!({ "code": phone.code() })).await.refused(403, "step_up_required");

    let wrong = bob.post("/api/v1/auth/step-up", json!({ "password": "wrong horse battery" })).await;
    wrong.refused(401, "invalid_credentials");
    bob.post(SETUP, json!({})).await.refused(403, "step_up_required");
    let right = bob.post("/api/v1/auth/step-up", json!({ "password": PASSWORD })).await.expect(200);
    // What was proven belongs to the fresh token alone.
    bob.post(SETUP, json!({})).await.refused(403, "step_up_required");
    let fresh = bob.clone().with_token(&right.string("token"));
    fresh.post(VERIFY, json!({ "code": phone.code() })).await.expect(200);
}

/// attacks.md row 24: a password, however fresh, adds nothing to an account that has a factor.
#[tokio::test]
async fn another_factor_needs_a_proof_of_one_that_is_there() {
    let test = TestApp::start().await;
    let (mut mia, phone) = enrolled(&test, "mia").await;
    test.clock.advance_secs(601);
    let asked = mia.post(SETUP, json!({})).await.refused(403, "step_up_required");
    assert_eq!(asked.json()["methods"], json!(["totp", "recovery_code"]));
    let password = mia.post("/api/v1/auth/step-up", json!({ "password": PASSWORD })).await;
    let password = password.refused(403, "step_up_required");
    assert_eq!(password.json()["methods"], json!(["totp", "recovery_code"]));
    mia.step_up(&phone.next_code()).await;
    // The candidate alone is no way around: its confirmation asks for the proof again, of the token that is shown.
    test.clock.advance_secs(575);
    let (stale, tablet) = (mia.clone(), mia.post(SETUP, json!({})).await.expect(200).json());
    let tablet = Authenticator::of(&test, &tablet);
    mia.step_up(&phone.next_code()).await;
    stale.post(VERIFY, json!({ "code": tablet.code() })).await.refused(403, "step_up_required");
    mia.post(VERIFY, json!({ "code": tablet.code() })).await.expect(200);
    let login = async |code: &str| test.anonymous().login("demo", "mia", PASSWORD, Some(code)).await;
    login(&tablet.next_code()).await.expect(200);
    login(&phone.code()).await.expect(200);
}

#[tokio::test]
async fn an_account_has_ten_factors_at_most() {
    let test = TestApp::start().await;
    let mut mia = test.sign_in("mia").await;
    for _ in 0..10 {
        mia.enrol().await;
    }
    mia.post(SETUP, json!({})).await.refused(409, "conflict");
    let overview = overview(&mia).await;
    assert_eq!(overview["methods"].as_array().unwrap().len(), 10);
    let id = overview["methods"][3]["id"].as_str().unwrap();
    let removed = mia.delete(&format!("/api/v1/mfa/methods/{id}")).await.expect(200);
    mia.with_token(&removed.string("token")).post(SETUP, json!({})).await.expect(200);
}

/// attacks.md row 27: secret, picture and codes are shown once, to their owner, and never again.
#[tokio::test]
async fn what_a_set_up_showed_is_shown_nowhere_else() {
    let test = TestApp::start().await;
    let mut mia = test.sign_in("mia").await;
    let first = mia.post(SETUP, json!({})).await.expect(200).json();
    let phone = Authenticator::of(&test, &first);
    let verified = mia.post(VERIFY, json!({ "code": phone.code() })).await.expect(200);
    mia.token = Some(verified.string("token"));
    let mut secrets: Vec<String> = phone.recovery_codes.clone();
    secrets.extend(["secret", "otpauth_url", "qr_code"].map(|name| first[name].as_str().unwrap().to_owned()));
    let mut shown = vec![verified.text()];
    let codes = |answer: &Value| answer["backup_codes"].as_array().unwrap().clone();
    let second = mia.post(SETUP, json!({})).await.expect(200);
    assert!(codes(&second.json()).is_empty());
    shown.push(second.text());
    for path in [
        "/api/v1/mfa",
        "/api/v1/account",
        "/api/v1/auth/session",
        "/api/v1/sessions",
        "/api/v1/openapi.json",
        "/api/v1/mfa/setup",
        "/api/v1/mfa/verify",
    ] {
        shown.push(mia.get(path).await.text());
    }
    let olga = test.sign_in("olga").await;
    shown.push(olga.get("/api/v1/tenants/demo/settings").await.expect(200).text());
    shown.push(format!("{:?}", audit(&test, &mia).await));
    for mail in test.mails().await {
        shown.extend([mail.raw, mail.text, mail.html]);
    }
    for (at, text) in shown.iter().enumerate() {
        for secret in &secrets {
            assert!(!text.contains(secret.as_str()), "number {at} shows {secret}");
        }
    }
    let method = &overview(&mia).await["methods"][0];
    assert_eq!(names(method), ["created_at", "id", "last_used_at", "name", "type"]);
}

/// attacks.md row 28: codes taken from a set-up that was abandoned never become valid.
#[tokio::test]
async fn codes_of_an_abandoned_set_up_open_nothing() {
    let test = TestApp::start().await;
    let thief = test.sign_in("bob").await;
    let stolen = Authenticator::of(&test, &thief.post(SETUP, json!({})).await.expect(200).json());
    let login = async |code: &str| test.anonymous().login("demo", "bob", PASSWORD, Some(code)).await;
    // Without a factor a code is ignored, and not remembered either.
    let ignored = login(&stolen.recovery_codes[0]).await.expect(200).json();
    assert_eq!(ignored["user"]["mfa_enabled"], false);
    let (bob, phone) = enrolled(&test, "bob").await;
    for code in &stolen.recovery_codes[..4] {
        login(code).await.refused(401, "invalid_mfa_code");
    }
    thief.get("/api/v1/mfa").await.refused(401, "unauthenticated");
    // Codes die with their enrollment.
    bob.post("/api/v1/mfa/disable", json!({})).await.expect(200);
    let (_, again) = enrolled(&test, "bob").await;
    login(&phone.recovery_codes[0]).await.refused(401, "invalid_mfa_code");
    login(&again.recovery_codes[0]).await.expect(200);
}

/// attacks.md row 45: an enrollment ends every other session and every half-finished login.
#[tokio::test]
async fn an_enrollment_ends_what_else_was_open_and_the_person_is_told() {
    let test = TestApp::start().await;
    let (other, foreign) = (test.sign_in("mia").await, test.sign_in("bob").await);
    let mut mia = test.sign_in("mia").await;
    let before = mia.clone();
    mia.enrol().await;
    other.get("/api/v1/mfa").await.refused(401, "unauthenticated");
    foreign.get("/api/v1/mfa").await.expect(200);
    before.get("/api/v1/mfa").await.refused(401, "unauthenticated");
    let mail = mail_about(&test, "mia@demo.example", "Multi-factor authentication is on").await;
    assert!(mail.text.contains("Phone") && mail.text.contains("This was not you?"), "{}", mail.text);
    assert!(mail.text.contains("127.0.0.1") && mail.text.contains("2 March 2026, 10:00 UTC"));

    // Adding one does the same.
    let pending = test.anonymous().login("demo", "mia", PASSWORD, None).await.expect(200).string("mfa_token");
    let tablet = mia.enrol().await;
    let finish = json!({ "mfa_token": pending, "mfa_code": tablet.next_code() });
    test.anonymous().post("/api/v1/auth/mfa", finish).await.refused(401, "mfa_token_invalid");
    mail_about(&test, "mia@demo.example", "A second factor was added").await;
    assert!(subjects(&test, "bob@demo.example").await.is_empty());
    let kinds: Vec<_> = audit(&test, &mia).await.into_iter().map(|(kind, _)| kind).collect();
    for kind in ["mfa.setup_started", "mfa.enabled", "mfa.factor_added"] {
        assert!(kinds.iter().any(|found| found == kind), "{kinds:?}");
    }
}

/// attacks.md row 30: nothing but the documented fields is believed, at any step.
#[tokio::test]
async fn a_client_chooses_nothing_but_the_name() {
    let test = TestApp::start().await;
    let mia = test.sign_in("mia").await;
    let hostile = json!({
        "user_id": "0198c3a2-7b10-7c3e-8f4a-0123456789ab", "tenant_id": "other", "role": "owner", "is_admin": true,
        "secret": "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP", "algorithm": "SHA256", "digits": 8, "period": 60,
        "confirmed": true, "verified": true, "email_verified": true, "mfa_enabled": true, "mfa_required": false,
        "grace_until": "2030-01-01T00:00:00Z", "failed_count": 0, "created_at": "2020-01-01T00:00:00Z",
        "status": "active", "limited_until": null, "last_step": 0,
    });
    let before = mia.get("/api/v1/account").await.json();
    for (name, value) in hostile.as_object().unwrap() {
        let code = json!({ "code": "123456", name.as_str(): value });
        let password =
            json!({ "current_password": PASSWORD, "new_password": PASSWORD, name.as_str(): value });
        for (method, path, body) in [
            (Method::POST, SETUP, json!({ name.as_str(): value })),
            (Method::POST, VERIFY, code.clone()),
            (Method::POST, "/api/v1/mfa/disable", code.clone()),
            (Method::POST, "/api/v1/mfa/recovery-codes", json!({ name.as_str(): value })),
            (Method::POST, "/api/v1/auth/step-up", code),
            (Method::PATCH, "/api/v1/account", json!({ name.as_str(): value })),
            (Method::POST, "/api/v1/account/password", password),
        ] {
            let answer = mia.call(method, path, &body).await.refused(422, "validation_failed");
            assert_eq!(answer.json()["errors"][0]["field"], name.as_str(), "{path}");
        }
    }
    assert_eq!(mia.get("/api/v1/account").await.json(), before);
    assert_eq!(overview(&mia).await["enabled"], false);
    // No candidate came of it either.
    mia.post(VERIFY, json!({ "code": "123456" })).await.refused(409, "setup_not_started");
}

#[tokio::test]
async fn the_name_of_a_device_is_checked() {
    let test = TestApp::start().await;
    let mia = test.sign_in("mia").await;
    for bad in ["", " ", "a\nb", "a\rb", "\u{202e}evil", "\u{200b}", "\u{7f}", &"x".repeat(65)] {
        let answer = mia.post(SETUP, json!({ "name": bad })).await.refused(422, "validation_failed");
        assert_eq!(answer.json()["errors"][0]["field"], "name", "{bad:?}");
    }
    for good in [json!({ "name": "x".repeat(64) }), json!({ "name": "Телефон 👩‍💻" }), json!({ "name": null })]
    {
        mia.post(SETUP, good).await.expect(200);
    }
}

/// attacks.md row 13: secrets of 160 bits that never repeat, in an address that no name can bend.
#[tokio::test]
async fn secrets_are_long_and_different_and_the_uri_survives_hostile_names() {
    let test = TestApp::start().await;
    let mia = test.sign_in("mia").await;
    let mut seen = std::collections::BTreeSet::new();
    for _ in 0..50 {
        let secret = mia.post(SETUP, json!({})).await.expect(200).string("secret");
        assert_eq!(data_encoding::BASE32_NOPAD.decode(secret.as_bytes()).unwrap().len(), 20);
        assert!(seen.insert(secret));
    }
    for (slug, name) in
        [("acme", "Acme: R&D 🦊"), ("evil", "a?secret=AAAA&issuer=x#/%41"), ("plus", "A+B \"C\"")]
    {
        admin::create_tenant(&test.app, slug, name).await.unwrap();
        let user = CreateUser {
            username: "eve:x&y=z".into(),
            email: None,
            display_name: None,
            role: Role::Member,
            password: Some(PASSWORD.to_owned().into()),
        };
        admin::create_user(&test.app, slug, user).await.unwrap();
        let eve = test.anonymous().sign_in(slug, "eve:x&y=z", PASSWORD).await;
        let setup = eve.post(SETUP, json!({})).await.expect(200).json();
        let text = setup["otpauth_url"].as_str().unwrap();
        let uri: url::Url = text.parse().unwrap();
        assert_eq!((uri.scheme(), uri.host_str()), ("otpauth", Some("totp")));
        assert_eq!(uri.fragment(), None);
        let mut query: Vec<_> = uri.query_pairs().into_owned().collect();
        query.sort();
        let expected = [
            ("algorithm", "SHA1"),
            ("digits", "6"),
            ("issuer", name),
            ("period", "30"),
            ("secret", setup["secret"].as_str().unwrap()),
        ];
        assert_eq!(query, expected.map(|(key, value)| (key.to_owned(), value.to_owned())));
        // Apps read `+` in different ways, so a space is never written as one.
        assert!(!text.contains('+') && text.is_ascii());
        let label = uri.path().trim_start_matches('/');
        assert_eq!(label.matches(':').count(), 1, "{label}");
        let decoded: Vec<_> = label.split(':').map(decode).collect();
        assert_eq!(decoded, [name, "eve:x&y=z"]);
    }
}

fn decode(text: &str) -> String {
    let pair = format!("x={text}");
    url::form_urlencoded::parse(pair.as_bytes()).next().unwrap().1.into_owned()
}
