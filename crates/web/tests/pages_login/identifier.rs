//! Who are you, and in which organisation?

use twinlock_service::admin;
use twinlock_testkit::{TestApp, TestSettings};

use crate::TYPED;

#[tokio::test]
async fn the_front_door_leads_to_the_sign_in_or_home() {
    let test = TestApp::start().await;
    let mut browser = test.browser();
    assert_eq!(browser.get("/").await.expect(303).location(), "/login");
    let mut browser = crate::with_password(&test, "mia").await;
    assert_eq!(browser.get("/").await.expect(303).location(), "/account");
    for page in ["/login", "/t/demo/login", "/t/other/login", "/login/password"] {
        assert_eq!(browser.get(page).await.expect(303).location(), "/account", "{page}");
    }
}

#[tokio::test]
async fn the_organisation_is_asked_for_where_there_are_several() {
    let test = TestApp::start().await;
    let mut browser = test.browser();
    let page = browser.get("/login").await.expect(200).text();
    assert!(page.contains("id=\"tenant_id\"") && !page.contains("Demo organisation"));
    for (tenant, words) in [("", "short name."), ("De mo", "small letters, digits")] {
        let answer = browser.submit("/login", &[("tenant_id", tenant), ("username", "mia")]).await;
        let page = answer.shown_again().text();
        assert!(page.contains(words) && page.contains("value=\"mia\""), "{tenant}");
    }
    let answer = browser.submit("/login", &[("tenant_id", " demo "), ("username", "mia")]).await;
    assert_eq!(answer.expect(303).location(), "/login/password");
}

#[tokio::test]
async fn the_only_organisation_is_named_and_not_asked_for() {
    let test = TestApp::empty(TestSettings::default()).await;
    admin::create_tenant(&test.app, "acme", "Acme & Sons").await.unwrap();
    let mut browser = test.browser();
    for path in ["/login", "/t/acme/login", "/login/forgot"] {
        let page = browser.get(path).await.expect(200).text();
        assert!(page.contains("type=\"hidden\" name=\"tenant_id\" value=\"acme\""), "{path}");
    }
    assert!(browser.get("/login").await.text().contains("Acme &#38; Sons"));
}

/// attacks.md row 42: the address of an organisation's sign-in does not tell whether there is one.
#[tokio::test]
async fn an_organisation_that_does_not_exist_looks_like_one_that_does() {
    let test = TestApp::start().await;
    let mut browser = test.browser();
    for path in ["/t/NAME/login", "/t/NAME/login/forgot"] {
        let known = browser.get(&path.replace("NAME", "demo")).await.expect(200).text();
        let unknown = browser.get(&path.replace("NAME", "nemo")).await.expect(200).text();
        assert_eq!(known.replace("demo", "nemo"), unknown, "{path}");
    }
    for bad in ["DEMO", "de_mo", "-demo", "d%C3%A9mo", "%ff", "%00"] {
        let status = browser.get(&format!("/t/{bad}/login")).await.status.as_u16();
        assert!(status == 404 || status == 400, "{bad}: {status}");
    }
}

#[tokio::test]
async fn a_missing_name_is_asked_for_again() {
    let test = TestApp::start().await;
    let mut browser = test.browser();
    browser.get("/t/demo/login").await;
    let fields = [("tenant_id", "demo"), ("username", "  "), ("next", "/account/sessions")];
    let page = browser.submit("/login", &fields).await.shown_again().text();
    assert!(page.contains("Type your email address or user name."));
    assert!(page.contains("name=\"tenant_id\" value=\"demo\""));
    assert!(page.contains("name=\"next\" value=\"/account/sessions\""));
    assert!(browser.get("/login/password").await.expect(303).location() == "/login");
}

/// People type passwords into the wrong field: what was typed is in no address.
#[tokio::test]
async fn what_was_typed_travels_in_no_address() {
    let test = TestApp::start().await;
    let mut browser = test.browser();
    browser.get("/t/demo/login").await;
    let answer = browser.submit("/login", &[("tenant_id", "demo"), ("username", "my secret")]).await;
    assert_eq!(answer.expect(303).location(), "/login/password");
    assert!(browser.get("/login/password").await.expect(200).text().contains("my secret"));
    assert!(browser.cookies.contains_key(TYPED));
}

/// attacks.md row 50: only a path on this server is followed after the sign-in.
#[tokio::test]
async fn the_way_back_stays_on_this_server() {
    let test = TestApp::start().await;
    for (next, leads_to) in [
        ("/account/sessions", "/account/sessions"),
        ("/account/profile?a=b", "/account/profile?a=b"),
        ("//evil.example", "/account"),
        ("https://evil.example", "/account"),
        ("/\\evil.example", "/account"),
        ("/%2fevil.example", "/account"),
        ("/%0d%0aLocation:%20//evil.example", "/account"),
        ("javascript:alert(1)", "/account"),
    ] {
        let mut browser = test.browser();
        let query: String = url::form_urlencoded::byte_serialize(next.as_bytes()).collect();
        let page = browser.get(&format!("/t/demo/login?next={query}")).await.expect(200).text();
        let offered = if leads_to == next { next } else { "" };
        assert!(page.contains(&format!("name=\"next\" value=\"{offered}\"")), "{next}");
        // Whoever writes the forms by hand gets no further.
        let who = [("tenant_id", "demo"), ("username", "mia"), ("next", next)];
        browser.submit("/login", &who).await.expect(303);
        browser.get("/login/password").await.expect(200);
        let mut fields = who.to_vec();
        fields.push(("password", twinlock_testkit::app::PASSWORD));
        let answer = browser.submit("/login/password", &fields).await.expect(303);
        assert_eq!(answer.location(), leads_to, "{next}");
    }
}

#[tokio::test]
async fn a_visitor_is_led_back_to_where_they_wanted_to_go() {
    let test = TestApp::start().await;
    let mut browser = test.browser();
    let page = browser.open("/account/sessions").await.expect(200).text();
    assert!(page.contains("name=\"next\" value=\"/account/sessions\""));
}

/// The query is a part of where they wanted to go, but for the note of something that was done before.
#[tokio::test]
async fn a_visitor_is_led_back_with_the_query() {
    let test = TestApp::start().await;
    let long = format!("/account?q={}", "a".repeat(2000));
    for (asked, next) in [
        ("/account/profile?y=z&x=%2Fa%20b", "/account/profile?y=z&x=%2Fa%20b"),
        ("/account?done=password&y=z", "/account?y=z"),
        ("/account?done=password", "/account"),
        ("/account?y=%0d%0aLocation:%20//evil.example", "/account"),
        (&*long, "/account"),
    ] {
        let mut browser = test.browser();
        let to = browser.get(asked).await.expect(303).location().to_owned();
        let query: String = url::form_urlencoded::byte_serialize(next.as_bytes()).collect();
        assert_eq!(to, format!("/login?next={query}"), "{asked}");
        browser.open(&to).await.expect(200);
        let who = [("tenant_id", "demo"), ("username", "mia"), ("next", next)];
        browser.submit("/login", &who).await.expect(303);
        browser.open("/login/password").await.expect(200);
        let mut fields = who.to_vec();
        fields.push(("password", twinlock_testkit::app::PASSWORD));
        assert_eq!(browser.submit("/login/password", &fields).await.expect(303).location(), next);
    }
}
