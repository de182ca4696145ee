//! From the switch to the last person enrolled.

use axum::http::Method;
use serde_json::json;
use twinlock_testkit::{Authenticator, TestApp, app::PASSWORD};

use super::{DAY, SETTINGS, enforced, led_into_enrollment, login, newcomer};
use crate::{
    routes::ROUTES,
    support::{audit, subjects, together},
};

/// attacks.md row 74: at the moment of enforcement every session of the tenant ends but the one that did it.
#[tokio::test]
async fn enforcing_ends_all_sessions_but_the_callers() {
    let test = TestApp::start().await;
    let bob = test.sign_in("bob").await;
    let other = test.anonymous().sign_in("other", "mia", PASSWORD).await;
    let mut olga = test.sign_in("olga").await;
    let phone = olga.enrol().await;
    let second = test.anonymous().sign_in_with_code("olga", &phone.next_code()).await;
    let settings = json!({ "mfa_required": true, "mfa_grace_period_days": 7 });
    let after = olga.patch(SETTINGS, settings).await.expect(200).json();
    assert!(after["mfa_enforced_at"].is_string(), "{after}");
    for ended in [&bob, &second] {
        ended.get("/api/v1/auth/session").await.refused(401, "unauthenticated");
    }
    for goes_on in [&olga, &other] {
        goes_on.get("/api/v1/auth/session").await.expect(200);
    }
    let (_, detail) =
        audit(&test, &olga).await.into_iter().find(|(k, _)| k == "tenant.settings_changed").unwrap();
    assert_eq!(
        (&detail["sessions_ended"], &detail["changed"]["mfa_required"]["new"]),
        (&json!(2), &json!(true))
    );
    let again = olga.patch(SETTINGS, json!({ "mfa_grace_period_days": 30 })).await.expect(200).json();
    assert_eq!(again["mfa_enforced_at"], after["mfa_enforced_at"], "the start stays");
}

#[tokio::test]
async fn in_the_grace_period_a_sign_in_says_until_when() {
    let test = TestApp::start().await;
    enforced(&test, 7).await;
    let deadline = "2026-03-09T10:00:07Z";
    for (waited, left) in [(0, 7), (1, 7), (6 * DAY, 1)] {
        test.clock.advance_secs(waited);
        let answer = login(&test, "bob").await.expect(200).json();
        assert_eq!(answer["mfa_grace"], json!({ "deadline": deadline, "days_left": left }), "{answer}");
        let bob = test.anonymous().with_token(answer["token"].as_str().unwrap());
        bob.get("/api/v1/account").await.expect(200);
        let mfa = bob.get("/api/v1/mfa").await.expect(200).json();
        assert_eq!((&mfa["required"], &mfa["grace"]["deadline"]), (&json!(true), &json!(deadline)));
    }
}

/// attacks.md row 72: no session outlives the deadline without a factor, to the second.
#[tokio::test]
async fn a_session_lapses_at_the_deadline_and_goes_on_once_a_factor_is_enrolled() {
    let test = TestApp::start().await;
    enforced(&test, 1).await;
    test.clock.advance_secs(DAY - 60);
    let mut bob = test.sign_in("bob").await;
    test.clock.advance_secs(59);
    bob.get("/api/v1/account").await.expect(200);
    test.clock.advance_secs(1);
    bob.get("/api/v1/account").await.refused(403, "mfa_enrollment_required");
    bob.get("/api/v1/sessions").await.refused(403, "mfa_enrollment_required");
    bob.get("/api/v1/auth/session").await.expect(200);
    bob.get("/api/v1/mfa").await.expect(200);
    bob.enrol().await;
    bob.get("/api/v1/account").await.expect(200);
}

