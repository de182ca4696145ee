//! The second lock.

use twinlock_service::admin;
use twinlock_testkit::{TestApp, TestSettings, app::PASSWORD};

use crate::{
    BEFORE, PENDING, SESSION, at_the_second_lock, give_password, is_in, name_oneself, with_password,
};

const APP: &str = "/login/mfa/app";
const RECOVERY: &str = "/login/mfa/recovery";

#[tokio::test]
async fn both_locks_open_the_account_and_one_does_not() {
    let test = TestApp::start().await;
    let (mut browser, phone) = at_the_second_lock(&test, "mia").await;
    assert!(!is_in(&mut browser).await);
    assert!(!browser.cookies.contains_key(SESSION));
    browser.get(APP).await.expect(200);
    let answer = browser.submit(APP, &[("code", &phone.code())]).await.expect(303);
    assert_eq!(answer.location(), "/account");
    assert!(is_in(&mut browser).await);
    assert!(!browser.cookies.contains_key(PENDING) && !browser.cookies.contains_key(BEFORE));
}

#[tokio::test]
async fn either_page_takes_either_kind_of_code() {
    let test = TestApp::start().await;
    let (mut browser, phone) = at_the_second_lock(&test, "mia").await;
    browser.get(APP).await.expect(200);
    browser.submit(APP, &[("code", &phone.recovery_codes[0])]).await.expect(303);
    assert!(is_in(&mut browser).await);
    let mut browser = with_password(&test, "mia").await;
    browser.get(RECOVERY).await.expect(200);
    let spaced = format!(" {} {} ", &phone.code()[..3], &phone.code()[3..]);
    browser.submit(RECOVERY, &[("code", &spaced)]).await.expect(303);
    assert!(is_in(&mut browser).await);
}

#[tokio::test]
async fn the_way_back_is_kept_past_the_second_lock() {
    let test = TestApp::start().await;
    let phone = test.sign_in("mia").await.enrol().await;
    let mut browser = test.browser();
    browser.get("/t/demo/login").await;
    let who = [("tenant_id", "demo"), ("username", "mia"), ("next", "/account/sessions")];
    browser.submit("/login", &who).await.expect(303);
    browser.get("/login/password").await;
    browser.submit("/login/password", &[&who[..], &[("password", PASSWORD)]].concat()).await.expect(303);
    browser.open("/login/mfa").await.expect(200);
    let answer = browser.submit(APP, &[("code", &phone.next_code())]).await.expect(303);
    assert_eq!(answer.location(), "/account/sessions");
}

#[tokio::test]
async fn a_wrong_code_says_so_and_the_next_one_still_works() {
    let test = TestApp::start().await;
    let (mut browser, phone) = at_the_second_lock(&test, "mia").await;
    for (code, words) in [
        (String::new(), "Type the six digits"),
        (" ".into(), "Type the six digits"),
        (phone.wrong_code(0), "Codes change every 30 seconds: try the next one."),
        ("nonsense".into(), "Codes change every 30 seconds: try the next one."),
        (phone.code_at(6), "clock is 3 minutes ahead"),
    ] {
        let page = browser.submit(APP, &[("code", &code)]).await.shown_again().text();
        assert!(page.contains(words), "{code}: {page}");
        assert!(page.contains("Signing in as <b>mia</b>") && !is_in(&mut browser).await);
        browser.get(APP).await.expect(200);
    }
    browser.submit(APP, &[("code", &phone.code())]).await.expect(303);
    assert!(is_in(&mut browser).await);
}

#[tokio::test]
async fn typed_codes_wait_and_the_page_says_how_long() {
    let test = TestApp::start().await;
    let (mut browser, phone) = at_the_second_lock(&test, "mia").await;
    for n in 0..4 {
        browser.submit(APP, &[("code", &phone.wrong_code(n))]).await.shown_again();
    }
    // The fifth ends this sign-in: it begins again with the password.
    let led = browser.submit(APP, &[("code", &phone.wrong_code(4))]).await.expect(303);
    let over = browser.get(led.location()).await.expect(200).text();
    assert!(over.contains("too many tries for one sign-in") && over.contains("name=\"username\""), "{over}");
    assert!(!browser.cookies.contains_key(PENDING));
    let mut browser = with_password(&test, "mia").await;
    browser.open("/login/mfa").await.expect(200);
    for code in [phone.code(), phone.recovery_codes[0].clone()] {
        let answer = browser.submit(RECOVERY, &[("code", &code)]).await.shown_again();
        assert!(answer.text().contains("Wait 30 seconds, then try again."));
    }
    browser.submit(RECOVERY, &[("code", &phone.next_code())]).await.expect(303);
}

