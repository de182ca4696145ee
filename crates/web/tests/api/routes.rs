//! The whole route table, with the credentials that each route does and does not take.

use std::collections::BTreeSet;

use axum::http::Method;
use serde_json::{Value, json};
use twinlock_testkit::{Answer, Caller, TestApp, TestSettings, app::PASSWORD};

use crate::support::enrolled;

/// Who may call a route.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Guard {
    /// Anybody: what it takes is in the body.
    Open,
    /// Whoever is signed in.
    SignedIn,
    /// Helpdesk as well.
    Helps,
    /// Owners and administrators of the tenant.
    Administers,
    /// Operators; to everybody else it is not there.
    Operates,
}

use Guard::{Administers, Helps, Open, Operates, SignedIn};

/// A route of the API.
pub struct Route {
    /// As in the document.
    pub method: &'static str,
    /// As in the document.
    pub template: &'static str,
    /// Who may call it.
    pub guard: Guard,
}

impl Route {
    /// With a parameter that could be one.
    pub fn path(&self) -> String {
        let id = "0198c3a2-7b10-7c3e-8f4a-0123456789ab";
        self.template.replace("{id}", id).replace("{userID}", id).replace("{tenantID}", "demo")
    }

    /// For sending.
    pub fn method(&self) -> Method {
        self.method.parse().expect("a method")
    }

    /// Whether it takes a token.
    pub fn is_guarded(&self) -> bool {
        self.guard != Open
    }

    /// Whether it exists only while second factors do.
    pub fn is_about_factors(&self) -> bool {
        let prefixes = ["/api/v1/mfa", "/api/v1/auth/mfa", "/api/v1/auth/passkey", "/api/v1/auth/step-up/"];
        let of_others = ["/mfa", "/reset-mfa", "/mfa/methods/{id}", "/mfa/deadline"];
        prefixes.iter().any(|prefix| self.template.starts_with(prefix))
            || self.template.starts_with("/api/v1/tenants/{tenantID}/mfa/")
            || self.template.split_once("{userID}").is_some_and(|(_, rest)| of_others.contains(&rest))
    }
}

const fn route(method: &'static str, template: &'static str, guard: Guard) -> Route {
    Route { method, template, guard }
}

/// The one route whose body is a file.
pub const IMPORT: &str = "/api/v1/tenants/{tenantID}/users/import";

