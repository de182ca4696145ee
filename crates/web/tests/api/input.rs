//! Hostile input: to every route with a body, to names, to the mails they end up in.

use axum::http::{HeaderName, Method};
use serde_json::{Value, json};
use twinlock_service::admin;
use twinlock_testkit::{Answer, Authenticator, Caller, TestApp, app::PASSWORD};

use crate::{
    operators::{self, operator},
    routes::{Guard, IMPORT, ROUTES},
    support::{enrolled, mail_about},
};

const LOGIN: &str = "/api/v1/auth/login";
const NEW: &str = "seven blue doors in autumn";

/// A body of the right shape for every route that takes one. What it asks for need not succeed.
fn bodies() -> Vec<(&'static str, &'static str, Value)> {
    vec![
        (
            "PATCH",
            "/api/v1/account",
            json!({ "display_name": "a", "email": "a@b.example", "current_password": "a", "mail_code": "1" }),
        ),
        ("POST", "/api/v1/account/email/confirm", json!({ "token": "a" })),
        ("POST", "/api/v1/account/mail-code", json!({})),
        (
            "POST",
            "/api/v1/account/password",
            json!({ "current_password": "a", "new_password": "b", "mail_code": "1" }),
        ),
        ("POST", "/api/v1/auth/invitation/accept", json!({ "token": "a", "password": "b" })),
        ("POST", LOGIN, json!({ "username": "a", "password": "b", "tenant_id": "c", "mfa_code": "1" })),
        ("POST", "/api/v1/auth/mfa", json!({ "mfa_token": "a", "mfa_code": "1" })),
        ("POST", "/api/v1/auth/password-change", json!({ "change_token": "a", "new_password": "b" })),
        ("POST", "/api/v1/auth/password-reset", json!({ "tenant_id": "a", "email": "b" })),
        ("POST", "/api/v1/auth/password-reset/confirm", json!({ "token": "a", "new_password": "b" })),
        ("POST", "/api/v1/auth/mfa/webauthn/options", json!({ "mfa_token": "a" })),
        ("POST", "/api/v1/auth/mfa/webauthn", json!({ "mfa_token": "a", "credential": {} })),
        ("POST", "/api/v1/auth/passkey/options", json!({ "tenant_id": "a" })),
        ("POST", "/api/v1/auth/passkey", json!({ "credential": {} })),
        ("POST", "/api/v1/auth/step-up", json!({ "code": "1", "password": "b" })),
        ("POST", "/api/v1/auth/step-up/options", json!({})),
        ("POST", "/api/v1/mfa/enrollment-proof", json!({})),
        ("POST", "/api/v1/mfa/enrollment-proof/verify", json!({ "code": "1" })),
        ("POST", "/api/v1/mfa/webauthn/register/options", json!({ "name": "a", "kind": "passkey" })),
        ("POST", "/api/v1/mfa/webauthn/register", json!({ "name": "a", "credential": {} })),
        ("PUT", "/api/v1/mfa/preferred", json!({ "method": "totp" })),
        ("POST", "/api/v1/mfa/disable", json!({ "code": "1" })),
        ("PATCH", "/api/v1/mfa/methods/0198c3a2-7b10-7c3e-8f4a-0123456789ab", json!({ "name": "a" })),
        ("POST", "/api/v1/mfa/recovery-codes", json!({})),
        ("POST", "/api/v1/mfa/recovery-codes/saved", json!({})),
        ("POST", "/api/v1/mfa/webauthn/0198c3a2-7b10-7c3e-8f4a-0123456789ab/sign-in-alone", json!({})),
        ("POST", "/api/v1/mfa/setup", json!({ "name": "a" })),
        ("POST", "/api/v1/mfa/verify", json!({ "code": "1", "second_code": "2" })),
        (
            "POST",
            "/api/v1/tenants/demo/invitations",
            json!({ "user_ids": ["0198c3a2-7b10-7c3e-8f4a-0123456789ab"] }),
        ),
        (
            "POST",
            "/api/v1/tenants/demo/mfa/reminders",
            json!({ "user_ids": ["0198c3a2-7b10-7c3e-8f4a-0123456789ab"] }),
        ),
        (
            "PUT",
            "/api/v1/tenants/demo/users/0198c3a2-7b10-7c3e-8f4a-0123456789ab/mfa/deadline",
            json!({ "deadline": "2026-03-20T12:00:00Z", "reason": "a" }),
        ),
        (
            "PATCH",
            "/api/v1/tenants/demo/settings",
            json!({ "password_min_length": 12, "totp_enrollment_codes": 1, "recovery_code_format": "long", "session_lifetime_minutes": 60, "version": 1 }),
        ),
        (
            "POST",
            "/api/v1/tenants/demo/users",
            json!({ "username": "a", "email": "a@b.example", "display_name": "a", "password": "b", "role": "member" }),
        ),
        (
            "PATCH",
            "/api/v1/tenants/demo/users/0198c3a2-7b10-7c3e-8f4a-0123456789ab",
            json!({ "username": "a", "email": "a@b.example", "display_name": "a", "role": "member", "status": "active" }),
        ),
        ("POST", "/api/v1/tenants/demo/users/0198c3a2-7b10-7c3e-8f4a-0123456789ab/invitation", json!({})),
        (
            "POST",
            "/api/v1/tenants/demo/users/0198c3a2-7b10-7c3e-8f4a-0123456789ab/reset-mfa",
            json!({ "reason": "a" }),
        ),
        (
            "POST",
            "/api/v1/tenants",
            json!({ "id": "a", "name": "b", "owner": { "username": "c", "email": "d@e.example" } }),
        ),
        ("PATCH", "/api/v1/tenants/demo", json!({ "name": "a", "suspended": false })),
        ("POST", "/api/v1/operators/0198c3a2-7b10-7c3e-8f4a-0123456789ab/approve", json!({})),
        ("POST", "/api/v1/tenants/demo/restore", json!({})),
        ("POST", "/api/v1/auth/logout", json!({})),
    ]
}

