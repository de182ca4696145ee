//! The first lock.

use axum::http::Method;
use twinlock_service::admin;
use twinlock_testkit::{TestApp, TestSettings, app::PASSWORD};

use crate::{BEFORE, DEVICE, PENDING, SESSION, TYPED, give_password, is_in, name_oneself, with_password};

#[tokio::test]
async fn without_a_second_factor_the_password_opens_the_account() {
    let test = TestApp::start().await;
    for name in ["mia", "MIA", "mia@demo.example", " mia "] {
        let mut browser = test.browser();
        name_oneself(&mut browser, "demo", name).await;
        let answer = give_password(&mut browser, "demo", name, PASSWORD).await.expect(303);
        assert_eq!(answer.location(), "/account");
        assert!(is_in(&mut browser).await, "{name}");
    }
}

/// attacks.md row 49: the cookies' attributes; nothing of the sign-in stays in the browser.
#[tokio::test]
async fn the_cookies_of_a_sign_in_are_what_they_should_be() {
    let settings = TestSettings { public_url: "https://id.example.org".into(), ..TestSettings::default() };
    let test = TestApp::with(settings).await;
    let mut browser = test.browser();
    name_oneself(&mut browser, "demo", "mia").await;
    let answer = give_password(&mut browser, "demo", "mia", PASSWORD).await.expect(303);
    let cookies: Vec<_> =
        answer.headers.get_all("set-cookie").iter().map(|cookie| cookie.to_str().unwrap()).collect();
    for cookie in &cookies {
        assert!(cookie.starts_with("__Host-twinlock_"), "{cookie}");
        assert!(cookie.contains("; Path=/; HttpOnly; SameSite=Lax; Secure"), "{cookie}");
    }
    let names: Vec<_> = browser.cookies.keys().map(String::as_str).collect();
    // The first is a note for this very form, should it come twice; it is sealed, opens nothing and is soon gone.
    assert_eq!(names, ["__Host-twinlock_answered", "__Host-twinlock_device", "__Host-twinlock_session"]);
    assert!(cookies.iter().any(|cookie| cookie.contains("answered") && cookie.contains("Max-Age=120")));
    assert!(cookies.iter().any(|cookie| cookie.contains("device") && cookie.contains("Max-Age=7776000")));
}

/// attacks.md row 41: unknown people and organisations get the page of a wrong password.
#[tokio::test]
async fn whoever_does_not_exist_gets_the_answer_of_a_wrong_password() {
    let test = TestApp::start().await;
    admin::suspend(&test.app, "demo", "bob").await.unwrap();
    let mut pages = Vec::new();
    for (tenant, name, password) in [
        ("demo", "mia", "wrong"),
        ("demo", "nobody", PASSWORD),
        ("nemo", "mia", PASSWORD),
        ("other", "adam", PASSWORD),
        ("demo", "bob", PASSWORD),
        ("system", "mia", PASSWORD),
        ("demo", "m\u{200b}ia", PASSWORD),
    ] {
        let mut browser = test.browser();
        name_oneself(&mut browser, tenant, name).await;
        let csrf = browser.csrf.clone();
        let answer = give_password(&mut browser, tenant, name, password).await.shown_again();
        let mut cookies = answer.headers.get_all("set-cookie").iter().map(|cookie| cookie.to_str().unwrap());
        assert!(cookies.all(|cookie| cookie.starts_with("twinlock_again=;")), "{tenant} {name}");
        assert!(!is_in(&mut browser).await);
        let masked = answer.text().replace(&csrf, "CSRF").replace(&format!("\"{tenant}\""), "\"TENANT\"");
        let masked = masked.replace(&format!(">{tenant}<"), ">TENANT<").replace(name, "NAME");
        pages.push(masked.replace(&format!("/t/{tenant}/"), "/t/TENANT/"));
    }
    assert!(pages[0].contains("Check the password, and that the name above is yours."));
    pages.dedup();
    assert_eq!(pages.len(), 1, "{pages:#?}");
}

#[tokio::test]
async fn a_wrong_password_keeps_the_name_and_never_the_password() {
    let test = TestApp::start().await;
    let mut browser = test.browser();
    name_oneself(&mut browser, "demo", "mia").await;
    let fields =
        [("tenant_id", "demo"), ("username", "mia"), ("password", "my-wrong-one"), ("next", "/help/mfa")];
    let page = browser.submit("/login/password", &fields).await.shown_again().text();
    assert!(page.contains("value=\"mia\"") && page.contains("name=\"next\" value=\"/help/mfa\""));
    assert!(!page.contains("my-wrong-one"));
    let page = give_password(&mut browser, "demo", "mia", "").await.shown_again().text();
    assert!(page.contains("Type your password."));
}