/// Every route of the API, in the order of the document. A new one must be added here with its guard.
pub const ROUTES: &[Route] = &[
    route("GET", "/api/v1/account", SignedIn),
    route("PATCH", "/api/v1/account", SignedIn),
    route("POST", "/api/v1/account/email/confirm", Open),
    route("POST", "/api/v1/account/mail-code", SignedIn),
    route("POST", "/api/v1/account/password", SignedIn),
    route("POST", "/api/v1/auth/invitation/accept", Open),
    route("POST", "/api/v1/auth/login", Open),
    route("POST", "/api/v1/auth/logout", SignedIn),
    route("POST", "/api/v1/auth/mfa", Open),
    route("POST", "/api/v1/auth/mfa/webauthn", Open),
    route("POST", "/api/v1/auth/mfa/webauthn/options", Open),
    route("POST", "/api/v1/auth/passkey", Open),
    route("POST", "/api/v1/auth/passkey/options", Open),
    route("POST", "/api/v1/auth/password-change", Open),
    route("POST", "/api/v1/auth/password-reset", Open),
    route("POST", "/api/v1/auth/password-reset/confirm", Open),
    route("GET", "/api/v1/auth/session", SignedIn),
    route("POST", "/api/v1/auth/step-up", SignedIn),
    route("POST", "/api/v1/auth/step-up/options", SignedIn),
    route("GET", "/api/v1/mfa", SignedIn),
    route("POST", "/api/v1/mfa/disable", SignedIn),
    route("POST", "/api/v1/mfa/enrollment-proof", SignedIn),
    route("POST", "/api/v1/mfa/enrollment-proof/verify", SignedIn),
    route("DELETE", "/api/v1/mfa/methods/{id}", SignedIn),
    route("PATCH", "/api/v1/mfa/methods/{id}", SignedIn),
    route("PUT", "/api/v1/mfa/preferred", SignedIn),
    route("POST", "/api/v1/mfa/recovery-codes", SignedIn),
    route("POST", "/api/v1/mfa/recovery-codes/saved", SignedIn),
    route("POST", "/api/v1/mfa/setup", SignedIn),
    route("POST", "/api/v1/mfa/verify", SignedIn),
    route("GET", "/api/v1/mfa/webauthn", SignedIn),
    route("POST", "/api/v1/mfa/webauthn/register", SignedIn),
    route("POST", "/api/v1/mfa/webauthn/register/options", SignedIn),
    route("POST", "/api/v1/mfa/webauthn/{id}/sign-in-alone", SignedIn),
    route("GET", "/api/v1/operators/health", Operates),
    route("GET", "/api/v1/operators/mail", Operates),
    route("DELETE", "/api/v1/sessions", SignedIn),
    route("GET", "/api/v1/sessions", SignedIn),
    route("DELETE", "/api/v1/sessions/{id}", SignedIn),
    route("GET", "/api/v1/operators", Operates),
    route("POST", "/api/v1/operators/{id}/approve", Operates),
    route("GET", "/api/v1/tenants", Operates),
    route("POST", "/api/v1/tenants", Operates),
    route("DELETE", "/api/v1/tenants/{tenantID}", Operates),
    route("GET", "/api/v1/tenants/{tenantID}", Operates),
    route("PATCH", "/api/v1/tenants/{tenantID}", Operates),
    route("POST", "/api/v1/tenants/{tenantID}/invitations", Administers),
    route("POST", "/api/v1/tenants/{tenantID}/mfa/reminders", Administers),
    route("GET", "/api/v1/tenants/{tenantID}/mfa/history", Helps),
    route("GET", "/api/v1/tenants/{tenantID}/mfa/status", Helps),
    route("GET", "/api/v1/tenants/{tenantID}/audit", Administers),
    route("GET", "/api/v1/tenants/{tenantID}/audit.csv", Administers),
    route("GET", "/api/v1/tenants/{tenantID}/recommendations", Administers),
    route("POST", "/api/v1/tenants/{tenantID}/restore", Operates),
    route("GET", "/api/v1/tenants/{tenantID}/settings", Administers),
    route("PATCH", "/api/v1/tenants/{tenantID}/settings", Administers),
    route("GET", "/api/v1/tenants/{tenantID}/users.csv", Administers),
    route("GET", "/api/v1/tenants/{tenantID}/users", Helps),
    route("POST", "/api/v1/tenants/{tenantID}/users", Administers),
    route("POST", IMPORT, Administers),
    route("DELETE", "/api/v1/tenants/{tenantID}/users/{userID}", Administers),
    route("GET", "/api/v1/tenants/{tenantID}/users/{userID}", Helps),
    route("PATCH", "/api/v1/tenants/{tenantID}/users/{userID}", Administers),
    route("POST", "/api/v1/tenants/{tenantID}/users/{userID}/invitation", Administers),
    route("GET", "/api/v1/tenants/{tenantID}/users/{userID}/mfa", Helps),
    route("PUT", "/api/v1/tenants/{tenantID}/users/{userID}/mfa/deadline", Administers),
    route("DELETE", "/api/v1/tenants/{tenantID}/users/{userID}/mfa/methods/{id}", Administers),
    route("POST", "/api/v1/tenants/{tenantID}/users/{userID}/reset-mfa", Helps),
    route("DELETE", "/api/v1/tenants/{tenantID}/users/{userID}/sessions", Administers),
    route("GET", "/api/v1/tenants/{tenantID}/users/{userID}/sessions", Administers),
];

async fn document(test: &TestApp) -> Value {
    test.anonymous().get("/api/v1/openapi.json").await.expect(200).json()
}

async fn call(caller: &Caller<'_>, route: &Route) -> Answer {
    if route.template == IMPORT {
        return caller.raw(route.method(), &route.path(), "text/csv", "username").await;
    }
    caller.call(route.method(), &route.path(), &json!({})).await
}

