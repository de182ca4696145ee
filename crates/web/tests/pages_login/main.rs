//! Signing in, signing out, and mailed links, as a browser without scripts sees them.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod forgot;
mod given_password;
mod identifier;
mod keys;
mod leaving;
mod links;
mod passkeys;
mod password;
mod second_lock;
mod setup;
mod twice;

use twinlock_testkit::{Answer, Authenticator, Browser, TestApp, app::PASSWORD};

/// Goes as far as the password page.
async fn name_oneself(browser: &mut Browser<'_>, tenant: &str, username: &str) {
    browser.open(&format!("/t/{tenant}/login")).await.expect(200);
    let answer =
        browser.submit("/login", &[("tenant_id", tenant), ("username", username), ("next", "")]).await;
    assert_eq!(answer.expect(303).location(), "/login/password");
    browser.open("/login/password").await.expect(200);
}

/// Sends the password page.
async fn give_password(browser: &mut Browser<'_>, tenant: &str, username: &str, password: &str) -> Answer {
    let fields = [("tenant_id", tenant), ("username", username), ("password", password), ("next", "")];
    browser.submit("/login/password", &fields).await
}

/// Name and right password, in `demo`.
async fn with_password<'a>(test: &'a TestApp, username: &str) -> Browser<'a> {
    let mut browser = test.browser();
    name_oneself(&mut browser, "demo", username).await;
    give_password(&mut browser, "demo", username, PASSWORD).await.expect(303);
    browser
}

/// Has an authenticator app, and is at the page that asks for its code.
async fn at_the_second_lock<'a>(test: &'a TestApp, username: &str) -> (Browser<'a>, Authenticator<'a>) {
    let authenticator = test.sign_in(username).await.enrol().await;
    test.clock.advance_secs(30);
    let mut browser = with_password(test, username).await;
    browser.open("/login/mfa").await.expect(200);
    (browser, authenticator)
}

/// Whether the browser is signed in.
async fn is_in(browser: &mut Browser<'_>) -> bool {
    browser.get("/account").await.status == 200
}

const SESSION: &str = "twinlock_session";
const PENDING: &str = "twinlock_login";
const BEFORE: &str = "twinlock_pre";
const TYPED: &str = "twinlock_typed";
const DEVICE: &str = "twinlock_device";
const ANSWERED: &str = "twinlock_answered";
