//! One press too many, signed in: a form whose answer rotated the session cookie comes again with the token that is
//! now stale, and leads where the first one led.

use twinlock_testkit::{Browser, TestApp, app::PASSWORD};

use crate::{enrol, signed_in};

async fn twice(browser: &mut Browser<'_>, address: &str, form: &[(&str, &str)]) -> String {
    let first = browser.submit(address, form).await.expect(303).location().to_owned();
    let again = browser.submit(address, form).await.expect(303);
    assert_eq!(again.location(), first);
    first
}

#[tokio::test]
async fn a_password_changed_twice_is_changed_once() {
    let test = TestApp::start().await;
    let mut browser = signed_in(&test, "mia").await;
    browser.get("/account/password").await.expect(200);
    let form = [("current_password", PASSWORD), ("new_password", "violet teapot marches north")];
    assert_eq!(
        twice(&mut browser, "/account/password", &form).await,
        "/account/security?done=password-changed"
    );
    let mails = test.mails_to("mia@demo.example").await;
    assert_eq!(mails.len(), 1);
}

#[tokio::test]
async fn a_proof_given_twice_leads_on() {
    let test = TestApp::start().await;
    let mut browser = signed_in(&test, "mia").await;
    let phone = enrol(&test, &mut browser).await;
    browser.get("/account/confirm?next=/account/password").await.expect(200);
    let code = phone.next_code();
    let form = [("next", "/account/password"), ("code", code.as_str())];
    assert_eq!(twice(&mut browser, "/account/confirm", &form).await, "/account/password");
}

#[tokio::test]
async fn mfa_switched_off_twice_is_off() {
    let test = TestApp::start().await;
    let mut browser = signed_in(&test, "mia").await;
    let phone = enrol(&test, &mut browser).await;
    browser.get("/account/security/disable").await.expect(200);
    let code = phone.next_code();
    let led = twice(&mut browser, "/account/security/disable", &[("code", &code)]).await;
    assert_eq!(led, "/account?done=mfa-off");
}