#[test]
fn every_route_that_changes_something_by_a_body_is_tried() {
    let mut tried: Vec<_> = bodies().into_iter().map(|(method, path, _)| (method, path.to_owned())).collect();
    let mut listed: Vec<_> = ROUTES
        .iter()
        .filter(|route| matches!(route.method, "POST" | "PATCH" | "PUT"))
        // Its body is a file: people/importing.rs.
        .filter(|route| route.template != IMPORT)
        .map(|route| (route.method, route.path()))
        .collect();
    tried.sort();
    listed.sort();
    assert_eq!(tried, listed);
}

/// A route, and somebody who may use it: others are refused before their body is read (refusals.rs).
struct Target<'a> {
    caller: Caller<'a>,
    phone: Option<(Authenticator<'a>, [String; 3])>,
    method: Method,
    path: String,
}

impl<'a> Target<'a> {
    async fn send(&self, kind: &str, body: impl Into<Vec<u8>>) -> Answer {
        self.caller.raw(self.method.clone(), &self.path, kind, body.into()).await
    }

    /// Neither the wait of a wrong password, an ended session nor a missing proof stands before the field.
    async fn refresh(&mut self, test: &'a TestApp) {
        admin::unlock(&test.app, "demo", "olga").await.unwrap();
        match &self.phone {
            None => self.caller = test.sign_in("olga").await,
            Some((phone, [tenant, name, password])) => {
                let code = Some(phone.next_code());
                let answer = test.anonymous().login(tenant, name, password, code.as_deref()).await;
                self.caller = test.anonymous().with_token(&answer.expect(200).string("token"));
            }
        }
    }
}

