//! The second lock, by security key.

use serde_json::Value;
use twinlock_testkit::{
    Answer, Browser, Caller, TestApp,
    security_key::{SecurityKey, Signature},
};

use crate::{PENDING, SESSION, is_in, with_password};

pub const ORIGIN: &str = "http://localhost:8080";
const KEY: &str = "/login/mfa/key";
const OPTIONS: &str = "/login/mfa/key/options";

/// Registers a key over the API.
pub async fn register(caller: &mut Caller<'_>, key: &mut SecurityKey, kind: &str) {
    const REGISTER: &str = "/api/v1/mfa/webauthn/register";
    let body = serde_json::json!({ "kind": kind });
    let options = caller.post(&format!("{REGISTER}/options"), body).await.expect(200).json();
    let credential = key.register(&options["publicKey"], ORIGIN);
    let body = serde_json::json!({ "name": "Blue", "credential": credential });
    caller.token = Some(caller.post(REGISTER, body).await.expect(201).string("token"));
}

/// What the page's script is given.
pub fn public_key(answer: &Answer) -> Value {
    answer.clone().expect(200).json()["publicKey"].clone()
}

/// What the script does: fetches the options, has the key answer, sends the form.
pub async fn touch(browser: &mut Browser<'_>, key: &mut SecurityKey) -> Answer {
    let options = public_key(&browser.submit(OPTIONS, &[("credential", "")]).await);
    let credential = key.authenticate(&options, ORIGIN).to_string();
    browser.submit(KEY, &[("credential", &credential)]).await
}

/// Has a key, and is at the page that asks for it.
async fn at_the_key_page<'a>(test: &'a TestApp, username: &str) -> (Browser<'a>, SecurityKey) {
    let mut key = SecurityKey::new(7);
    register(&mut test.sign_in(username).await, &mut key, "security_key").await;
    let mut browser = with_password(test, username).await;
    browser.open("/login/mfa").await.expect(200);
    (browser, key)
}

#[tokio::test]
async fn the_key_is_asked_for_and_opens_the_second_lock() {
    let test = TestApp::start().await;
    let (mut browser, mut key) = at_the_key_page(&test, "mia").await;
    assert_eq!(browser.get("/login/mfa").await.expect(303).location(), KEY);
    let page = browser.get(KEY).await.expect(200).text();
    assert!(page.contains("Use your security key") && page.contains("Use a recovery code"));
    assert!(page.contains("data-options=\"/login/mfa/key/options\"") && page.contains("<noscript>"));
    assert!(!page.contains("Use authenticator app instead") && !browser.cookies.contains_key(SESSION));
    let answer = touch(&mut browser, &mut key).await.expect(303);
    assert_eq!(answer.location(), "/account");
    assert!(is_in(&mut browser).await && !browser.cookies.contains_key(PENDING));
}

#[tokio::test]
async fn with_both_kinds_the_key_comes_first_and_either_opens() {
    let test = TestApp::start().await;
    let mut mia = test.sign_in("mia").await;
    let phone = mia.enrol().await;
    let mut key = SecurityKey::new(7);
    register(&mut mia, &mut key, "security_key").await;

    let mut browser = with_password(&test, "mia").await;
    assert_eq!(browser.get("/login/mfa").await.expect(303).location(), KEY);
    assert!(browser.get(KEY).await.text().contains("Use authenticator app instead"));
    let page = browser.get("/login/mfa/app").await.expect(200).text();
    assert!(page.contains("Use your security key instead"));
    browser.submit("/login/mfa/app", &[("code", &phone.next_code())]).await.expect(303);
    assert!(is_in(&mut browser).await);

    let mut browser = with_password(&test, "mia").await;
    browser.get(KEY).await.expect(200);
    touch(&mut browser, &mut key).await.expect(303);
    assert!(is_in(&mut browser).await);

    let mut browser = with_password(&test, "mia").await;
    let page = browser.get("/login/mfa/recovery").await.expect(200).text();
    assert!(page.contains("Use your security key instead") && page.contains("authenticator app instead"));
    browser.submit("/login/mfa/recovery", &[("code", &phone.recovery_codes[0])]).await.expect(303);
    assert!(is_in(&mut browser).await);
}

#[tokio::test]
async fn a_person_may_be_asked_for_the_app_first() {
    let test = TestApp::start().await;
    let mut mia = test.sign_in("mia").await;
    mia.enrol().await;
    register(&mut mia, &mut SecurityKey::new(7), "security_key").await;
    let body = serde_json::json!({ "method": "totp" });
    mia.call(axum::http::Method::PUT, "/api/v1/mfa/preferred", &body).await.expect(200);
    let mut browser = with_password(&test, "mia").await;
    assert_eq!(browser.get("/login/mfa").await.expect(303).location(), "/login/mfa/app");
}