/// attacks.md row 22: the doors are the ones listed here, each with its guard, and no others.
#[tokio::test]
async fn the_document_lists_exactly_these_routes_with_these_guards() {
    let test = TestApp::start().await;
    let document = document(&test).await;
    let mut found = BTreeSet::new();
    for (path, operations) in document["paths"].as_object().unwrap() {
        for (method, operation) in operations.as_object().unwrap() {
            let guarded = operation["security"] == json!([{ "bearer": [] }]);
            found.insert((method.to_uppercase(), path.clone(), guarded));
            for status in operation["responses"].as_object().unwrap().keys() {
                assert!(status.parse::<u16>().is_ok_and(|status| (200..430).contains(&status)));
            }
            assert!(!guarded || !operation["responses"]["401"].is_null(), "{method} {path}");
        }
    }
    let listed: BTreeSet<_> = ROUTES
        .iter()
        .map(|route| (route.method.to_owned(), route.template.to_owned(), route.is_guarded()))
        .collect();
    assert_eq!(found, listed);
    assert_eq!(document["openapi"], "3.1.0");
}

/// attacks.md row 22: what other products have at such places is not here.
#[tokio::test]
async fn there_are_no_other_doors() {
    let test = TestApp::start().await;
    let mia = test.sign_in("mia").await;
    for path in [
        "/api/v0/auth/login",
        "/api/v2/auth/login",
        "/api/auth/login",
        "/api/v1/login",
        "/api/v1/auth/token",
        "/api/v1/auth/refresh",
        "/api/v1/auth/impersonate",
        "/api/v1/auth/magic-link",
        "/api/v1/users",
        "/api/v1/admin",
        "/api/v1/me",
        "/oauth/token",
        "/token",
        "/metrics",
        "/debug",
        "/debug/pprof",
        "/admin",
        "/graphql",
        "/.env",
        "/setup",
        "/api/v1//auth/login",
        "/api/v1/auth/login/",
        "/API/V1/AUTH/LOGIN",
        "/api/v1/auth/%6Cogin",
    ] {
        let body = json!({ "username": "mia", "password": PASSWORD, "tenant_id": "demo" });
        mia.post(path, body).await.expect(404);
        mia.get(path).await.expect(404);
    }
    // A password is taken in the body of the sign-in and nowhere else.
    for credential in ["Basic bWlhOmNvcnJlY3QgaG9yc2UgYmF0dGVyeQ==", "Token x", "Negotiate x"] {
        let caller = test.anonymous().with_header("authorization", credential);
        caller.get("/api/v1/auth/session").await.refused(401, "unauthenticated");
    }
    let token = mia.token.as_deref().unwrap();
    for query in ["access_token", "token", "jwt", "session", "api_key"] {
        let path = format!("/api/v1/auth/session?{query}={token}");
        test.anonymous().get(&path).await.refused(401, "unauthenticated");
    }
}

/// attacks.md row 14: nothing but a live session's token opens a guarded route; a pending one does not.
#[tokio::test]
async fn a_guarded_route_takes_the_token_of_a_live_session_only() {
    let test = TestApp::start().await;
    let (_, phone) = enrolled(&test, "mia").await;
    let expired = test.sign_in("olga").await;
    test.clock.advance_secs(86_400);
    let signed_out = test.sign_in("olga").await;
    signed_out.post("/api/v1/auth/logout", json!({})).await.expect(204);
    let pending = test.anonymous().login("demo", "mia", PASSWORD, None).await.expect(200).string("mfa_token");
    let user_id = expired.token.as_deref().unwrap().split('.').nth(1).unwrap();
    let bad = [
        pending.as_str(),
        expired.token.as_deref().unwrap(),
        signed_out.token.as_deref().unwrap(),
        user_id,
        &phone.code(),
        &phone.recovery_codes[0],
        "",
        "garbage",
        "a.b.c",
        "null",
        "é",
    ];
    for route in ROUTES.iter().filter(|route| route.is_guarded()) {
        call(&test.anonymous(), route).await.refused(401, "unauthenticated");
        for token in bad.iter().filter(|token| token.is_ascii()) {
            let answer =
                call(&test.anonymous().with_token(token), route).await.refused(401, "unauthenticated");
            assert!(answer.header("www-authenticate").starts_with("Bearer"), "{}", route.template);
        }
        for cookie in ["twinlock_session", "twinlock_login", "twinlock_pre", "twinlock_device"] {
            for csrf in [None, Some(pending.as_str())] {
                let mut caller = test.anonymous().with_header("cookie", &format!("{cookie}={pending}"));
                if let Some(csrf) = csrf {
                    caller = caller.with_header("x-twinlock-csrf", csrf);
                }
                call(&caller, route).await.refused(401, "unauthenticated");
            }
        }
    }
    // All that used the pending login up for nothing.
    let finish = json!({ "mfa_token": pending, "mfa_code": phone.code() });
    test.anonymous().post("/api/v1/auth/mfa", finish).await.expect(200);
}