/// Every route with somebody who may use it, about somebody who is there.
async fn targets(test: &TestApp) -> Vec<(Target<'_>, Value)> {
    const NOBODY: &str = "0198c3a2-7b10-7c3e-8f4a-0123456789ab";
    let olga = test.sign_in("olga").await;
    let mia = test.sign_in("mia").await.get("/api/v1/account").await.string("id");
    let (oke, _) = operator(test, "oke").await;
    let wanted = json!({ "username": "nils", "email": "nils@ops.example" });
    let nils = oke.post("/api/v1/tenants/system/users", wanted).await.expect(201).string("id");
    let mut targets = Vec::new();
    for (method, path, body) in bodies() {
        let method: Method = method.parse().unwrap();
        let operates = ROUTES.iter().any(|route| {
            route.guard == Guard::Operates
                && (route.method(), route.path()) == (method.clone(), path.to_owned())
        });
        let (caller, phone) = if operates {
            let name = format!("ona-{}", targets.len());
            let (caller, phone) = operator(test, &name).await;
            (caller, Some((phone, ["system".to_owned(), name, operators::PASSWORD.to_owned()])))
        } else if path.ends_with("/reset-mfa") {
            let (caller, phone) = enrolled(test, "adam").await;
            (caller, Some((phone, ["demo", "adam", PASSWORD].map(str::to_owned))))
        } else {
            (olga.clone(), None)
        };
        let about = if path.contains("/operators/") { &nils } else { &mia };
        let path = if path.contains("/mfa/methods/") || path.contains("/mfa/webauthn/") {
            path.to_owned()
        } else {
            path.replace(NOBODY, about)
        };
        targets.push((Target { caller, phone, method, path }, body));
    }
    targets
}

/// attacks.md row 12: what is not JSON, or not only JSON, is 400 wherever it is sent; what is not meant as JSON is 415.
#[tokio::test]
async fn what_cannot_be_read_is_refused_before_it_means_anything() {
    let test = TestApp::start().await;
    let malformed: Vec<Vec<u8>> = vec![
        b" ".to_vec(),
        b"{".to_vec(),
        b"{}{}".to_vec(),
        b"{} x".to_vec(),
        b"{'code':'1'}".to_vec(),
        b"{\"code\":1,}".to_vec(),
        b"{\"code\":01}".to_vec(),
        b"{\"code\":NaN}".to_vec(),
        b"{\"code\":1e999}".to_vec(),
        b"{\"code\":\"\\ud800\"}".to_vec(),
        b"{\"code\":\"\xff\xfe\"}".to_vec(),
        b"{\"code\":\"a\nb\"}".to_vec(),
        b"\xef\xbb\xbf{}".to_vec(),
        b"\x00".to_vec(),
        b"<?xml version=\"1.0\"?><a/>".to_vec(),
        b"code=123456".to_vec(),
        [b"{\"a\":".repeat(10_000), b"1".to_vec(), b"}".repeat(10_000)].concat(),
        [b"[".repeat(30_000), b"]".repeat(30_000)].concat(),
        b"[".repeat(60_000),
    ];
    for (target, valid) in targets(&test).await {
        for body in &malformed {
            let answer = target.send("application/json", body.clone()).await;
            answer.refused(400, "malformed_request");
        }
        for (name, value) in valid.as_object().unwrap() {
            let twice = format!("{{\"{name}\":{value},\"{name}\":{value}}}");
            target.send("application/json", twice).await.refused(400, "malformed_request");
        }
        for kind in [
            "",
            "text/plain",
            "text/json",
            "application/x-www-form-urlencoded",
            "multipart/form-data; boundary=x",
            "application/json; charset=utf-16",
            "application/jsonp",
            "json",
        ] {
            target.send(kind, valid.to_string()).await.refused(415, "unsupported_media_type");
        }
        let packed = target.caller.clone().with_header("content-encoding", "gzip");
        let answer = packed.raw(target.method.clone(), &target.path, "application/json", "{}").await;
        answer.refused(415, "unsupported_media_type");
    }
}

