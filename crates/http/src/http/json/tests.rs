use axum::{body::Body, http::Request};
use serde::Deserialize;

use super::*;

#[derive(Debug, Deserialize, PartialEq)]
#[serde(deny_unknown_fields)]
struct Login {
    username: String,
    mfa_code: Option<String>,
    #[serde(default)]
    role: Option<Role>,
    #[serde(default)]
    nested: Option<Nested>,
}

#[derive(Debug, Deserialize, PartialEq)]
#[serde(rename_all = "snake_case")]
enum Role {
    Owner,
}

#[derive(Debug, Deserialize, PartialEq)]
#[serde(deny_unknown_fields)]
struct Nested {
    days: u32,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct AllOptional {
    name: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(transparent)]
struct Anything(Value);

/// The status, code and first field of what a body is refused for.
fn refusal(body: impl AsRef<[u8]>) -> (u16, &'static str, String) {
    let problem = read::<Login>(body.as_ref()).unwrap_err();
    let field = problem.errors.first().map(|error| error.field.clone()).unwrap_or_default();
    (problem.status.as_u16(), problem.code.as_str(), field)
}

fn malformed() -> (u16, &'static str, String) {
    (400, "malformed_request", String::new())
}

fn invalid(field: &str) -> (u16, &'static str, String) {
    (422, "validation_failed", field.to_owned())
}

async fn extract(headers: &[(&str, &str)], body: impl Into<Body>) -> Result<AllOptional, u16> {
    let mut request = Request::post("/");
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let request = request.body(body.into()).unwrap();
    let read = ApiJson::<AllOptional>::from_request(request, &()).await;
    read.map(|ApiJson(body)| body).map_err(|problem| problem.status.as_u16())
}

#[test]
fn a_body_of_the_documented_shape_is_read() {
    let login: Login =
        read(br#" {"username":"\u00e9\ud83d\ude00","mfa_code":null,"role":"owner","nested":{"days":7}} "#)
            .unwrap();
    assert_eq!(login.username, "é😀");
    assert_eq!(
        (login.mfa_code, login.role, login.nested),
        (None, Some(Role::Owner), Some(Nested { days: 7 }))
    );
}

#[test]
fn an_empty_body_is_an_empty_object() {
    assert!(read::<AllOptional>(b"").unwrap().name.is_none());
    assert_eq!(refusal(""), invalid("username"));
}

/// attacks.md row 12: what is not JSON is 400 and reaches no handler.
#[test]
fn what_cannot_be_read_is_malformed() {
    for body in [
        "{",
        "}",
        "null,",
        "{\"username\":}",
        "{\"username\":\"a\",}",
        "{'username':'a'}",
        "{username:\"a\"}",
        "{\"username\":\"a\"}{}",
        "{\"username\":\"a\"} x",
        "{\"username\":NaN}",
        "{\"username\":Infinity}",
        "{\"username\":-}",
        "{\"username\":01}",
        "{\"username\":+1}",
        "{\"username\":1e999}",
        "[1,]",
        "{\"username\":\"a\nb\"}",
        "{\"username\":\"\\x41\"}",
        "username=a&mfa_code=1",
        "// {}",
        "\u{feff}{}",
        " ",
    ] {
        assert_eq!(refusal(body), malformed(), "{body}");
    }
}

/// attacks.md row 12: broken text is 400, never a fault of ours.
#[test]
fn text_that_is_not_unicode_is_malformed() {
    for body in [
        &b"{\"username\":\"\xff\"}"[..],
        b"{\"username\":\"\xc0\x80\"}",
        b"{\"username\":\"\xed\xa0\x80\"}",
        b"{\"\xfe\":1}",
        br#"{"username":"\ud800"}"#,
        br#"{"username":"\udc00\ud800"}"#,
        br#"{"\ud800":"x"}"#,
        b"\xff\xfe{\x00}\x00",
    ] {
        assert_eq!(refusal(body), malformed(), "{}", String::from_utf8_lossy(body));
    }
}

/// attacks.md row 12: a repeated key never lets two parsers see two bodies.
#[test]
fn a_repeated_key_is_malformed_at_any_level_and_in_any_spelling() {
    for body in [
        r#"{"username":"a","mfa_code":"1","mfa_code":"2"}"#,
        r#"{"username":"a","mfa_code":"1","mfa_code":"1"}"#,
        r#"{"username":"a","mfa_code":"1","mfa\u005fcode":"2"}"#,
        r#"{"username":"a","unknown":1,"unknown":2}"#,
        r#"{"username":"a","nested":{"days":1,"days":1}}"#,
        r#"{"username":"a","nested":[[{"x":null,"x":null}]]}"#,
        r#"{"":1,"":2}"#,
    ] {
        assert_eq!(refusal(body), malformed(), "{body}");
    }
}

/// attacks.md row 96: deep nesting is refused before it costs anything.
#[test]
fn nesting_is_bounded() {
    let nested = |depth: usize| {
        let inner = depth - 1;
        format!("{{\"a\":{}1{}}}", "[".repeat(inner), "]".repeat(inner))
    };
    assert!(read::<Anything>(nested(MAX_DEPTH).as_bytes()).is_ok_and(|Anything(value)| value.is_object()));
    assert_eq!(refusal(nested(MAX_DEPTH + 1)), malformed());
    assert_eq!(refusal("[".repeat(60_000)), malformed());
    assert_eq!(refusal("{\"a\":".repeat(10_000)), malformed());
}

/// attacks.md row 12: each hostile type is 422 with the field's name.
#[test]
fn a_value_of_another_type_is_a_validation_error() {
    for value in ["true", "[]", "{}", "[\"000000\",\"000001\"]", "1e6", "-1", "123456", "123456.0"] {
        let body = format!("{{\"username\":\"a\",\"mfa_code\":{value}}}");
        assert_eq!(refusal(body), invalid("mfa_code"), "{value}");
    }
    assert_eq!(refusal(r#"{"username":null}"#), invalid("username"));
    assert_eq!(refusal(r#"{"username":"a","nested":{"days":-1}}"#), invalid("nested.days"));
    assert_eq!(refusal(r#"{"username":"a","nested":{"days":1.5}}"#), invalid("nested.days"));
    assert_eq!(refusal(r#"{"username":"a","nested":{}}"#), invalid("nested.days"));
}

#[test]
fn an_unknown_or_missing_field_is_named() {
    assert_eq!(refusal(r#"{"username":"a","mfa_cod":"1"}"#), invalid("mfa_cod"));
    assert_eq!(refusal(r#"{"username":"a","nested":{"days":1,"hours":2}}"#), invalid("nested.hours"));
    assert_eq!(refusal(r#"{"mfa_code":"1"}"#), invalid("username"));
}

#[test]
fn a_shape_that_serde_would_take_by_position_is_refused() {
    for body in [r#"["a",null]"#, "null", "1", "\"x\"", "true", "[]"] {
        assert_eq!(refusal(body), invalid(""), "{body}");
    }
    assert_eq!(refusal(r#"{"username":"a","nested":[7]}"#), invalid("nested"));
    assert_eq!(refusal(r#"{"username":"a","role":{"owner":null}}"#), invalid("role"));
}

/// attacks.md row 12: NUL is text no field knows, and no database gets to see it.
#[test]
fn the_nul_character_is_refused_wherever_it_is() {
    assert_eq!(refusal(r#"{"username":"a\u0000b"}"#), invalid("username"));
    assert_eq!(refusal(r#"{"username":"a","nested":{"x":["","\u0000"]}}"#), invalid("nested.x.1"));
    assert_eq!(refusal(r#"{"username":"a","x\u0000":1}"#).0, 422);
}

/// An error never repeats what was sent.
#[test]
fn a_refusal_never_holds_a_value() {
    for body in [
        r#"{"username":"a","mfa_code":{"k":"canary"}}"#,
        r#"{"username":"a","role":"canary"}"#,
        r#"{"username":"a","nested":{"days":"canary, expected canary"}}"#,
        r#"{"username":"a","nested":"canary"}"#,
        r#"{"username":"canary"#,
        r#"{"username":"canary\u0000"}"#,
        "\"canary\"",
    ] {
        let answer = read::<Login>(body.as_bytes()).unwrap_err().to_json().to_string();
        assert!(!answer.contains("canary"), "{answer}");
    }
}

#[tokio::test]
async fn only_a_json_type_is_read() {
    for good in [
        "application/json",
        "APPLICATION/JSON",
        "application/json; charset=utf-8",
        "application/json;charset=\"UTF-8\"",
        "application/problem+json",
        "application/json; x=y",
    ] {
        assert!(extract(&[("content-type", good)], r#"{"name":"a"}"#).await.is_ok(), "{good}");
    }
    assert!(extract(&[], "").await.unwrap().name.is_none());
    assert!(extract(&[("content-type", "application/json")], "").await.is_ok());
}

/// A type that a foreign form can send is refused.
#[tokio::test]
async fn any_other_type_is_unsupported() {
    for bad in [
        "text/plain",
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x",
        "text/json",
        "",
        "application/json; charset=utf-16",
        "application/json; charset=latin1",
        "application/jsonx",
        "application/+json",
        "json",
        "application/json, text/plain",
        "text/plain; application/json",
    ] {
        assert_eq!(extract(&[("content-type", bad)], "{}").await.unwrap_err(), 415, "{bad}");
        assert_eq!(extract(&[("content-type", bad)], "").await.unwrap_err(), 415, "{bad}");
    }
    assert_eq!(extract(&[], "{}").await.unwrap_err(), 415);
    let json = ("content-type", "application/json");
    assert_eq!(extract(&[json, json], "{}").await.unwrap_err(), 415);
    assert_eq!(extract(&[json, ("content-encoding", "gzip")], "{}").await.unwrap_err(), 415);
}

/// attacks.md row 96: a body over 64 KiB is 413, one of exactly that is read.
#[tokio::test]
async fn the_body_limit_is_exact() {
    let json = [("content-type", "application/json")];
    let body = |bytes: usize| format!("{{\"name\":\"{}\"}}", "a".repeat(bytes - 11));
    assert_eq!(body(MAX_BODY_BYTES).len(), MAX_BODY_BYTES);
    assert!(extract(&json, body(MAX_BODY_BYTES)).await.is_ok());
    assert_eq!(extract(&json, body(MAX_BODY_BYTES + 1)).await.unwrap_err(), 413);
}

proptest::proptest! {
    /// attacks.md row 12: no body at all is a fault of ours.
    #[test]
    fn any_bytes_are_read_or_refused(body: Vec<u8>) {
        if let Err(problem) = read::<Login>(&body) {
            proptest::prop_assert!(problem.status.is_client_error());
        }
    }

    #[test]
    fn any_text_in_a_field_is_read_or_refused_by_name(text: String) {
        let body = serde_json::json!({ "username": text }).to_string();
        match read::<Login>(body.as_bytes()) {
            Ok(login) => proptest::prop_assert_eq!(login.username, text),
            Err(problem) => {
                proptest::prop_assert!(text.contains('\0'));
                proptest::prop_assert_eq!(problem.errors[0].field.as_str(), "username");
            }
        }
    }
}
