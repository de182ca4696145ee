//! Cookies as identities, forgery from other sites, hosts, and the headers of every answer.

use axum::{
    body::Body,
    http::{HeaderName, HeaderValue, Method, Request, header},
};
use serde_json::{Value, json};
use twinlock_testkit::{Answer, Browser, Caller, TestApp, TestSettings, app::PASSWORD};

use crate::{
    routes::ROUTES,
    support::{enrolled, mail_about},
};

const COOKIE: &str = "twinlock_session";
const CSRF: &str = "x-twinlock-csrf";
const SESSION: &str = "/api/v1/auth/session";

/// Signs in on the pages with a password alone.
async fn browser_of<'a>(test: &'a TestApp, username: &str) -> Browser<'a> {
    let mut browser = test.browser();
    browser.open("/login").await.expect(200);
    let who = [("tenant_id", "demo"), ("username", username), ("next", "")];
    browser.submit("/login", &who).await.expect(303);
    browser.open("/login/password").await.expect(200);
    let mut fields = who.to_vec();
    fields.push(("password", PASSWORD));
    let done = browser.submit("/login/password", &fields).await.expect(303);
    assert_eq!(done.location(), "/account");
    browser
}

/// The form token in the head of one's own pages, for scripts.
async fn token_of(browser: &mut Browser<'_>) -> String {
    let page = browser.open("/account").await.expect(200).text();
    let tag = page.split("<meta name=\"twinlock-csrf\" content=\"").nth(1).expect("the token");
    tag.split('"').next().unwrap().to_owned()
}

/// What a script on one of our pages sends.
fn script<'a>(test: &'a TestApp, browser: &Browser<'_>, csrf: &str) -> Caller<'a> {
    let cookie = format!("{COOKIE}={}", browser.cookies[COOKIE]);
    test.anonymous().with_header("cookie", &cookie).with_header(CSRF, csrf)
}

#[tokio::test]
async fn a_cookie_with_its_form_token_is_an_identity() {
    let test = TestApp::start().await;
    let mut browser = browser_of(&test, "mia").await;
    let csrf = token_of(&mut browser).await;
    let mia = script(&test, &browser, &csrf);
    let session = mia.get(SESSION).await.expect(200).json();
    assert_eq!(session["user"]["username"], "mia");
    for origin in ["http://localhost:8080", "http://127.0.0.1:8080"] {
        mia.clone().with_header("origin", origin).patch("/api/v1/account", json!({})).await.expect(200);
    }
    let list = mia.get("/api/v1/sessions").await.expect(200).json();
    assert_eq!(list["items"][0]["channel"], "browser");
}

/// attacks.md row 48: a cookie comes along with any request; without the right form token it is nobody.
#[tokio::test]
async fn a_cookie_without_its_form_token_is_nobody() {
    let test = TestApp::start().await;
    let mut browser = browser_of(&test, "mia").await;
    let csrf = token_of(&mut browser).await;
    let mut bobs = browser_of(&test, "bob").await;
    let foreign = token_of(&mut bobs).await;
    let cookie = format!("{COOKIE}={}", browser.cookies[COOKIE]);
    let bare = test.anonymous().with_header("cookie", &cookie);
    bare.get(SESSION).await.refused(401, "unauthenticated");
    let mut changed = csrf.clone().into_bytes();
    changed[0] = if changed[0] == b'A' { b'B' } else { b'A' };
    let changed = String::from_utf8(changed).unwrap();
    for token in
        ["", "1", "true", &foreign, &changed, &csrf[1..], &format!("{csrf}x"), &browser.cookies[COOKIE]]
    {
        script(&test, &browser, token).get(SESSION).await.refused(401, "unauthenticated");
        script(&test, &browser, token)
            .patch("/api/v1/account", json!({}))
            .await
            .refused(401, "unauthenticated");
    }
    // Sent twice it is none, and alone it is none either.
    script(&test, &browser, &csrf)
        .with_header(CSRF, &csrf)
        .get(SESSION)
        .await
        .refused(401, "unauthenticated");
    test.anonymous().with_header(CSRF, &csrf).get(SESSION).await.refused(401, "unauthenticated");
    let pre_login =
        test.anonymous().with_header("cookie", &format!("twinlock_pre={}", browser.cookies[COOKIE]));
    pre_login.with_header(CSRF, &csrf).get(SESSION).await.refused(401, "unauthenticated");
    script(&test, &browser, &csrf).get(SESSION).await.expect(200);
}