/// attacks.md row 12: JSON of a wrong shape, type or name is 422 at the field, and never repeats what was sent.
#[tokio::test]
async fn a_wrong_shape_is_named_at_its_field() {
    let test = TestApp::start().await;
    for (target, valid) in targets(&test).await {
        for body in ["null", "true", "0", "\"x\"", "[]", "[{}]", "[\"a\",\"b\",\"c\",\"d\"]"] {
            target.send("application/json", body).await.refused(422, "validation_failed");
        }
        let mut unknown = valid.clone();
        unknown["mfa_cod"] = "canary-7b1c".into();
        let answer =
            target.send("application/json", unknown.to_string()).await.refused(422, "validation_failed");
        assert_eq!(answer.json()["errors"][0]["field"], "mfa_cod", "{}", target.path);
        for (name, right) in valid.as_object().unwrap() {
            let mut wrong = vec![
                json!(true),
                json!([]),
                json!({}),
                json!(["canary-7b1c"]),
                json!({ "$ne": "canary-7b1c" }),
            ];
            wrong.extend(if right.is_string() {
                vec![json!(123_456), json!(-1), json!(0.5)]
            } else {
                vec![json!("canary-7b1c")]
            });
            wrong.retain(|value| !(value.is_boolean() && right.is_boolean()));
            for value in wrong {
                let mut body = valid.clone();
                body[name] = value.clone();
                let answer = target.send("application/json", body.to_string()).await;
                let answer = answer.refused(422, "validation_failed");
                let field = answer.json()["errors"][0]["field"].as_str().unwrap().to_owned();
                // A member of a security key's answer is named by its path.
                assert_eq!(field.split(['.', '[']).next(), Some(name.as_str()), "{} {value}", target.path);
                assert!(!answer.text().contains("canary"), "{}", answer.text());
            }
        }
    }
}

/// attacks.md row 12: null, NUL, odd characters and very long texts: an error of the client's, or the same as ever.
#[tokio::test]
async fn odd_values_are_never_a_fault_of_the_server() {
    let test = TestApp::start().await;
    let long = "9".repeat(60_000);
    let wide = "\u{1F98A}".repeat(10_000);
    let odd = [
        json!(null),
        json!(""),
        json!(" "),
        json!("\u{0}"),
        json!("a\u{0}b"),
        json!("\u{feff}"),
        json!("\u{202e}"),
        json!("\u{ffff}"),
        json!("e\u{301}".repeat(500)),
        json!("%"),
        json!("_"),
        json!("' OR 1=1--"),
        json!("\"; DROP TABLE users; --"),
        json!("${jndi:ldap://x}"),
        json!("../../etc/passwd"),
        json!("{{7*7}}"),
        json!(long),
        json!(wide),
        json!("000000"),
        json!("999999"),
        json!("1e6"),
        json!("-1"),
        json!("١٢٣٤٥٦"),
    ];
    for (mut target, valid) in targets(&test).await {
        for name in valid.as_object().unwrap().keys() {
            for value in &odd {
                let mut body = valid.clone();
                body[name] = value.clone();
                target.refresh(&test).await;
                let answer = target.send("application/json", body.to_string()).await;
                assert!(
                    answer.status.as_u16() < 500,
                    "{} {name} {value:.40}: {}",
                    target.path,
                    answer.text()
                );
                if value.as_str().is_some_and(|text| text.contains('\u{0}')) {
                    let json = answer.refused(422, "validation_failed").json();
                    assert_eq!(json["errors"][0]["field"], name.as_str());
                }
                test.clock.advance_secs(30);
            }
        }
    }
    for text in odd.iter().filter_map(Value::as_str) {
        test.no_secret(text);
    }
}