#[tokio::test]
async fn too_many_wrong_passwords_wait_and_the_page_says_how_long() {
    let test = TestApp::start().await;
    let mut browser = test.browser();
    name_oneself(&mut browser, "demo", "mia").await;
    for n in 0..10 {
        give_password(&mut browser, "demo", "mia", &format!("wrong {n}")).await.shown_again();
    }
    let answer = give_password(&mut browser, "demo", "mia", PASSWORD).await.shown_again();
    assert!(answer.text().contains("Wait 1 second, then try again."));
    test.clock.advance_secs(1);
    give_password(&mut browser, "demo", "mia", PASSWORD).await.expect(303);
}

/// attacks.md row 43: a stranger's wrong passwords do not keep the owner out of their own browser.
#[tokio::test]
async fn the_owners_browser_does_not_wait_for_a_strangers_failures() {
    let test = TestApp::start().await;
    let mut own = with_password(&test, "mia").await;
    own.get("/account").await.expect(200);
    own.submit("/logout", &[]).await.expect(303);
    assert!(own.cookies.contains_key(DEVICE));
    for n in 0..12 {
        let stranger = test.anonymous().at(&format!("203.0.113.{n}"));
        stranger.login("demo", "mia", "wrong", None).await;
    }
    test.anonymous().at("203.0.113.99").login("demo", "mia", PASSWORD, None).await.expect(429);
    name_oneself(&mut own, "demo", "mia").await;
    give_password(&mut own, "demo", "mia", PASSWORD).await.expect(303);
    assert!(is_in(&mut own).await);
}

/// attacks.md row 48: nobody can be signed in, or out, by another site's form.
#[tokio::test]
async fn forms_before_the_sign_in_belong_to_the_browser_they_were_given_to() {
    let test = TestApp::start().await;
    let who = [("tenant_id", "demo"), ("username", "mia"), ("password", PASSWORD)];
    let mut attacker = test.browser();
    attacker.get("/t/demo/login").await;
    for path in ["/login", "/login/password", "/login/forgot", "/login/cancel"] {
        let mut browser = test.browser();
        browser.post_form(path, &who).await.expect(403);
        browser.get("/t/demo/login").await;
        let mut forged = who.to_vec();
        forged.push(("csrf", &attacker.csrf));
        let answer = browser.post_form(path, &forged).await.expect(403);
        assert!(answer.headers.get("set-cookie").is_none(), "{path}");
        assert!(!is_in(&mut browser).await);
    }
    // Its own form with its own token, sent by another site's page.
    let evil = test.anonymous().with_header("origin", "https://evil.example");
    let evil = evil
        .with_header("cookie", Box::leak(format!("{BEFORE}={}", attacker.cookies[BEFORE]).into_boxed_str()));
    let body = format!("csrf={}&tenant_id=demo&username=mia&password=correct+horse+battery", attacker.csrf);
    let form = "application/x-www-form-urlencoded";
    evil.raw(Method::POST, "/login/password", form, body.clone()).await.expect(403);
    let own = test.anonymous().with_header("cookie", &format!("{BEFORE}={}", attacker.cookies[BEFORE]));
    own.raw(Method::POST, "/login/password", "text/plain", body.clone()).await.expect(415);
    own.raw(Method::POST, "/login/password", form, body).await.expect(303);
}

/// attacks.md row 44: no id that a browser brings along becomes its session.
#[tokio::test]
async fn a_session_cookie_brought_along_is_never_adopted() {
    let test = TestApp::start().await;
    let mut browser = test.browser();
    let planted = "A".repeat(43);
    for name in [SESSION, BEFORE, PENDING] {
        browser.cookies.insert(name.into(), planted.clone());
    }
    name_oneself(&mut browser, "demo", "mia").await;
    give_password(&mut browser, "demo", "mia", PASSWORD).await.expect(303);
    assert!(is_in(&mut browser).await);
    assert!(!browser.cookies.values().any(|value| *value == planted));
    assert!([BEFORE, PENDING, TYPED].iter().all(|name| !browser.cookies.contains_key(*name)));
}

/// attacks.md row 44: two people at one browser; the second never sees the first one's account.
#[tokio::test]
async fn the_session_of_whoever_was_signed_in_before_ends() {
    let test = TestApp::start().await;
    let earlier = with_password(&test, "adam").await.cookies[SESSION].clone();
    let mut browser = test.browser();
    name_oneself(&mut browser, "demo", "mia").await;
    // The earlier cookie turns up between the pages of the later sign-in.
    browser.cookies.insert(SESSION.into(), earlier.clone());
    give_password(&mut browser, "demo", "mia", PASSWORD).await.expect(303);
    assert_ne!(browser.cookies[SESSION], earlier);
    let page = browser.get("/account").await.expect(200).text();
    assert!(page.contains("mia") && !page.contains("adam"));
    browser.cookies.insert(SESSION.into(), earlier);
    assert!(!is_in(&mut browser).await);
}