/// attacks.md row 14: what the first step leaves in the browser opens the second step and nothing else.
#[tokio::test]
async fn a_half_finished_sign_in_is_no_session() {
    let test = TestApp::start().await;
    let (mut browser, _) = at_the_second_lock(&test, "mia").await;
    let pending = browser.cookies[PENDING].clone();
    let pages =
        ["/account", "/account/profile", "/account/security", "/account/sessions", "/account/password"];
    for page in pages {
        assert!(browser.get(page).await.expect(303).location().starts_with("/login"), "{page}");
    }
    browser.cookies.insert(SESSION.into(), pending.clone());
    assert!(!is_in(&mut browser).await);
    let caller = test.anonymous().with_token(&pending);
    caller.get("/api/v1/auth/session").await.refused(401, "unauthenticated");
    // On a page it is bound to the browser: the API does not take it either.
    let body = serde_json::json!({ "mfa_token": pending, "mfa_code": "123456" });
    test.anonymous().post("/api/v1/auth/mfa", body).await.refused(401, "mfa_token_invalid");
}

/// attacks.md row 17: a half-finished sign-in that was copied to another browser is of no use there.
#[tokio::test]
async fn a_half_finished_sign_in_belongs_to_its_browser() {
    let test = TestApp::start().await;
    let (browser, phone) = at_the_second_lock(&test, "mia").await;
    let mut thief = test.browser();
    thief.get("/login").await;
    thief.cookies.insert(PENDING.into(), browser.cookies[PENDING].clone());
    let page = thief.open(APP).await.expect(200).text();
    assert!(page.contains("Please start again.") && !page.contains("mia"));
    thief.cookies.insert(PENDING.into(), browser.cookies[PENDING].clone());
    thief.submit(APP, &[("code", &phone.code())]).await.shown_again();
    assert!(!is_in(&mut thief).await);
    let mut browser = browser;
    browser.get(APP).await.expect(200);
    browser.submit(APP, &[("code", &phone.code())]).await.expect(303);
}

/// attacks.md row 17: whoever's password opened the sign-in is signed in, whatever the form says.
#[tokio::test]
async fn the_second_page_takes_no_name() {
    let test = TestApp::start().await;
    let (mut browser, phone) = at_the_second_lock(&test, "mia").await;
    let fields = [("code", phone.code()), ("username", "adam".into()), ("tenant_id", "other".into())];
    let fields: Vec<_> = fields.iter().map(|(name, value)| (*name, value.as_str())).collect();
    browser.submit(APP, &fields).await.expect(303);
    let page = browser.get("/account").await.expect(200).text();
    assert!(page.contains("mia") && page.contains("Demo organisation") && !page.contains("adam"));
}

/// attacks.md row 18: used, too old, closed meanwhile: start again.
#[tokio::test]
async fn a_stale_half_finished_sign_in_starts_again() {
    let test = TestApp::start().await;
    let (mut browser, phone) = at_the_second_lock(&test, "mia").await;
    let stale = (browser.cookies[PENDING].clone(), browser.cookies[BEFORE].clone());
    browser.submit(APP, &[("code", &phone.code())]).await.expect(303);
    let mut again = test.browser();
    again.cookies.insert(PENDING.into(), stale.0);
    again.cookies.insert(BEFORE.into(), stale.1);
    assert!(again.open(APP).await.expect(200).text().contains("That was done"));
    assert!(!again.cookies.contains_key(PENDING));

    let mut late = with_password(&test, "mia").await;
    late.get(APP).await.expect(200);
    test.clock.advance_secs(301);
    let page = late.submit(APP, &[("code", &phone.code())]).await.shown_again().text();
    // Nothing has to be typed again but the password.
    assert!(page.contains("value=\"mia\"") && page.contains("name=\"tenant_id\" value=\"demo\""));

    let mut closed = with_password(&test, "mia").await;
    closed.get(APP).await.expect(200);
    admin::suspend(&test.app, "demo", "mia").await.unwrap();
    closed.submit(APP, &[("code", &phone.next_code())]).await.shown_again();
    assert!(!is_in(&mut closed).await);
}

/// attacks.md row 16: there is no second step without the first.
#[tokio::test]
async fn a_code_alone_opens_nothing() {
    let test = TestApp::start().await;
    let phone = test.sign_in("mia").await.enrol().await;
    let mut browser = test.browser();
    name_oneself(&mut browser, "demo", "mia").await;
    assert_eq!(browser.get(APP).await.expect(303).location(), "/login");
    let code = phone.next_code();
    browser.submit(APP, &[("code", &code), ("username", "mia")]).await.shown_again();
    assert!(!is_in(&mut browser).await);
    // Nor was the code used up by that.
    browser.get("/login/password").await;
    give_password(&mut browser, "demo", "mia", PASSWORD).await.expect(303);
    browser.get(APP).await.expect(200);
    browser.submit(APP, &[("code", &code)]).await.expect(303);
}

#[tokio::test]
async fn without_second_factors_on_the_server_the_pages_do_not_exist() {
    let test = TestApp::with(TestSettings { mfa_enabled: false, ..TestSettings::default() }).await;
    let mut browser = test.browser();
    browser.get("/login").await;
    for page in ["/login/mfa", APP, RECOVERY, "/login/mfa/key"] {
        browser.get(page).await.expect(404);
    }
    browser.submit(APP, &[("code", "123456")]).await.expect(404);
}
