//! One press too many, signed in: a form whose answer rotated the session cookie comes again with the token that is
//! now stale, and leads where the first one led.

use twinlock_testkit::{Browser, TestApp, app::PASSWORD};

use crate::{enrol, signed_in};

/// Sends the form, loses the answer with its cookies, and sends it again: the browser is led to the first page, which
/// says that it was done.
async fn lost(browser: &mut Browser<'_>, address: &str, form: &[(&str, &str)]) {
    let (cookies, csrf) = (browser.cookies.clone(), browser.csrf.clone());
    browser.submit(address, form).await.expect(303);
    (browser.cookies, browser.csrf) = (cookies, csrf);
    let led = browser.submit(address, form).await.expect(303).location().to_owned();
    assert!(led.starts_with("/login"), "{led}");
    let page = browser.open(&led).await.expect(200).text();
    assert!(page.contains("That was done") && page.contains("sign in again"), "{page}");
    assert!(!page.contains("othing was changed"), "{page}");
    browser.get("/account").await.expect(303);
}

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

/// The codes are shown, and shown again, whichever of the two answers the browser waits for.
#[tokio::test]
async fn an_enrollment_confirmed_twice_leads_to_its_codes() {
    let test = TestApp::start().await;
    let mut browser = signed_in(&test, "mia").await;
    let phone = crate::scan(&test, &mut browser, "Phone").await;
    let code = phone.code();
    let led = twice(&mut browser, crate::APP, &[("name", "Phone"), ("code", &code)]).await;
    let page = browser.open(&led).await.expect(200).text();
    assert_eq!(crate::codes_in(&page).len(), 10, "{page}");
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

/// attacks.md row 44: whoever only has the cookie that was replaced is told what became of it, and given nothing.
#[tokio::test]
async fn whoever_lost_the_answer_is_told_that_it_was_done() {
    let test = TestApp::start().await;
    let mut browser = signed_in(&test, "mia").await;
    browser.get("/account/password").await.expect(200);
    let new = "violet teapot marches north";
    lost(&mut browser, "/account/password", &[("current_password", PASSWORD), ("new_password", new)]).await;
    // It says so for ten minutes, and no more once the session is over.
    assert!(browser.open("/login").await.text().contains("That was done"));
    test.clock.advance_secs(601);
    assert!(!browser.open("/login").await.text().contains("That was done"));

    let mut bob = signed_in(&test, "bob").await;
    let phone = enrol(&test, &mut bob).await;
    bob.get("/account/security/disable").await.expect(200);
    let code = phone.next_code();
    lost(&mut bob, "/account/security/disable", &[("code", &code)]).await;
    let mut elsewhere = signed_in(&test, "bob").await;
    elsewhere.get("/account/sessions/end-others").await.expect(200);
    elsewhere.submit("/account/sessions/end-others", &[]).await.expect(303);
    assert!(!bob.open("/login").await.text().contains("That was done"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_enrollment_confirmed_twice_at_once_is_one() {
    let test = TestApp::start().await;
    let mut browser = signed_in(&test, "mia").await;
    let phone = crate::scan(&test, &mut browser, "Phone").await;
    let code = phone.code();
    let form = [("name", "Phone"), ("code", code.as_str())];
    let mut other = test.browser();
    (other.cookies, other.csrf) = (browser.cookies.clone(), browser.csrf.clone());
    let (one, two) = tokio::join!(browser.submit(crate::APP, &form), other.submit(crate::APP, &form));
    // One of them holds the session that goes on; the other is told, or led there by its stale cookie.
    for (answer, mut browser) in [(one, browser), (two, other)] {
        assert!(answer.status.as_u16() < 400, "{}", answer.text());
        let page = browser.open("/account").await.expect(200).text();
        assert!(page.contains("Disable MFA") || page.contains("That was done"), "{page}");
    }
    let apps = test.column("totp_factors.name").await;
    assert_eq!(apps.len(), 1);
}

/// A proof that was accepted is not said to be wrong when its form comes again without the cookie that it brought; what
/// it proved stays with that cookie.
/// attacks.md row 44: the cookie that was replaced opens no more than before.
#[tokio::test]
async fn a_proof_whose_answer_was_lost_says_that_it_was_accepted() {
    let test = TestApp::start().await;
    let mut browser = signed_in(&test, "mia").await;
    let phone = enrol(&test, &mut browser).await;
    test.clock.advance_secs(601);
    browser.get("/account/confirm?next=/account/password").await.expect(200);
    let (cookies, csrf) = (browser.cookies.clone(), browser.csrf.clone());
    let code = phone.next_code();
    let form = [("next", "/account/password"), ("code", code.as_str())];
    browser.submit("/account/confirm", &form).await.expect(303);
    (browser.cookies, browser.csrf) = (cookies, csrf);
    for _ in 0..2 {
        let page = browser.submit("/account/confirm", &form).await.shown_again().text();
        assert!(page.contains("That was accepted") && !page.contains("code-error"), "{page}");
    }
    let asked = browser.get("/account/password").await.expect(303);
    assert!(asked.location().starts_with("/account/confirm"));
    // With another code it goes on.
    browser.get("/account/confirm?next=/account/password").await.expect(200);
    let code = phone.next_code();
    let form = [("next", "/account/password"), ("code", code.as_str())];
    assert_eq!(browser.submit("/account/confirm", &form).await.expect(303).location(), "/account/password");
    browser.get("/account/password").await.expect(200);
}