/// attacks.md row 48: no act of the API is done on the strength of a cookie alone, from anywhere, in any form.
#[tokio::test]
async fn no_route_acts_on_a_cookie_that_another_site_sent() {
    let test = TestApp::start().await;
    let mut browser = browser_of(&test, "olga").await;
    let csrf = token_of(&mut browser).await;
    let cookie = format!("{COOKIE}={}", browser.cookies[COOKIE]);
    let before = script(&test, &browser, &csrf).get("/api/v1/account").await.expect(200).json();
    for route in ROUTES.iter().filter(|route| route.is_guarded() && route.method != "GET") {
        let (method, path) = (route.method(), route.path());
        for kind in
            ["application/json", "text/plain", "application/x-www-form-urlencoded", "multipart/form-data"]
        {
            let bare = test.anonymous().with_header("cookie", &cookie);
            let answer = bare.raw(method.clone(), &path, kind, "{}").await;
            answer.refused(401, "unauthenticated");
        }
        // Even with the form token, a page of another origin is refused.
        for origin in [
            "https://evil.example",
            "null",
            "http://localhost:8080.evil.example",
            "http://localhost",
            "HTTP://LOCALHOST:8080",
        ] {
            let tricked = script(&test, &browser, &csrf).with_header("origin", origin);
            tricked.call(method.clone(), &path, &json!({})).await.refused(403, "forbidden");
        }
        for site in ["cross-site", "same-site"] {
            let tricked = script(&test, &browser, &csrf).with_header("sec-fetch-site", site);
            tricked.call(method.clone(), &path, &json!({})).await.refused(403, "forbidden");
        }
    }
    assert_eq!(script(&test, &browser, &csrf).get("/api/v1/account").await.expect(200).json(), before);
    // A bearer token is sent on purpose, so its origin does not matter.
    let olga = test.sign_in("olga").await.with_header("origin", "https://evil.example");
    olga.get(SESSION).await.expect(200);
}

/// attacks.md row 48: GET and HEAD change nothing, whatever else the request says.
#[tokio::test]
async fn get_changes_nothing() {
    let test = TestApp::start().await;
    let (mia, _) = enrolled(&test, "mia").await;
    let watch = async || {
        let mut seen = Vec::new();
        for path in ["/api/v1/account", "/api/v1/mfa", "/api/v1/auth/session"] {
            seen.push(mia.get(path).await.expect(200).json());
        }
        seen
    };
    let before = watch().await;
    for route in ROUTES {
        let path = route.path();
        for query in ["", "?_method=DELETE", "?method=POST"] {
            for method in [Method::GET, Method::HEAD] {
                let tricky = mia.clone().with_header("x-http-method-override", "POST");
                let answer = tricky.raw(method, &format!("{path}{query}"), "", "").await;
                let status = answer.status.as_u16();
                assert!([200, 403, 404, 405, 422].contains(&status), "{path} {status}");
            }
        }
        let answer = mia.raw(Method::from_bytes(b"PROPFIND").unwrap(), &path, "", "").await;
        answer.refused(405, "method_not_allowed");
    }
    assert_eq!(watch().await, before);
}

/// Two identities in one request are none.
#[tokio::test]
async fn two_identities_are_refused() {
    let test = TestApp::start().await;
    let mut browser = browser_of(&test, "mia").await;
    let csrf = token_of(&mut browser).await;
    let bob = test.sign_in("bob").await.token.unwrap();
    let both = script(&test, &browser, &csrf).with_token(&bob);
    both.get(SESSION).await.refused(400, "ambiguous_credentials");
    both.post("/api/v1/auth/logout", json!({})).await.refused(400, "ambiguous_credentials");
    script(&test, &browser, &csrf)
        .with_token("broken")
        .get(SESSION)
        .await
        .refused(400, "ambiguous_credentials");
    script(&test, &browser, "wrong")
        .with_token(&bob)
        .get(SESSION)
        .await
        .refused(400, "ambiguous_credentials");
    let bearer = format!("Bearer {bob}");
    let twice = test.anonymous().with_token(&bob).with_header("authorization", &bearer);
    twice.get(SESSION).await.refused(400, "ambiguous_credentials");
    let basic = test.anonymous().with_token(&bob).with_header("authorization", "Basic bWlhOnB3");
    basic.get(SESSION).await.refused(400, "ambiguous_credentials");
    let value = &browser.cookies[COOKIE];
    for cookie in [format!("{COOKIE}={value}; {COOKIE}={value}"), format!("{COOKIE}={value}; {COOKIE}=x")] {
        let two = test.anonymous().with_header("cookie", &cookie).with_header(CSRF, &csrf);
        two.get(SESSION).await.refused(400, "ambiguous_credentials");
    }
    // A cookie that comes along without the header is no identity.
    let cookie = format!("{COOKIE}={value}");
    let answer =
        test.anonymous().with_token(&bob).with_header("cookie", &cookie).get(SESSION).await.expect(200);
    assert_eq!(answer.json()["user"]["username"], "bob");
}

