//! Who may not is refused before what was sent is looked at: the same answer, whatever the body, the query and its type.

use std::convert::Infallible;

use axum::{
    body::{Body, Bytes},
    http::Method,
};
use futures_util::stream;
use serde_json::json;
use twinlock_core::user::Role;
use twinlock_testkit::{Answer, Caller, TestApp, TestSettings, app::PASSWORD};

use crate::{
    people::add,
    routes::{Guard, IMPORT, ROUTES, Route},
    support::enrolled,
};

/// What can be wrong with what is sent, and nothing.
const SENT: [(&str, &str, &str); 10] = [
    ("", "application/json", "{}"),
    ("", "", ""),
    ("", "application/json", "{"),
    ("", "application/json", "[]"),
    ("", "application/json", r#"{"a":1,"a":1}"#),
    (
        "",
        "application/json",
        r#"{"deadline":7,"role":"king","mfa_required":"yes","user_ids":[],"name":[],"code":{}}"#,
    ),
    ("", "text/plain", "hello"),
    ("", "text/csv", "\u{0}"),
    ("?limit=0&cursor=x&dry_run=perhaps&days=x&since=x&status=x&until=x&role=x", "application/json", "{}"),
    ("?nonsense=1", "multipart/form-data", "--"),
];

async fn send(caller: &Caller<'_>, route: &Route, path: &str) -> Vec<Answer> {
    let mut answers = Vec::new();
    for (query, kind, body) in SENT {
        answers.push(caller.raw(route.method(), &format!("{path}{query}"), kind, body).await);
    }
    let large = "a".repeat(if route.template == IMPORT { 1_200_000 } else { 70_000 });
    answers.push(caller.raw(route.method(), path, "application/json", large).await);
    if route.template == IMPORT {
        // Of a body that never comes nobody waits for the end.
        let endless = stream::pending::<Result<Bytes, Infallible>>();
        answers.push(caller.raw(route.method(), path, "text/csv", Body::from_stream(endless)).await);
    }
    answers
}

/// The one refusal of whatever is sent.
async fn refusal(caller: &Caller<'_>, route: &Route, path: &str) -> (u16, String) {
    let answers = send(caller, route, path).await;
    for answer in &answers {
        assert_eq!(answer.seen(), answers[0].seen(), "{} {path}", route.method);
    }
    (answers[0].status.as_u16(), answers[0].code())
}

fn guarded() -> impl Iterator<Item = &'static Route> {
    ROUTES.iter().filter(|route| route.is_guarded())
}

fn answer(status: u16, code: &str) -> (u16, String) {
    (status, code.to_owned())
}

#[tokio::test]
async fn a_stranger_is_told_to_sign_in_whatever_they_send() {
    let test = TestApp::start().await;
    for route in guarded() {
        for caller in [test.anonymous(), test.anonymous().with_token("garbage")] {
            let refused = refusal(&caller, route, &route.path()).await;
            assert_eq!(refused, answer(401, "unauthenticated"), "{} {}", route.method, route.template);
        }
    }
}

