//! A pending login used as if it were a session, everywhere.

use axum::http::Method;
use serde_json::json;
use twinlock_testkit::{Answer, Caller, TestApp};

use super::{first_step, pending};
use crate::support::names;

/// Every method and path of the API document, with something in the place of its parameters.
async fn api_routes(test: &TestApp) -> Vec<(Method, String)> {
    let document = test.anonymous().get("/api/v1/openapi.json").await.expect(200).json();
    let mut routes = Vec::new();
    for (path, methods) in document["paths"].as_object().unwrap() {
        let filled: Vec<_> = path.split('/').map(fill).collect();
        for method in methods.as_object().unwrap().keys() {
            let method = method.to_uppercase().parse().unwrap();
            routes.push((method, filled.join("/")));
        }
    }
    assert!(routes.len() > 20, "{routes:?}");
    routes
}

fn fill(part: &str) -> &str {
    match part {
        "{tenantID}" => "demo",
        parameter if parameter.starts_with('{') => "01890000-0000-7000-8000-000000000000",
        fixed => fixed,
    }
}

const PAGES: [&str; 4] = ["/", "/account", "/account/security", "/account/sessions"];

async fn ask(caller: &Caller<'_>, (method, path): &(Method, String)) -> Answer {
    match *method {
        Method::GET | Method::DELETE => caller.raw(method.clone(), path, "", "").await,
        _ => caller.call(method.clone(), path, &json!({})).await,
    }
}

/// attacks.md row 14: whatever the first step gave, as a bearer token, cookie, password or query, is worth
/// what nothing is worth: each route answers as it answers a stranger.
/// attacks.md row 15: nothing of the person's factors, account or tenant changes.
#[tokio::test]
async fn a_pending_login_opens_no_route() {
    let test = TestApp::start().await;
    test.enrolled("olga").await;
    let token = pending(&test, "olga").await;
    let stranger = test.anonymous();
    let basic = data_encoding::BASE64.encode(format!("olga:{token}").as_bytes());
    let disguises = [
        stranger.clone().with_token(&token),
        stranger.clone().with_header("authorization", &format!("Basic {basic}")),
        stranger.clone().with_header("cookie", &format!("twinlock_session={token}")),
        stranger
            .clone()
            .with_header("cookie", &format!("twinlock_session={token}"))
            .with_header("x-twinlock-csrf", &token)
            .with_header("origin", "http://localhost:8080"),
        stranger.clone().with_header("x-mfa-token", &token).with_header("x-api-key", &token),
    ];
    let before = test.cells().await;
    let mut routes = api_routes(&test).await;
    routes.extend(PAGES.map(|page| (Method::GET, page.to_owned())));
    for route in &routes {
        let expected = ask(&stranger, route).await;
        if !PUBLIC.contains(&route.1.as_str()) && route.1.starts_with("/api/") {
            assert_eq!(
                (expected.status.as_u16(), expected.code().as_str()),
                (401, "unauthenticated"),
                "{route:?}"
            );
        }
        for disguise in &disguises {
            let answer = ask(disguise, route).await;
            assert_eq!(answer.status, expected.status, "{route:?}: {}", answer.text());
            assert_eq!(answer.code(), expected.code(), "{route:?}");
            assert_eq!(answer.location(), expected.location(), "{route:?}");
        }
        let query = format!("{}?mfa_token={token}&access_token={token}&token={token}", route.1);
        let answer = ask(&stranger, &(route.0.clone(), query)).await;
        assert!(!answer.status.is_success() || expected.status.is_success(), "{route:?}: {}", answer.text());
    }
    assert_eq!(test.cells().await, before);
}

/// The routes that ask for no session.
const PUBLIC: [&str; 12] = [
    "/api/v1/auth/login",
    "/api/v1/auth/mfa",
    "/api/v1/auth/mfa/webauthn",
    "/api/v1/auth/mfa/webauthn/options",
    "/api/v1/auth/passkey",
    "/api/v1/auth/passkey/options",
    "/api/v1/auth/password-change",
    "/api/v1/auth/password-reset",
    "/api/v1/auth/password-reset/confirm",
    "/api/v1/auth/invitation/accept",
    "/api/v1/account/email/confirm",
    "/api/v1/openapi.json",
];

/// attacks.md row 15: with full bodies, too: no factor, code, password, address, session or setting can be
/// touched before the second step.
#[tokio::test]
async fn a_pending_login_manages_nothing() {
    let test = TestApp::start().await;
    let (_, phone) = test.enrolled("olga").await;
    let holder = test.anonymous().with_token(&pending(&test, "olga").await);
    let before = test.cells().await;
    let acts = [
        (Method::POST, "/api/v1/mfa/setup", json!({ "name": "Mine" })),
        (Method::POST, "/api/v1/mfa/verify", json!({ "code": phone.code() })),
        (Method::POST, "/api/v1/mfa/disable", json!({ "code": phone.code() })),
        (Method::POST, "/api/v1/mfa/recovery-codes", json!({})),
        (Method::POST, "/api/v1/auth/step-up", json!({ "code": phone.code() })),
        (Method::POST, "/api/v1/account/password", json!({ "current_password": "x", "new_password": "y" })),
        (Method::PATCH, "/api/v1/account", json!({ "email": "thief@example.org" })),
        (Method::PATCH, "/api/v1/tenants/demo/settings", json!({ "totp_enrollment_codes": 1 })),
        (Method::POST, "/api/v1/auth/logout", json!({})),
    ];
    for (method, path, body) in acts {
        holder.call(method, path, &body).await.refused(401, "unauthenticated");
    }
    assert_eq!(test.cells().await, before);
}

/// attacks.md row 14: the first step tells who is signing in and how to go on, sets no cookie, and gives no
/// token but the one for the second step.
#[tokio::test]
async fn the_first_step_tells_nothing_more() {
    let test = TestApp::start().await;
    test.enrolled("mia").await;
    let answer =
        test.anonymous().login("demo", "mia", twinlock_testkit::app::PASSWORD, None).await.expect(200);
    assert!(answer.headers.get("set-cookie").is_none());
    assert_eq!(answer.header("cache-control"), "no-store");
    let answer = first_step(&test, "mia").await;
    assert_eq!(names(&answer), ["expires_at", "methods", "mfa_required", "mfa_token", "preferred", "user"]);
    assert_eq!(names(&answer["user"]), ["id", "tenant_id", "username"]);
    assert_eq!(answer["expires_at"], "2026-03-02T10:35:07Z");
}