/// attacks.md row 12: every spelling of a code that is none, at the sign-in of somebody with a factor.
#[tokio::test]
async fn hostile_codes_at_the_sign_in() {
    let test = TestApp::start().await;
    let (_, phone) = enrolled(&test, "mia").await;
    test.clock.advance_secs(30);
    let with = |code: Value| json!({ "username": "mia", "password": PASSWORD, "tenant_id": "demo", "mfa_code": code });
    for blank in [json!(null), json!(""), json!(" "), json!("\t"), json!("\u{a0}")] {
        let answer = test.anonymous().post(LOGIN, with(blank.clone())).await;
        let known =
            answer.status == 200 && answer.json()["mfa_required"] == true && answer.json()["token"].is_null();
        assert!(known || answer.status == 401, "{blank}: {}", answer.text());
    }
    let mut thousand = vec![json!("000000"); 1000];
    thousand.push(json!(phone.code()));
    for wrong in [
        json!(true),
        json!([]),
        json!({}),
        json!(thousand),
        json!(1e6),
        json!(-1),
        json!(123_456),
        json!([phone.code()]),
    ] {
        test.anonymous().post(LOGIN, with(wrong)).await.refused(422, "validation_failed");
    }
    let huge = with(json!("1".repeat(1 << 20)));
    test.anonymous().post(LOGIN, huge).await.refused(413, "payload_too_large");
    for (n, code) in ["%", "_", "' OR 1=1--", "000000", "999999", "NaN", "null", "0x1F", &"1".repeat(60_000)]
        .iter()
        .enumerate()
    {
        let answer = test.anonymous().post(LOGIN, with(json!(code))).await;
        if n < 5 {
            answer.refused(401, "invalid_mfa_code");
        } else {
            // Each was one guess: the fifth began the wait.
            answer.refused(429, "too_many_attempts");
        }
    }
    let (code, wrong) = (phone.code(), phone.wrong_code(0));
    let twice = format!(
        "{{\"username\":\"mia\",\"password\":\"{PASSWORD}\",\"tenant_id\":\"demo\",\"mfa_code\":\"{wrong}\",\"mfa_code\":\"{code}\"}}"
    );
    test.anonymous()
        .raw(Method::POST, LOGIN, "application/json", twice)
        .await
        .refused(400, "malformed_request");
    // A code in the query is not looked at, with or without one in the body.
    test.clock.advance_secs(30);
    let path = format!("{LOGIN}?mfa_code={}", phone.code());
    let answer = test.anonymous().post(&path, with(json!(null))).await;
    assert!(answer.status == 422 || answer.json()["mfa_required"] == true, "{}", answer.text());
    let form = format!("username=mia&password=x&tenant_id=demo&mfa_code={code}");
    let answer = test.anonymous().raw(Method::POST, LOGIN, "application/x-www-form-urlencoded", form).await;
    answer.refused(415, "unsupported_media_type");
    test.anonymous().login("demo", "mia", PASSWORD, Some(&phone.code())).await.expect(200);
}

const SQL: [&str; 8] = [
    "' OR '1'='1",
    "'; DROP TABLE users; --",
    "\" OR \"\"=\"",
    "1); DELETE FROM sessions; --",
    "$1",
    "m%a",
    "m_a",
    "\\",
];

/// attacks.md row 91: texts that would be SQL elsewhere are texts; `%` and `_` match nobody else.
#[tokio::test]
async fn sql_in_names_is_text() {
    let test = TestApp::start().await;
    let mut mia = test.sign_in("mia").await;
    for payload in SQL {
        for (tenant, name, password) in
            [("demo", payload, PASSWORD), (payload, "mia", PASSWORD), ("demo", "mia", payload)]
        {
            let answer = test.anonymous().login(tenant, name, password, None).await;
            answer.refused(401, "invalid_credentials");
            test.clock.advance_secs(1);
        }
        let renamed =
            mia.patch("/api/v1/account", json!({ "display_name": payload })).await.expect(200).json();
        assert_eq!(renamed["display_name"], payload);
        let body = json!({ "tenant_id": payload, "email": payload });
        test.anonymous().post("/api/v1/auth/password-reset", body).await.expect(202);
        let encoded: String = url::form_urlencoded::byte_serialize(payload.as_bytes()).collect();
        let encoded = encoded.replace('+', "%20");
        mia.delete(&format!("/api/v1/sessions/{encoded}")).await.refused(404, "not_found");
        mia.delete(&format!("/api/v1/mfa/methods/{encoded}")).await.refused(404, "not_found");
        mia.get(&format!("/api/v1/tenants/{encoded}/settings")).await.refused(404, "not_found");
        for query in [format!("cursor={encoded}"), format!("limit={encoded}"), format!("{encoded}=1")] {
            mia.get(&format!("/api/v1/sessions?{query}")).await.refused(422, "validation_failed");
        }
        let token = test.anonymous().with_token(&payload.replace(' ', "+"));
        token.get("/api/v1/account").await.refused(401, "unauthenticated");
        let cookie = format!("twinlock_session={encoded}");
        let cookie = test.anonymous().with_header("cookie", &cookie).with_header("x-twinlock-csrf", &encoded);
        cookie.get("/api/v1/account").await.refused(401, "unauthenticated");
        test.anonymous().with_header("user-agent", payload).sign_in("demo", "bob", PASSWORD).await;
        let key = json!({ payload: 1 });
        mia.patch("/api/v1/account", key).await.refused(422, "validation_failed");
    }
    mia.enrol().await;
    let overview = mia.get("/api/v1/mfa").await.expect(200).json();
    let path = format!("/api/v1/mfa/methods/{}", overview["methods"][0]["id"].as_str().unwrap());
    for payload in SQL {
        let renamed = mia.patch(&path, json!({ "name": payload })).await.expect(200).json();
        assert_eq!(renamed["name"], payload);
    }
    test.sign_in("bob").await;
    test.sign_in("olga").await;
    for payload in SQL {
        test.no_secret(payload);
        test.no_secret(&payload.replace(' ', "+"));
    }
}

