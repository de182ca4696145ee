//! What requests cost the database, counted exactly. BEGIN and COMMIT are not statements here.

use axum::http::Method;
use serde_json::json;
use twinlock_testkit::{Answer, Caller, TestApp, app::PASSWORD};

use crate::support::enrolled;

/// Statements that one request runs.
async fn statements(test: &TestApp, request: impl Future<Output = Answer>) -> (u64, Answer) {
    let before = test.app.store().statements();
    let answer = request.await;
    (test.app.store().statements() - before, answer)
}

async fn login(test: &TestApp, who: (&str, &str, &str), code: Option<&str>) -> (u64, Answer) {
    let (tenant, username, password) = who;
    let anonymous = test.anonymous();
    statements(test, anonymous.login(tenant, username, password, code)).await
}

#[tokio::test]
async fn the_second_step_takes_seven_statements() {
    let test = TestApp::start().await;
    let (_, phone) = enrolled(&test, "mia").await;
    let pending = test.anonymous().login("demo", "mia", PASSWORD, None).await.expect(200).string("mfa_token");
    let body = json!({ "mfa_token": pending, "mfa_code": phone.next_code() });
    let anonymous = test.anonymous();
    let (count, answer) = statements(&test, anonymous.post("/api/v1/auth/mfa", body)).await;
    answer.expect(200);
    assert!(count <= 7, "{count}");
}

#[tokio::test]
async fn a_warm_session_check_takes_none() {
    let test = TestApp::start().await;
    let mia = test.sign_in("mia").await;
    let path = "/api/v1/auth/session";
    let cold = statements(&test, mia.get(path)).await;
    assert_eq!((cold.0, cold.1.status.as_u16()), (1, 200));
    let warm = statements(&test, mia.get(path)).await;
    assert_eq!((warm.0, warm.1.status.as_u16()), (0, 200));
    test.clock.advance_secs(1);
    assert_eq!(statements(&test, mia.get(path)).await.0, 1);
    // A forged token is not looked up at all.
    assert_eq!(statements(&test, mia.with_token("a.b.c").get(path)).await.0, 0);
}

/// attacks.md row 41: an unknown name, tenant or closed account costs what a wrong password costs.
#[tokio::test]
async fn a_sign_in_that_fails_costs_the_same_whoever_it_names() {
    let test = TestApp::start().await;
    twinlock_service::admin::suspend(&test.app, "demo", "bob").await.unwrap();
    enrolled(&test, "adam").await;
    let failures = [
        ("demo", "mia", "wrong horse battery"),
        ("demo", "nobody", PASSWORD),
        ("nowhere", "mia", PASSWORD),
        ("demo", "otto", PASSWORD),
        ("demo", "bob", "wrong horse battery"),
        ("demo", "adam", "wrong horse battery"),
        ("demo", "\u{200b}", PASSWORD),
        ("not a slug", "mia", PASSWORD),
    ];
    let mut counts = Vec::new();
    for who in failures {
        for code in [None, Some("123456"), Some("12345678")] {
            // The same again within ten minutes would not be another try.
            test.clock.advance_secs(600);
            let (count, answer) = login(&test, who, code).await;
            answer.refused(401, "invalid_credentials");
            counts.push(count);
        }
    }
    counts.dedup();
    assert_eq!(counts.len(), 1, "{counts:?}");
}

/// The numbers themselves, so that a change is noticed.
#[tokio::test]
async fn what_a_sign_in_costs_is_written_down() {
    let test = TestApp::start().await;
    let (_, phone) = enrolled(&test, "mia").await;
    let count = async |who, code: Option<&str>| login(&test, who, code).await.0;
    let wrong = count(("demo", "bob", "wrong horse battery"), None).await;
    let right = count(("demo", "olga", PASSWORD), None).await;
    let first_step = count(("demo", "mia", PASSWORD), None).await;
    let both = count(("demo", "mia", PASSWORD), Some(&phone.next_code())).await;
    // PostgreSQL locks a row in a statement of its own; SQLite's writers are alone.
    let expected = if test.database.backend_name() == "postgres" { (6, 10, 8, 12) } else { (6, 9, 7, 11) };
    assert_eq!((wrong, right, first_step, both), expected);
}

/// A request without an identity costs the database nothing.
#[tokio::test]
async fn strangers_cost_nothing_before_they_name_somebody() {
    let test = TestApp::start().await;
    let anonymous: Caller<'_> = test.anonymous();
    for (method, path) in [
        (Method::GET, "/api/v1/account"),
        (Method::POST, "/api/v1/mfa/setup"),
        (Method::POST, "/api/v1/auth/login"),
        (Method::POST, "/api/v1/auth/mfa"),
        (Method::POST, "/api/v1/auth/mfa/webauthn"),
        (Method::POST, "/api/v1/auth/mfa/webauthn/options"),
        (Method::POST, "/api/v1/auth/passkey"),
        (Method::POST, "/api/v1/auth/passkey/options"),
        (Method::POST, "/api/v1/mfa/webauthn/register"),
        (Method::POST, "/api/v1/auth/password-reset/confirm"),
        (Method::GET, "/api/v1/nothing"),
    ] {
        let (count, answer) = statements(&test, anonymous.call(method, path, &json!({}))).await;
        assert!(answer.status.is_client_error() && count == 0, "{path}: {count}");
    }
}