#[tokio::test]
async fn a_refused_key_says_so_and_the_next_touch_still_works() {
    let test = TestApp::start().await;
    let (mut browser, mut key) = at_the_key_page(&test, "mia").await;
    let options = public_key(&browser.submit(OPTIONS, &[]).await);
    let lie =
        key.authenticate_bent(&options, ORIGIN, |bent| bent.signature = Signature::ByAnotherKey).to_string();
    for (credential, words) in [
        ("", "Nothing came from your key."),
        ("{", "That key was not accepted."),
        ("{\"id\":\"x\"}", "That key was not accepted."),
        (&*lie, "That key was not accepted."),
    ] {
        let page = browser.submit(KEY, &[("credential", credential)]).await.shown_again().text();
        assert!(page.contains(words) && page.contains("Signing in as <b>mia</b>"), "{credential}: {page}");
        assert!(!is_in(&mut browser).await);
        browser.get(KEY).await.expect(200);
    }
    touch(&mut browser, &mut key).await.expect(303);
    assert!(is_in(&mut browser).await);
}

/// attacks.md row 17: a half-finished sign-in that was copied to another browser is of no use there.
#[tokio::test]
async fn the_question_belongs_to_the_browser_of_the_sign_in() {
    let test = TestApp::start().await;
    let (mut browser, mut key) = at_the_key_page(&test, "mia").await;
    let mut thief = test.browser();
    thief.get("/login").await;
    thief.cookies.insert(PENDING.into(), browser.cookies[PENDING].clone());
    thief.submit(OPTIONS, &[]).await.expect(401);
    let options = public_key(&browser.submit(OPTIONS, &[]).await);
    let credential = key.authenticate(&options, ORIGIN).to_string();
    let page = thief.submit(KEY, &[("credential", &credential)]).await.shown_again().text();
    assert!(page.contains("Please start again.") && !page.contains("mia") && !is_in(&mut thief).await);
    touch(&mut browser, &mut key).await.expect(303);
}

/// attacks.md row 15: what the first step leaves in the browser registers no key and removes none.
#[tokio::test]
async fn a_half_finished_sign_in_manages_no_keys() {
    let test = TestApp::start().await;
    let (mut browser, _) = at_the_key_page(&test, "mia").await;
    for page in [
        "/account/security/enrol/key",
        "/account/security/enrol/key/options",
        "/account/security/preferred",
        "/account/security/disable",
        "/account/confirm",
        "/account/confirm/key/options",
    ] {
        assert_eq!(
            browser.submit(page, &[("name", "Mine")]).await.expect(303).location(),
            "/login",
            "{page}"
        );
    }
}

/// attacks.md row 18: too old, or used: start again.
#[tokio::test]
async fn a_stale_sign_in_starts_again() {
    let test = TestApp::start().await;
    let (mut browser, mut key) = at_the_key_page(&test, "mia").await;
    let options = public_key(&browser.submit(OPTIONS, &[]).await);
    let credential = key.authenticate(&options, ORIGIN).to_string();
    test.clock.advance_secs(301);
    browser.submit(OPTIONS, &[]).await.expect(401);
    let page = browser.submit(KEY, &[("credential", &credential)]).await.shown_again().text();
    assert!(page.contains("Please start again.") && page.contains("value=\"mia\""));
    let mut stranger = test.browser();
    stranger.get("/login").await;
    for page in [KEY, "/login/mfa"] {
        assert_eq!(stranger.get(page).await.expect(303).location(), "/login");
    }
    stranger.submit(OPTIONS, &[]).await.expect(401);
}

/// attacks.md row 48: what a key shall sign is given to our own page only.
#[tokio::test]
async fn the_question_wants_the_forms_token() {
    let test = TestApp::start().await;
    let (mut browser, _) = at_the_key_page(&test, "mia").await;
    browser.post_form(OPTIONS, &[]).await.expect(403);
    browser.post_form(OPTIONS, &[("csrf", "x")]).await.expect(403);
    browser.get(OPTIONS).await.expect(405);
}

#[tokio::test]
async fn keys_of_another_name_are_shown_as_such() {
    let test = TestApp::start().await;
    let (mut browser, _) = at_the_key_page(&test, "mia").await;
    test.by_hand("UPDATE security_keys SET rp_id = 'old.demo.example'").await;
    assert_eq!(browser.get("/login/mfa").await.expect(303).location(), KEY);
    let page = browser.get(KEY).await.expect(200).text();
    assert!(page.contains("Your keys know another name") && page.contains("Use a recovery code"));
    assert!(!page.contains("data-options"));
    browser.submit(OPTIONS, &[]).await.expect(409);
}

#[tokio::test]
async fn whoever_has_no_key_is_not_asked_for_one() {
    let test = TestApp::start().await;
    let (mut browser, _) = crate::at_the_second_lock(&test, "mia").await;
    assert_eq!(browser.get(KEY).await.expect(303).location(), "/login/mfa");
    assert!(!browser.get("/login/mfa/app").await.text().contains("security key"));
    browser.submit(OPTIONS, &[]).await.expect(409);
}