/// attacks.md row 44: ids chosen by somebody else are never adopted, and each rise in privilege brings a new one.
#[tokio::test]
async fn cookies_are_made_by_the_server_and_rotate() {
    let test = TestApp::start().await;
    let mut browser = test.browser();
    let chosen = "A".repeat(43);
    browser.cookies.insert(COOKIE.into(), chosen.clone());
    browser.cookies.insert("twinlock_login".into(), chosen.clone());
    browser.open("/login").await.expect(200);
    let who = [("tenant_id", "demo"), ("username", "mia"), ("next", "")];
    browser.submit("/login", &who).await.expect(303);
    browser.open("/login/password").await.expect(200);
    let pre = browser.cookies["twinlock_pre"].clone();
    let mut fields = who.to_vec();
    fields.push(("password", PASSWORD));
    browser.submit("/login/password", &fields).await.expect(303);
    let first = browser.cookies[COOKIE].clone();
    assert!(first != chosen && first != pre);
    assert!(!browser.cookies.contains_key("twinlock_pre") && !browser.cookies.contains_key("twinlock_login"));

    // Through the API, with the cookie: each proof rotates it, and the older one is dead, after a step-up in a minute.
    let mut dead = vec![chosen, pre];
    let mut current = first;
    let csrf = token_of(&mut browser).await;
    let mut mia = script(&test, &browser, &csrf);
    let setup = mia.post("/api/v1/mfa/setup", json!({})).await.expect(200).json();
    let phone = twinlock_testkit::Authenticator::of(&test, &setup);
    let acts: [(&str, Value); 2] = [
        ("/api/v1/mfa/verify", json!({ "code": phone.code() })),
        ("/api/v1/auth/step-up", json!({ "code": phone.recovery_codes[0] })),
    ];
    for (path, body) in acts {
        let answer = mia.post(path, body).await.expect(200);
        assert!(answer.json()["token"].is_null(), "{path}");
        let cookie = answer.header("set-cookie").to_owned();
        assert!(cookie.ends_with("; Path=/; HttpOnly; SameSite=Lax"), "{cookie}");
        let value = cookie.split(['=', ';']).nth(1).unwrap().to_owned();
        assert_ne!(value, current);
        dead.push(std::mem::replace(&mut current, value.clone()));
        browser.cookies.insert(COOKIE.into(), value);
        let csrf = token_of(&mut browser).await;
        mia = script(&test, &browser, &csrf);
        mia.get(SESSION).await.expect(200);
    }
    test.clock.advance_secs(60);
    for value in dead {
        let mut old = test.browser();
        old.cookies.insert(COOKIE.into(), value);
        assert_eq!(old.get("/account").await.expect(303).location(), "/login?next=%2Faccount");
    }
    mia.post("/api/v1/auth/logout", json!({})).await.expect(204);
    mia.get(SESSION).await.refused(401, "unauthenticated");
}

/// A sign-in by API is no sign-in of the browser: no answer of the API sets a cookie for a bearer token.
#[tokio::test]
async fn the_api_sets_no_cookie() {
    let test = TestApp::start().await;
    let login = test.anonymous().login("demo", "mia", PASSWORD, None).await.expect(200);
    assert!(login.headers.get("set-cookie").is_none());
    let (mut mia, phone) = enrolled(&test, "mia").await;
    let answers = [
        test.anonymous().login("demo", "mia", PASSWORD, None).await,
        mia.post("/api/v1/auth/step-up", json!({ "code": phone.next_code() })).await,
        mia.post("/api/v1/mfa/recovery-codes", json!({})).await,
        mia.post("/api/v1/auth/logout", json!({})).await,
        test.anonymous().login("demo", "mia", "wrong", None).await,
    ];
    assert!(answers.iter().all(|answer| answer.headers.get("set-cookie").is_none()));
    mia.token = None;
}