/// attacks.md row 68: who may call what, role by role.
#[tokio::test]
async fn each_role_gets_what_is_its_own() {
    let test = TestApp::start().await;
    let administers = ["olga", "adam"];
    for (tenant, name) in
        [("demo", "olga"), ("demo", "adam"), ("demo", "mia"), ("other", "otto"), ("other", "mia")]
    {
        for route in ROUTES.iter().filter(|route| route.is_guarded()) {
            let caller = test.anonymous().sign_in(tenant, name, PASSWORD).await;
            let answer = call(&caller, route).await;
            let status = answer.status.as_u16();
            let expected: &[u16] = match (route.guard, tenant) {
                (Operates, _) | (Helps | Administers, "other") => &[404],
                (Helps | Administers, _) if !administers.contains(&name) => &[403],
                // Nobody has the id in these paths.
                (Helps | Administers, _) if route.template.contains("{userID}") => &[404],
                (Helps | Administers, _) => &[200, 202, 422],
                _ => &[200, 202, 204, 404, 409, 422],
            };
            assert!(
                expected.contains(&status),
                "{tenant}/{name} {} {}: {status}",
                route.method,
                route.template
            );
        }
    }
}

/// With second factors switched off on the server they are not there, for nobody: routes, questions, sign-in.
#[tokio::test]
async fn without_second_factors_their_routes_do_not_exist() {
    let on = TestApp::start().await;
    let (_, phone) = enrolled(&on, "mia").await;
    let off = on.node_with(TestSettings { mfa_enabled: false, ..TestSettings::default() }).await;
    let login = async |code: Option<&str>| {
        let body = json!({ "username": "mia", "password": PASSWORD, "tenant_id": "demo", "mfa_code": code });
        let request =
            on.anonymous().request(&Method::POST, "/api/v1/auth/login", "application/json", body.to_string());
        off.send(request).await
    };
    for code in [None, Some(phone.wrong_code(0)), Some(phone.recovery_codes[0].clone())] {
        let done = login(code.as_deref()).await.expect(200).json();
        assert_eq!(done["user"]["mfa_enabled"], false);
        assert!(done["mfa_required"].is_null());
    }
    let token = login(None).await.expect(200).string("token");
    for route in ROUTES.iter().filter(|route| route.is_about_factors()) {
        for caller in [on.anonymous(), on.anonymous().with_token(&token)] {
            let request = caller.request(&route.method(), &route.path(), "application/json", "{}");
            off.send(request).await.refused(404, "not_found");
        }
    }
    // The code that was sent along was ignored, not used up: with second factors back, it is good.
    on.anonymous().sign_in_with_code("mia", &phone.recovery_codes[0]).await;
    on.anonymous().login("demo", "mia", PASSWORD, None).await.expect(200).string("mfa_token");
}

/// Names, shapes and statuses that other people's programs rely on.
#[tokio::test]
async fn the_document_stays_as_it_was_published() {
    let test = TestApp::start().await;
    let mut document = document(&test).await;
    document["info"]["version"] = "[version]".into();
    insta::with_settings!({ sort_maps => true, prepend_module_to_snapshot => false }, {
        insta::assert_json_snapshot!("openapi", document);
    });
}