/// attacks.md row 68: who may not learns nothing of how a body is judged, role by role and of each organisation.
#[tokio::test]
async fn who_has_not_the_role_is_refused_whatever_they_send() {
    let test = TestApp::start().await;
    add(&test, "hana", Role::Helpdesk).await;
    let (mia, hana) = (test.sign_in("mia").await, test.sign_in("hana").await);
    let stranger = test.anonymous().sign_in("other", "otto", PASSWORD).await;
    for route in guarded() {
        let refused: &[(&Caller<'_>, &str)] = match route.guard {
            Guard::Operates => &[(&mia, "not_found"), (&hana, "not_found"), (&stranger, "not_found")],
            Guard::Administers => &[(&mia, "forbidden"), (&hana, "forbidden"), (&stranger, "not_found")],
            Guard::Helps => &[(&mia, "forbidden"), (&stranger, "not_found")],
            Guard::Open | Guard::SignedIn => &[],
        };
        for (caller, code) in refused {
            let status = if *code == "forbidden" { 403 } else { 404 };
            let path = route.path();
            let found = refusal(caller, route, &path).await;
            assert_eq!(found, answer(status, code), "{} {}", route.method, route.template);
        }
    }
}

/// An operator has no part in other organisations, and an owner none in the operators' routes.
#[tokio::test]
async fn an_operator_finds_no_organisation_whatever_they_send() {
    let test = TestApp::start().await;
    let (ona, _) = crate::operators::operator(&test, "ona").await;
    for route in guarded().filter(|route| matches!(route.guard, Guard::Administers | Guard::Helps)) {
        let found = refusal(&ona, route, &route.path()).await;
        assert_eq!(found, answer(404, "not_found"), "{} {}", route.method, route.template);
    }
}

/// Nobody acts upwards, sideways, or on whom there is not: known before the body is.
#[tokio::test]
async fn whom_it_is_about_comes_before_what_is_sent() {
    let test = TestApp::start().await;
    let adam = test.sign_in("adam").await;
    let olga = test.sign_in("olga").await.get("/api/v1/account").await.string("id");
    let of_people = guarded().filter(|route| route.template.contains("{userID}"));
    for route in of_people {
        let nobody = refusal(&adam, route, &route.path()).await;
        assert_eq!(nobody, answer(404, "not_found"), "{} {}", route.method, route.template);
        let above = route.template.replace("{userID}", &olga).replace("{tenantID}", "demo");
        let above = above.replace("{id}", &olga);
        if !(route.method == "GET" && route.template.ends_with("{userID}")) {
            let refused = refusal(&adam, route, &above).await;
            assert_eq!(refused, answer(403, "forbidden"), "{} {}", route.method, route.template);
        }
        let broken = above.replace(&olga, "1");
        assert_eq!(refusal(&adam, route, &broken).await, answer(404, "not_found"), "{broken}");
    }
}

/// An act without a fresh proof is refused before its body is judged; a dry run is no act.
#[tokio::test]
async fn a_missing_proof_comes_before_what_is_sent() {
    let test = TestApp::start().await;
    let (adam, _) = enrolled(&test, "adam").await;
    let mia = test.sign_in("mia").await.get("/api/v1/account").await.string("id");
    test.clock.advance_secs(601);
    for route in guarded().filter(|route| route.method != "GET") {
        // The end of an enrollment asks for its proof only where one is open.
        let own =
            ["/methods/{id}", "/mfa/recovery-codes", "/setup", "/register/options", "/account/password"];
        let needs = own.iter().any(|end| route.template.ends_with(end)) && route.guard == Guard::SignedIn;
        let administers = matches!(route.guard, Guard::Administers | Guard::Helps);
        if needs || administers {
            let path =
                route.template.replace("{userID}", &mia).replace("{tenantID}", "demo").replace("{id}", &mia);
            let refused = refusal(&adam, route, &path).await;
            assert_eq!(refused, answer(403, "step_up_required"), "{} {}", route.method, route.template);
        }
    }
    let settings = "/api/v1/tenants/demo/settings?dry_run=true";
    adam.patch(settings, json!({ "mfa_required": true })).await.expect(200);
    adam.patch(settings, json!({ "mfa_required": 1 })).await.refused(422, "validation_failed");
    adam.raw(Method::POST, "/api/v1/tenants/demo/users/import?dry_run=true", "text/csv", "username\nnora\n")
        .await
        .expect(200);
}

/// A token that opens an enrollment opens nothing else, whatever is sent; an enrollment that waits for a code waits for it.
#[tokio::test]
async fn an_enrollment_token_is_refused_whatever_is_sent() {
    let test = TestApp::start().await;
    let (olga, _) = enrolled(&test, "olga").await;
    let settings = json!({ "mfa_required": true, "enrollment_proof": "email" });
    olga.patch("/api/v1/tenants/demo/settings", settings).await.expect(200);
    let token = test.anonymous().login("demo", "mia", PASSWORD, None).await.string("enrollment_token");
    let mia = test.anonymous().with_token(&token);
    let enrollment = ["/mfa", "/mfa/setup", "/mfa/verify", "/register", "/register/options"];
    for route in guarded() {
        let code = match route.template {
            "/api/v1/mfa"
            | "/api/v1/mfa/recovery-codes/saved"
            | "/api/v1/auth/logout"
            | "/api/v1/auth/session" => continue,
            path if path.contains("enrollment-proof") || path.contains("/auth/step-up") => continue,
            path if enrollment.iter().any(|end| path.ends_with(end)) && !path.contains("{userID}") => {
                "enrollment_proof_required"
            }
            _ => "mfa_enrollment_required",
        };
        for answer in send(&mia, route, &route.path()).await {
            assert_eq!((answer.status.as_u16(), answer.code().as_str()), (403, code), "{}", route.template);
        }
    }
}

/// With second factors off, nobody is asked for their second lock: operators see and do nothing then, and the command line is left.
#[tokio::test]
async fn with_second_factors_off_operators_see_nothing() {
    let on = TestApp::start().await;
    crate::operators::operator(&on, "ona").await;
    let off = on.node_with(TestSettings { mfa_enabled: false, ..TestSettings::default() }).await;
    let password = crate::operators::PASSWORD;
    let body = json!({ "username": "ona", "password": password, "tenant_id": "system" }).to_string();
    let login = on.anonymous().request(&Method::POST, "/api/v1/auth/login", "application/json", body);
    let ona = on.anonymous().with_token(&off.send(login).await.expect(200).string("token"));
    for route in guarded().filter(|route| !matches!(route.guard, Guard::SignedIn)) {
        for path in [route.path(), route.path().replace("demo", "system")] {
            let request = ona.request(&route.method(), &path, "application/json", "{}");
            let answer = off.send(request).await;
            let gone = route.is_about_factors() || (route.guard != Guard::Operates && path.contains("demo"));
            if gone {
                answer.refused(404, "not_found");
            } else {
                assert_eq!(answer.refused(403, "step_up_required").json()["methods"], json!([]), "{path}");
            }
        }
    }
}