/// attacks.md row 92: markup in names comes back as text of a type that no browser renders, and is escaped in mails.
#[tokio::test]
async fn markup_in_names_is_text() {
    let test = TestApp::start().await;
    for payload in [
        "<script>alert(1)</script>",
        "\"><img src=x onerror=alert(1)>",
        "{{constructor}}",
        "</title><svg/onload=alert(1)>",
    ] {
        let agent = test.anonymous().with_header("user-agent", payload);
        let mut mia = agent.sign_in("demo", "mia", PASSWORD).await;
        let changed = mia.patch("/api/v1/account", json!({ "display_name": payload })).await.expect(200);
        assert_eq!(changed.header("content-type"), "application/json");
        assert_eq!(changed.header("x-content-type-options"), "nosniff");
        let setup = mia.post("/api/v1/mfa/setup", json!({ "name": payload })).await.expect(200).json();
        let phone = Authenticator::of(&test, &setup);
        let done = mia.post("/api/v1/mfa/verify", json!({ "code": phone.code() })).await.expect(200).json();
        assert_eq!(done["method"]["name"], payload);
        mia.token = Some(done["token"].as_str().unwrap().to_owned());
        let mail = mail_about(&test, "mia@demo.example", "Multi-factor authentication is on").await;
        assert!(
            !mail.html.contains("<script>alert")
                && !mail.html.contains("<img")
                && !mail.html.contains("<svg"),
            "{}",
            mail.html
        );
        assert!(mail.text.contains(payload));
        mia.post("/api/v1/mfa/disable", json!({})).await.expect(200);
        test.clock.advance_secs(60);
    }
    let unknown = test.sign_in("mia").await.get("/api/v1/%3Cscript%3E").await;
    assert!(!unknown.text().contains("<script>"));
    unknown.refused(404, "not_found");
}

