//! "Not you?", and signing out.

use twinlock_testkit::{TestApp, app::PASSWORD};

use crate::{BEFORE, PENDING, SESSION, TYPED, at_the_second_lock, give_password, is_in, with_password};

#[tokio::test]
async fn signing_out_ends_the_session_for_good() {
    let test = TestApp::start().await;
    let mut browser = with_password(&test, "mia").await;
    let cookie = browser.cookies[SESSION].clone();
    browser.get("/account").await.expect(200);
    let answer = browser.submit("/logout", &[]).await.expect(303);
    assert_eq!(answer.location(), "/login?done=signed-out");
    assert!(!browser.cookies.contains_key(SESSION));
    assert!(browser.get("/login?done=signed-out").await.text().contains("You are signed out."));
    browser.cookies.insert(SESSION.into(), cookie);
    assert!(!is_in(&mut browser).await);
}

/// attacks.md row 48: a link or a foreign form signs nobody out.
#[tokio::test]
async fn signing_out_takes_the_sessions_own_form() {
    let test = TestApp::start().await;
    let mut browser = with_password(&test, "mia").await;
    browser.get("/logout").await.expect(405);
    browser.post_form("/logout", &[]).await.expect(403);
    let mut other = with_password(&test, "adam").await;
    other.get("/account").await.expect(200);
    browser.post_form("/logout", &[("csrf", &other.csrf)]).await.expect(403);
    assert!(is_in(&mut browser).await);
}

/// attacks.md row 18: what was left half-finished cannot be finished later.
#[tokio::test]
async fn not_you_ends_the_half_finished_sign_in() {
    let test = TestApp::start().await;
    let (mut browser, phone) = at_the_second_lock(&test, "mia").await;
    let left = (browser.cookies[PENDING].clone(), browser.cookies[BEFORE].clone());
    browser.get("/login/cancel").await.expect(405);
    assert_eq!(browser.submit("/login/cancel", &[]).await.expect(303).location(), "/login");
    assert!(!browser.cookies.contains_key(PENDING) && !browser.cookies.contains_key(TYPED));
    browser.cookies.insert(PENDING.into(), left.0);
    browser.cookies.insert(BEFORE.into(), left.1);
    browser.submit("/login/mfa/app", &[("code", &phone.code())]).await.shown_again();
    assert!(!is_in(&mut browser).await);
}

/// attacks.md row 17: two people at one browser, in crossed order.
#[tokio::test]
async fn whoever_starts_anew_does_not_finish_what_somebody_else_began() {
    let test = TestApp::start().await;
    let (mut browser, phone) = at_the_second_lock(&test, "mia").await;
    let left = browser.cookies[PENDING].clone();
    let who = [("tenant_id", "demo"), ("username", "adam"), ("next", "")];
    browser.submit("/login", &who).await.expect(303);
    assert!(!browser.cookies.contains_key(PENDING));
    browser.cookies.insert(PENDING.into(), left);
    browser.submit("/login/mfa/app", &[("code", &phone.code())]).await.shown_again();
    browser.get("/login/password").await.expect(200);
    give_password(&mut browser, "demo", "adam", PASSWORD).await.expect(303);
    assert!(browser.get("/account").await.expect(200).text().contains("adam"));
}
