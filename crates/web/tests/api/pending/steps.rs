//! No second step without the first, none skipped, none weakened.

use axum::http::Method;
use serde_json::json;
use twinlock_core::ids::UserId;
use twinlock_service::browser;
use twinlock_testkit::{TestApp, app::PASSWORD};

use super::{MFA, finish, first_step};

/// attacks.md row 16: a code next to a wrong password is a wrong password, is not used up, and is not
/// confirmed as right.
#[tokio::test]
async fn a_code_without_the_password_is_a_wrong_password() {
    let test = TestApp::start().await;
    let (_, phone) = test.enrolled("mia").await;
    let login = |password: &'static str, code: Option<String>| {
        let caller = test.anonymous();
        async move { caller.login("demo", "mia", password, code.as_deref()).await }
    };
    let plain = login("wrong", None).await.refused(401, "invalid_credentials");
    let right = login("wrong", Some(phone.code())).await.refused(401, "invalid_credentials");
    let wrong = login("wrong", Some(phone.wrong_code(0))).await.refused(401, "invalid_credentials");
    let recovery = login("wrong", Some(phone.recovery_codes[0].clone())).await;
    let empty = login("", Some(phone.code())).await;
    for other in [&right, &wrong, &recovery, &empty] {
        assert_eq!(plain.seen(), other.seen());
    }
    let missing = json!({ "tenant_id": "demo", "username": "mia", "mfa_code": phone.code() });
    test.anonymous().post("/api/v1/auth/login", missing).await.refused(422, "validation_failed");
    login(PASSWORD, Some(phone.code())).await.expect(200);
    login(PASSWORD, Some(phone.recovery_codes[0].clone())).await.expect(200);
}

/// attacks.md row 16: an identifier and a code complete nothing.
#[tokio::test]
async fn an_identifier_and_a_code_complete_nothing() {
    let test = TestApp::start().await;
    let (_, phone) = test.enrolled("mia").await;
    let id = first_step(&test, "mia").await["user"]["id"].as_str().unwrap().to_owned();
    let code = phone.code();
    let bodies = [
        json!({ "user_id": id, "mfa_code": code }),
        json!({ "username": "mia", "tenant_id": "demo", "mfa_code": code }),
        json!({ "mfa_token": "", "username": "mia", "mfa_code": code }),
    ];
    for body in bodies {
        test.anonymous().post(MFA, body).await.refused(422, "validation_failed");
    }
    for token in
        ["", " ", "null", "mia", id.as_str(), "0", "%", "\u{20ac}", &"A".repeat(43), &"A".repeat(5000)]
    {
        finish(&test, token, &code).await.refused(401, "mfa_token_invalid");
    }
    for path in ["/api/v1/auth/callback", "/api/v1/auth/verify", "/api/v1/auth/skip", "/api/v1/auth/token"] {
        let body = json!({ "username": "mia", "code": code });
        test.anonymous().post(path, body).await.refused(404, "not_found");
    }
    test.anonymous().sign_in_with_code("mia", &code).await;
}

/// attacks.md row 19: fields that would skip or weaken the second step are no fields.
#[tokio::test]
async fn there_is_no_flag_that_skips_the_second_step() {
    let test = TestApp::start().await;
    let (_, phone) = test.enrolled("mia").await;
    let token = first_step(&test, "mia").await["mfa_token"].clone();
    let flags = [
        ("skip_mfa", json!(true)),
        ("mfa_verified", json!(true)),
        ("mfa_required", json!(false)),
        ("remember", json!(true)),
        ("trusted_device", json!("x")),
        ("grant_type", json!("password")),
        ("acr_values", json!("0")),
        ("mode", json!("enroll")),
        ("method", json!("none")),
        ("method", json!("email")),
        ("username", json!("bob")),
        ("tenant_id", json!("other")),
    ];
    for (name, value) in flags {
        let mut login = json!({ "tenant_id": "demo", "username": "mia", "password": PASSWORD });
        if login.get(name).is_none() {
            login[name] = value.clone();
            test.anonymous().post("/api/v1/auth/login", login).await.refused(422, "validation_failed");
        }
        let mut second = json!({ "mfa_token": token, "mfa_code": phone.code() });
        second[name] = value;
        test.anonymous().post(MFA, second).await.refused(422, "validation_failed");
    }
    let in_query = "/api/v1/auth/login?skip_mfa=true&acr_values=0";
    let body = json!({ "tenant_id": "demo", "username": "mia", "password": PASSWORD });
    let answer = test.anonymous().post(in_query, body).await;
    assert!(answer.status != 200 || answer.json()["mfa_required"] == true);
    finish(&test, token.as_str().unwrap(), &phone.code()).await.expect(200);
}

/// attacks.md row 19: starting again, in any order and with any header, asks for the same.
#[tokio::test]
async fn starting_again_asks_for_the_same_second_step() {
    let test = TestApp::start().await;
    let (_, phone) = test.enrolled("mia").await;
    let methods = json!(["totp", "recovery_code"]);
    for header in ["accept-language", "x-original-url", "x-http-method-override", "x-forwarded-user"] {
        let caller = test.anonymous().with_header(header, "mia");
        let answer = caller.login("demo", "mia", PASSWORD, None).await.expect(200).json();
        assert_eq!(answer["methods"], methods);
        assert!(answer["token"].is_null());
        finish(&test, answer["mfa_token"].as_str().unwrap(), &phone.wrong_code(0)).await;
        twinlock_service::admin::unlock(&test.app, "demo", "mia").await.unwrap();
    }
    for method in [Method::GET, Method::PUT, Method::PATCH, Method::DELETE] {
        test.anonymous().raw(method, MFA, "", "").await.refused(405, "method_not_allowed");
    }
}

/// attacks.md row 20: there is no remembered device: the cookie of a known browser opens no second step,
/// and the API sets none.
#[tokio::test]
async fn a_known_browser_still_meets_the_second_step() {
    let test = TestApp::start().await;
    let (_, phone) = test.enrolled("mia").await;
    let id = first_step(&test, "mia").await["user"]["id"].as_str().unwrap().parse().unwrap();
    let cookie = format!("twinlock_device={}", browser::remember(&test.app, UserId(id), 1).unwrap());
    let known = test.anonymous().with_header("cookie", &cookie);
    let answer = known.login("demo", "mia", PASSWORD, None).await.expect(200).json();
    assert_eq!(answer["mfa_required"], true);
    let done = known.login("demo", "mia", PASSWORD, Some(&phone.code())).await.expect(200);
    assert!(done.headers.get("set-cookie").is_none());
    let mia = known.with_token(&done.string("token"));
    test.clock.advance_secs(601);
    mia.post("/api/v1/mfa/recovery-codes", json!({})).await.refused(403, "step_up_required");
}