/// attacks.md row 93: a name cannot add a line, a header or a recipient to a mail.
#[tokio::test]
async fn names_cannot_add_anything_to_a_mail() {
    let test = TestApp::start().await;
    let mut mia = test.sign_in("mia").await;
    for bad in [
        "a\r\nBcc: eve@evil.example",
        "a\nb",
        "a\rb",
        "a\u{2028}b",
        "a\u{85}b",
        "a\r\n.\r\n",
        "a\u{b}b",
        "a\u{0}",
    ] {
        for (method, path, field) in [
            (Method::PATCH, "/api/v1/account", "display_name"),
            (Method::PATCH, "/api/v1/account", "email"),
            (Method::POST, "/api/v1/mfa/setup", "name"),
        ] {
            let answer =
                mia.call(method, path, &json!({ field: bad })).await.refused(422, "validation_failed");
            assert_eq!(answer.json()["errors"][0]["field"], field, "{bad:?}");
        }
    }
    let name = "=cmd|'/c calc'!A0 <b>.</b> \"Bcc: eve@evil.example\" ;,\\";
    let setup = mia.post("/api/v1/mfa/setup", json!({ "name": name })).await.expect(200).json();
    let phone = Authenticator::of(&test, &setup);
    let done = mia.post("/api/v1/mfa/verify", json!({ "code": phone.code() })).await.expect(200);
    mia.token = Some(done.string("token"));
    let reset = json!({ "tenant_id": "demo", "email": "mia@demo.example" });
    test.anonymous().post("/api/v1/auth/password-reset", reset).await.expect(202);
    let mails = test.mails().await;
    assert_eq!(mails.len(), 2);
    for mail in mails {
        let (head, _) = mail.raw.split_once("\r\n\r\n").expect("a head");
        let lines: Vec<_> = head.split("\r\n").filter(|line| !line.starts_with([' ', '\t'])).collect();
        let mut names: Vec<_> =
            lines.iter().filter_map(|line| line.split(':').next()).map(str::to_ascii_lowercase).collect();
        names.sort();
        names.retain(|name| name != "auto-submitted" && name != "x-auto-response-suppress");
        assert_eq!(
            names,
            ["content-type", "date", "from", "message-id", "mime-version", "subject", "to"],
            "{head}"
        );
        assert_eq!(lines.iter().filter(|line| line.to_ascii_lowercase().starts_with("to:")).count(), 1);
        assert_eq!(mail.to, "mia@demo.example");
        assert!(!mail.html.contains("<b>.</b>"));
    }
}

/// attacks.md row 96: what is too large is refused at once; what is allowed is never cut off.
#[tokio::test]
async fn sizes_have_limits_and_nothing_is_cut_off() {
    let test = TestApp::start().await;
    for (target, _) in targets(&test).await {
        for bytes in [64 * 1024 + 1, 1 << 20] {
            let answer = target.send("application/json", " ".repeat(bytes)).await;
            answer.refused(413, "payload_too_large");
        }
    }
    let anonymous = test.anonymous();
    for field in ["username", "password", "tenant_id", "mfa_code"] {
        let mut body =
            json!({ "username": "mia", "password": PASSWORD, "tenant_id": "demo", "mfa_code": null });
        body[field] = "x".repeat(60_000).into();
        let answer = anonymous.post(LOGIN, body).await;
        // A code without a factor is ignored; all else is simply wrong.
        let expected = if field == "mfa_code" { 200 } else { 401 };
        assert_eq!(answer.status.as_u16(), expected, "{field}");
    }
    let prefix = json!({ "username": "mia", "password": format!("{PASSWORD}{}", "x".repeat(60_000)), "tenant_id": "demo" });
    anonymous.post(LOGIN, prefix).await.refused(401, "invalid_credentials");
    let keys: serde_json::Map<String, Value> = (0..5000).map(|n| (format!("k{n}"), json!(1))).collect();
    anonymous.post(LOGIN, Value::Object(keys)).await.refused(422, "validation_failed");

    let mut request = anonymous.request(&Method::GET, "/api/v1/account", "", "");
    for n in 0..200_u32 {
        let name: HeaderName = format!("x-header-{n}").parse().unwrap();
        request.headers_mut().insert(name, "x".parse().unwrap());
    }
    test.send(request).await.refused(431, "headers_too_large");
    for (name, bytes) in [("cookie", 40_000), ("accept-language", 1 << 20), ("authorization", 40_000)] {
        let large = anonymous.clone().with_header(name, &"x".repeat(bytes));
        large.get("/api/v1/account").await.refused(431, "headers_too_large");
    }
    let long = format!("/api/v1/sessions?cursor={}", "A".repeat(9000));
    anonymous.get(&long).await.refused(414, "uri_too_long");
    let junk = anonymous.clone().with_header("cookie", &"; =a;;b=c;".repeat(500));
    junk.get("/api/v1/account").await.refused(401, "unauthenticated");
    let path = format!("/api/v1/{}", "a/".repeat(3000));
    anonymous.get(&path).await.refused(404, "not_found");
    let mia = test.sign_in("mia").await;
    mia.post("/api/v1/account/password", json!({ "current_password": PASSWORD, "new_password": NEW }))
        .await
        .expect(200);
}