/// attacks.md row 71: what a sign-in answers that leads into an enrollment opens the enrollment and nothing else, and
/// is worth nothing once it is done.
#[tokio::test]
async fn who_must_enrol_can_do_nothing_else_until_they_have() {
    let test = TestApp::start().await;
    enforced(&test, 0).await;
    let (bob, answer) = led_into_enrollment(&test, "bob").await;
    assert_eq!(
        (&answer["enrollment_proof"], &answer["user"]["username"]),
        (&json!("password"), &json!("bob"))
    );
    assert!(answer.get("token").is_none());
    for (method, path) in [
        (Method::GET, "/api/v1/auth/session"),
        (Method::GET, "/api/v1/account"),
        (Method::GET, "/api/v1/sessions"),
        (Method::POST, "/api/v1/auth/step-up"),
        (Method::POST, "/api/v1/account/password"),
        (Method::GET, SETTINGS),
    ] {
        bob.call(method, path, &json!({})).await.refused(403, "mfa_enrollment_required");
    }
    bob.get("/api/v1/mfa").await.expect(200);
    let setup = bob.post("/api/v1/mfa/setup", json!({})).await.expect(200).json();
    let phone = Authenticator::of(&test, &setup);
    bob.post("/api/v1/mfa/verify", json!({ "code": phone.wrong_code(0) }))
        .await
        .refused(401, "invalid_mfa_code");
    let done = bob.post("/api/v1/mfa/verify", json!({ "code": phone.code() })).await.expect(200).json();
    assert_eq!((&done["user"]["username"], &done["user"]["mfa_enabled"]), (&json!("bob"), &json!(true)));
    let full = test.anonymous().with_token(done["token"].as_str().unwrap());
    let session = full.get("/api/v1/auth/session").await.expect(200).json();
    assert_eq!(session["session"]["amr"], json!(["pwd", "otp", "mfa"]));
    bob.get("/api/v1/mfa").await.refused(401, "unauthenticated");
    login(&test, "bob").await.expect(200).json()["mfa_required"].as_bool().filter(|due| *due).unwrap();
}

#[tokio::test]
async fn an_enrollment_can_be_left_and_ends_after_half_an_hour() {
    let test = TestApp::start().await;
    enforced(&test, 0).await;
    let (bob, _) = led_into_enrollment(&test, "bob").await;
    bob.post("/api/v1/auth/logout", json!({})).await.expect(204);
    bob.get("/api/v1/mfa").await.refused(401, "unauthenticated");
    let (bob, _) = led_into_enrollment(&test, "bob").await;
    test.clock.advance_secs(1799);
    let setup = bob.post("/api/v1/mfa/setup", json!({})).await.expect(200).json();
    let phone = Authenticator::of(&test, &setup);
    test.clock.advance_secs(1);
    bob.post("/api/v1/mfa/verify", json!({ "code": phone.code() })).await.refused(401, "unauthenticated");
}

#[tokio::test]
async fn who_came_after_the_switch_enrols_at_the_first_sign_in() {
    let test = TestApp::start().await;
    enforced(&test, 30).await;
    test.clock.advance_secs(1);
    newcomer(&test, "nina", None).await;
    led_into_enrollment(&test, "nina").await;
    assert!(login(&test, "bob").await.expect(200).json()["mfa_grace"].is_object());
}

/// attacks.md row 23: whoever only has the password must not enrol first where the tenant asks for a code by mail, and
/// the owner of the account is told at once of any enrollment.
#[tokio::test]
async fn a_code_by_mail_opens_the_enrollment_where_the_tenant_wants_it() {
    let test = TestApp::start().await;
    let (olga, _) = enforced(&test, 0).await;
    olga.patch(SETTINGS, json!({ "enrollment_proof": "email" })).await.expect(200);
    let (bob, answer) = led_into_enrollment(&test, "bob").await;
    assert_eq!(answer["enrollment_proof"], "email");
    bob.post("/api/v1/mfa/setup", json!({})).await.refused(403, "enrollment_proof_required");
    bob.open_enrollment("bob@demo.example").await;
    let mut bob = bob;
    bob.enrol().await;
    bob.get("/api/v1/account").await.expect(200);
    let told = subjects(&test, "bob@demo.example").await;
    assert!(told.iter().any(|subject| subject == "Multi-factor authentication is on"), "{told:?}");
}

/// attacks.md row 74: whoever enforces complies first, administrators included.
#[tokio::test]
async fn who_enforces_has_a_factor_first() {
    let test = TestApp::start().await;
    let olga = test.sign_in("olga").await;
    let wanted = json!({ "mfa_required": true });
    olga.patch(SETTINGS, wanted.clone()).await.refused(409, "mfa_not_enabled");
    let preview = olga.patch(&format!("{SETTINGS}?dry_run=true"), wanted).await.expect(200).json();
    assert_eq!(preview["impact"]["caller_complies"], false);
    assert_eq!(olga.get(SETTINGS).await.expect(200).json()["mfa_required"], false);
    enforced(&test, 0).await;
    led_into_enrollment(&test, "adam").await;
}