/// One answer of every kind.
async fn answers(test: &TestApp) -> Vec<(&'static str, Answer)> {
    let anonymous = test.anonymous();
    let mia = test.sign_in("mia").await;
    let huge = "x".repeat(70_000);
    let long = format!("/login?{}", "x".repeat(9000));
    vec![
        ("200", mia.get("/api/v1/account").await),
        (
            "202",
            anonymous.post("/api/v1/auth/password-reset", json!({ "tenant_id": "demo", "email": "x" })).await,
        ),
        ("204", mia.post("/api/v1/auth/logout", json!({})).await),
        ("303", anonymous.get("/account").await),
        ("400", anonymous.raw(Method::POST, "/api/v1/auth/login", "application/json", "{").await),
        ("401", anonymous.get("/api/v1/account").await),
        ("404", anonymous.get("/api/v1/nothing").await),
        ("404", anonymous.get("/nothing").await),
        ("404", anonymous.get("/assets/nothing.css").await),
        ("405", anonymous.delete("/api/v1/auth/login").await),
        ("405", anonymous.delete("/login").await),
        ("410", anonymous.get("/reset/nothing").await),
        ("413", anonymous.raw(Method::POST, "/api/v1/auth/login", "application/json", huge).await),
        ("414", anonymous.get(&long).await),
        ("415", anonymous.raw(Method::POST, "/api/v1/auth/login", "text/plain", "{}").await),
        ("421", anonymous.clone().with_header("host", "evil.example").get("/login").await),
        ("422", anonymous.post("/api/v1/auth/login", json!({})).await),
        ("200", anonymous.get("/login").await),
        ("200", anonymous.get("/api/docs").await),
        ("200", anonymous.get("/help/mfa").await),
        ("200", anonymous.get("/api/v1/openapi.json").await),
        ("200", anonymous.get("/healthz").await),
        ("200", anonymous.get("/readyz").await),
        ("200", anonymous.get("/.well-known/jwks.json").await),
    ]
}

/// attacks.md row 49: the same protection on every answer: errors, redirects, pages, machines.
#[tokio::test]
async fn every_answer_carries_the_protecting_headers() {
    for url in ["http://localhost:8080", "https://id.example.org"] {
        let test = TestApp::with(TestSettings { public_url: url.into(), ..TestSettings::default() }).await;
        let mut ids = std::collections::BTreeSet::new();
        for (status, answer) in answers(&test).await {
            assert_eq!(answer.status.as_str(), status, "{}", answer.text());
            let policy = answer.header("content-security-policy");
            for part in
                ["default-src 'none'", "frame-ancestors 'none'", "base-uri 'none'", "form-action 'self'"]
            {
                assert!(policy.contains(part), "{status}: {policy}");
            }
            assert!(!policy.contains("unsafe") && !policy.contains('*'), "{policy}");
            assert_eq!(answer.header("x-content-type-options"), "nosniff");
            assert_eq!(answer.header("x-frame-options"), "DENY");
            assert_eq!(answer.header("referrer-policy"), "same-origin");
            assert_eq!(answer.header("cross-origin-opener-policy"), "same-origin");
            assert_eq!(answer.header("cross-origin-resource-policy"), "same-origin");
            let https = url.starts_with("https");
            assert_eq!(answer.header("strict-transport-security").starts_with("max-age=31536000"), https);
            let public = answer.header("cache-control").starts_with("public");
            assert!(public || answer.header("cache-control") == "no-store", "{status}: {:?}", answer.headers);
            assert!(!public || answer.text().contains("\"kty\""), "only keys are public");
            assert!(ids.insert(answer.header("x-request-id").to_owned()), "{status}");
            assert!(answer.headers.get("server").is_none() && answer.headers.get("x-powered-by").is_none());
            if answer.status.as_u16() >= 400 && answer.header("content-type").starts_with("application/") {
                assert_eq!(answer.header("content-type"), "application/problem+json");
                let json = answer.json();
                for member in ["type", "title", "status", "code"] {
                    assert!(!json[member].is_null(), "{json}");
                }
            }
        }
    }
}

/// attacks.md row 49: no other origin is let in, whatever it calls itself.
#[tokio::test]
async fn no_other_origin_may_read_answers() {
    let test = TestApp::start().await;
    for origin in ["https://evil.example", "null", "http://localhost:8080", "https://x.localhost:8080"] {
        let caller = test.sign_in("mia").await.with_header("origin", origin);
        let preflight = caller.clone().with_header("access-control-request-method", "PATCH");
        let preflight = preflight.raw(Method::OPTIONS, "/api/v1/account", "", "").await;
        for answer in [caller.get("/api/v1/account").await, preflight] {
            let cors = |name: &HeaderName| name.as_str().starts_with("access-control-");
            assert!(!answer.headers.keys().any(cors), "{:?}", answer.headers);
        }
    }
    // A path that looks like a picture is no other resource.
    test.sign_in("mia").await.get("/api/v1/account/x.css").await.refused(404, "not_found");
}

