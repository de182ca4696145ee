//! What else can stand in `mfa_code`.

use axum::http::Method;
use serde_json::{Value, json};
use twinlock_core::audit::EventKind;
use twinlock_testkit::{TestApp, app::PASSWORD};

use super::{login, unlock};

fn body(code: &Value) -> Value {
    json!({ "tenant_id": "demo", "username": "mia", "password": PASSWORD, "mfa_code": code })
}

/// attacks.md row 12: a code that is absent, null or blank is not given: the second step is due, and no
/// guess was made.
#[tokio::test]
async fn no_code_is_no_success_and_no_guess() {
    let test = TestApp::start().await;
    test.enrolled("mia").await;
    for code in [json!(null), json!(""), json!(" "), json!("\t\n")] {
        let answer = test.anonymous().post("/api/v1/auth/login", body(&code)).await.expect(200).json();
        assert_eq!(answer["mfa_required"], true, "{code}");
        assert!(answer["token"].is_null(), "{code}");
    }
    let absent = test.anonymous().login("demo", "mia", PASSWORD, None).await.expect(200).json();
    assert_eq!(absent["mfa_required"], true);
    for code in ["", " ", "\u{3000}"] {
        let body = json!({ "mfa_token": absent["mfa_token"], "mfa_code": code });
        test.anonymous().post("/api/v1/auth/mfa", body).await.refused(422, "validation_failed");
    }
    assert!(test.events(EventKind::SignInCodeRefused).await.is_empty());
}

/// attacks.md row 12: a text that is no code is one wrong guess, whatever is in it.
#[tokio::test]
async fn a_hostile_text_is_one_wrong_guess() {
    let test = TestApp::start().await;
    test.enrolled("mia").await;
    let many = "1".repeat(60_000);
    let texts = ["%", "_", "' OR 1=1--", "1e6", "-1", "NaN", "000000", "999999", "123124", "null", &many];
    for (n, text) in texts.into_iter().enumerate() {
        login(&test, "mia", text).await.refused(401, "invalid_mfa_code");
        assert_eq!(test.times(EventKind::SignInCodeRefused).await, n + 1);
        unlock(&test, "mia").await;
    }
}

/// attacks.md row 12: a code of another type is 422 and no guess; of another size 413.
#[tokio::test]
async fn a_code_that_is_no_text_is_not_evaluated() {
    let test = TestApp::start().await;
    let (_, phone) = test.enrolled("mia").await;
    let right = phone.code();
    let number: u32 = right.parse().unwrap();
    let many = vec![right.as_str(); 1000];
    let values = [
        json!(true),
        json!([]),
        json!({}),
        json!(number),
        json!(1e6),
        json!(-1),
        json!(many),
        json!([right]),
        json!({ "code": right }),
    ];
    for value in &values {
        test.anonymous().post("/api/v1/auth/login", body(value)).await.refused(422, "validation_failed");
    }
    let with_nul = body(&json!(format!("{right}\0")));
    test.anonymous().post("/api/v1/auth/login", with_nul).await.refused(422, "validation_failed");
    let megabyte = json!("1".repeat(1 << 20));
    test.anonymous().post("/api/v1/auth/login", body(&megabyte)).await.refused(413, "payload_too_large");
    assert!(test.events(EventKind::SignInCodeRefused).await.is_empty());
    login(&test, "mia", &right).await.expect(200);
}

/// attacks.md row 12: one parser, one place: no duplicate keys, no forms, no query.
#[tokio::test]
async fn a_code_is_read_from_one_place_only() {
    let test = TestApp::start().await;
    let (_, phone) = test.enrolled("mia").await;
    let right = phone.code();
    let path = "/api/v1/auth/login";
    let send = |kind: &'static str, body: String| {
        let caller = test.anonymous();
        async move { caller.raw(Method::POST, path, kind, body).await }
    };
    let start = format!(r#"{{"tenant_id":"demo","username":"mia","password":"{PASSWORD}","#);
    for codes in [
        format!(r#""mfa_code":"wrong","mfa_code":"{right}"}}"#),
        format!(r#""mfa_code":"{right}","mfa_code":null}}"#),
    ] {
        send("application/json", format!("{start}{codes}")).await.refused(400, "malformed_request");
    }
    send("application/json", format!(r#"{start}"mfa_code":NaN}}"#)).await.refused(400, "malformed_request");
    let form = format!("tenant_id=demo&username=mia&password={PASSWORD}&mfa_code={right}").replace(' ', "+");
    send("application/x-www-form-urlencoded", form).await.refused(415, "unsupported_media_type");

    let with_query = format!("{path}?mfa_code={right}");
    let answer = test.anonymous().post(&with_query, body(&json!(null))).await;
    assert!(answer.status != 200 || answer.json()["mfa_required"] == true, "{}", answer.text());
    assert!(test.events(EventKind::SignInCodeRefused).await.is_empty());
    login(&test, "mia", &right).await.expect(200);
}