/// attacks.md row 75: while a factor is required, nobody takes the last one that counts from themselves.
#[tokio::test]
async fn nobody_removes_their_last_factor_while_one_is_required() {
    let test = TestApp::start().await;
    let (olga, _) = enforced(&test, 30).await;
    let methods = olga.get("/api/v1/mfa").await.expect(200).json()["methods"].clone();
    let id = methods[0]["id"].as_str().unwrap();
    let path = format!("/api/v1/mfa/methods/{id}");
    olga.delete(&path).await.refused(409, "last_factor_required");
    olga.post("/api/v1/mfa/disable", json!({})).await.refused(409, "last_factor_required");
    olga.patch(SETTINGS, json!({ "mfa_required": false })).await.expect(200);
    olga.delete(&path).await.expect(200);
}

/// What an enrollment token opens; the rest of the table is closed to it.
const OPENED: [&str; 8] = [
    "GET /api/v1/mfa",
    "POST /api/v1/auth/logout",
    "POST /api/v1/mfa/enrollment-proof",
    "POST /api/v1/mfa/enrollment-proof/verify",
    "POST /api/v1/mfa/setup",
    "POST /api/v1/mfa/verify",
    "POST /api/v1/mfa/webauthn/register",
    "POST /api/v1/mfa/webauthn/register/options",
];

/// attacks.md row 71: every route of the table, with the token of an enrollment and with a session that lapsed.
#[tokio::test]
async fn the_whole_table_is_closed_but_for_the_enrollment() {
    let test = TestApp::start().await;
    enforced(&test, 1).await;
    test.clock.advance_secs(DAY - 60);
    let lapsed = test.sign_in("adam").await;
    test.clock.advance_secs(60);
    let (enrolling, _) = led_into_enrollment(&test, "adam").await;
    let kept = ["GET /api/v1/auth/session", "POST /api/v1/auth/step-up", "POST /api/v1/auth/step-up/options"];
    for route in ROUTES.iter().filter(|route| route.is_guarded()) {
        let name = format!("{} {}", route.method, route.path());
        for (caller, open) in [(&enrolling, false), (&lapsed, kept.contains(&name.as_str()))] {
            if OPENED.contains(&name.as_str()) || open {
                continue;
            }
            let answer = caller.call(route.method(), &route.path(), &json!({})).await;
            assert_eq!(
                (answer.status.as_u16(), answer.code().as_str()),
                (403, "mfa_enrollment_required"),
                "{name}"
            );
        }
    }
    for name in OPENED.iter().filter(|name| !name.ends_with("logout")) {
        let (method, path) = name.split_once(' ').unwrap();
        let answer = enrolling.call(method.parse().unwrap(), path, &json!({})).await;
        assert_ne!(answer.code(), "mfa_enrollment_required", "{name}");
    }
}

/// attacks.md row 75: of the last two factors, deleted at once while one is required, one stays.
#[tokio::test]
async fn of_the_last_two_factors_deleted_at_once_one_stays() {
    let test = TestApp::start().await;
    let (mut olga, _) = enforced(&test, 30).await;
    olga.enrol().await;
    let methods = olga.get("/api/v1/mfa").await.expect(200).json()["methods"].clone();
    let paths = methods.as_array().unwrap().iter().map(|method| {
        let id = method["id"].as_str().unwrap();
        format!("/api/v1/mfa/methods/{id}")
    });
    let paths: Vec<_> = paths.collect();
    assert_eq!(paths.len(), 2);
    let answers = together(paths.iter().map(|path| olga.delete(path))).await;
    let mut seen: Vec<_> = answers.iter().map(|answer| (answer.status.as_u16(), answer.code())).collect();
    seen.sort();
    assert_eq!(seen[0].0, 200, "{seen:?}");
    assert_ne!(seen[1].0, 200, "{seen:?}");
    let fresh = answers.iter().find(|answer| answer.status == 200).unwrap().string("token");
    let olga = olga.with_token(&fresh);
    let left = olga.get("/api/v1/mfa").await.expect(200).json()["methods"].as_array().unwrap().len();
    assert_eq!(left, 1);
}