/// attacks.md row 49: attributes of every cookie that the pages set.
#[tokio::test]
async fn cookies_are_for_this_host_and_out_of_reach_of_scripts() {
    let settings = TestSettings { public_url: "https://id.example.org".into(), ..TestSettings::default() };
    let test = TestApp::with(settings).await;
    let mut browser = test.browser();
    let mut seen = Vec::new();
    let who = [("tenant_id", "demo"), ("username", "mia"), ("next", "")];
    let mut answers = vec![browser.get("/login").await.expect(200)];
    answers.push(browser.submit("/login", &who).await.expect(303));
    answers.push(browser.get("/login/password").await.expect(200));
    let mut fields = who.to_vec();
    fields.push(("password", PASSWORD));
    answers.push(browser.submit("/login/password", &fields).await.expect(303));
    for answer in &answers {
        for cookie in answer.headers.get_all(header::SET_COOKIE) {
            let cookie = cookie.to_str().unwrap().to_owned();
            assert!(cookie.starts_with("__Host-twinlock_"), "{cookie}");
            for attribute in ["; Path=/", "; HttpOnly", "; SameSite=Lax", "; Secure"] {
                assert!(cookie.contains(attribute), "{cookie}");
            }
            assert!(!cookie.to_ascii_lowercase().contains("domain="), "{cookie}");
            seen.push(cookie.split('=').next().unwrap().to_owned());
        }
    }
    for name in ["session", "pre", "device", "typed"] {
        assert!(seen.contains(&format!("__Host-twinlock_{name}")), "{seen:?}");
    }
    assert!(browser.cookies.contains_key("__Host-twinlock_session"));
}

/// attacks.md row 51: a request for another host is refused, and links in mails never come from one.
#[tokio::test]
async fn the_host_of_a_request_decides_nothing() {
    let settings = TestSettings { public_url: "https://id.example.org".into(), ..TestSettings::default() };
    let test = TestApp::with(settings).await;
    let body = json!({ "tenant_id": "demo", "email": "mia@demo.example" });
    for host in
        ["evil.example", "id.example.org.evil.example", "id.example.org:8443", "localhost", "10.0.0.1"]
    {
        let foreign = test.anonymous().with_header("host", host);
        for path in ["/login", "/", "/api/v1/openapi.json", "/.well-known/jwks.json"] {
            foreign.get(path).await.expect(421);
        }
        foreign.post("/api/v1/auth/password-reset", body.clone()).await.refused(421, "misdirected_request");
        foreign.get("/healthz").await.expect(200);
    }
    assert!(test.mails().await.is_empty());
    let mut poisoned = test.anonymous();
    for (name, value) in [
        ("x-forwarded-host", "evil.example"),
        ("x-forwarded-proto", "http"),
        ("x-forwarded-port", "8080"),
        ("x-forwarded-prefix", "/evil"),
        ("x-original-url", "/evil"),
        ("forwarded", "host=evil.example;proto=http"),
    ] {
        poisoned = poisoned.with_header(name, value);
    }
    poisoned.post("/api/v1/auth/password-reset", body).await.expect(202);
    let mail = mail_about(&test, "mia@demo.example", "Set a new password").await;
    assert!(mail.link().starts_with("https://id.example.org/reset/"), "{}", mail.link());
    assert!(!mail.raw.contains("evil.example"));
    let redirect = poisoned.get("/account").await.expect(303);
    assert!(redirect.location().starts_with("/login"));
    let login = poisoned.login("demo", "mia", PASSWORD, None).await.expect(200).string("token");
    let claims = data_encoding::BASE64URL_NOPAD.decode(login.split('.').nth(1).unwrap().as_bytes()).unwrap();
    let claims: Value = serde_json::from_slice(&claims).unwrap();
    assert_eq!(
        (&claims["iss"], &claims["aud"]),
        (&json!("https://id.example.org"), &json!("https://id.example.org"))
    );
}

/// attacks.md row 51: two hosts, or a target that names another, are one too many.
#[tokio::test]
async fn a_request_names_one_host() {
    let test = TestApp::start().await;
    let twice = Request::get("/login").header("host", "localhost:8080").header("host", "localhost:8080");
    test.send(twice.body(Body::empty()).unwrap()).await.expect(400);
    let none = Request::get("/login").body(Body::empty()).unwrap();
    test.send(none).await.expect(400);
    let absolute =
        Request::get("http://evil.example/login").header("host", HeaderValue::from_static("localhost:8080"));
    test.send(absolute.body(Body::empty()).unwrap()).await.expect(400);
}
