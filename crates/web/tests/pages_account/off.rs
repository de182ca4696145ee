//! Switching MFA off.

use twinlock_testkit::TestApp;

use crate::{enrol, signed_in, with_both};

const DISABLE: &str = "/account/security/disable";

#[tokio::test]
async fn a_code_of_the_app_switches_it_off() {
    let test = TestApp::start().await;
    let mut browser = signed_in(&test, "mia").await;
    let mut elsewhere = signed_in(&test, "mia").await;
    let phone = enrol(&test, &mut browser).await;
    browser.get(DISABLE).await.expect(200);
    let answer = browser.submit(DISABLE, &[("code", &phone.next_code())]).await.expect(303);
    assert_eq!(answer.location(), "/account?done=mfa-off");
    let home = browser.get(answer.location()).await.expect(200).text();
    assert!(home.contains("MFA is off.") && home.contains("Enable MFA"));
    elsewhere.get("/account").await.expect(303);
    signed_in(&test, "mia").await;
}

#[tokio::test]
async fn whoever_lost_the_phone_uses_a_recovery_code() {
    let test = TestApp::start().await;
    let mut browser = signed_in(&test, "mia").await;
    let phone = enrol(&test, &mut browser).await;
    let mut browser = with_both(&test, "mia", &phone.recovery_codes[0]).await;
    browser.get(DISABLE).await.expect(200);
    browser.submit(DISABLE, &[("code", &phone.recovery_codes[1])]).await.expect(303);
    // And begins anew on the next phone at once.
    assert_eq!(enrol(&test, &mut browser).await.recovery_codes.len(), 10);
}

/// attacks.md row 29: neither a wrong code, nor a used one, nor none switches it off.
#[tokio::test]
async fn without_a_right_code_nothing_changes() {
    let test = TestApp::start().await;
    let mut browser = signed_in(&test, "mia").await;
    let phone = enrol(&test, &mut browser).await;
    browser.get(DISABLE).await.expect(200);
    assert!(browser.submit(DISABLE, &[("code", "")]).await.shown_again().text().contains("Type the code"));
    browser.submit(DISABLE, &[]).await.shown_again();
    let spent = phone.code();
    for code in [phone.wrong_code(0), spent, "0000 0000".to_owned(), "junk".to_owned()] {
        let page = browser.submit(DISABLE, &[("code", &code)]).await.shown_again().text();
        assert!(page.contains("That code didn") && !page.contains(&format!("\"{code}\"")), "{code}");
    }
    assert!(browser.get("/account").await.text().contains("Disable MFA"));
}

#[tokio::test]
async fn too_many_wrong_codes_wait() {
    let test = TestApp::start().await;
    let mut browser = signed_in(&test, "mia").await;
    let phone = enrol(&test, &mut browser).await;
    browser.get(DISABLE).await.expect(200);
    for n in 0..5 {
        browser.submit(DISABLE, &[("code", &phone.wrong_code(n))]).await.shown_again();
    }
    let waits = browser.submit(DISABLE, &[("code", &phone.next_code())]).await;
    // The clock moved on by the wait: now the code is looked at.
    assert_eq!(waits.status, 303);
}

#[tokio::test]
async fn what_is_off_cannot_be_switched_off() {
    let test = TestApp::start().await;
    let mut browser = signed_in(&test, "mia").await;
    assert_eq!(browser.get(DISABLE).await.expect(303).location(), "/account/security");
    let answer = browser.submit(DISABLE, &[("code", "123456")]).await.expect(303);
    assert_eq!(answer.location(), "/account/security");
    assert_eq!(browser.get("/account/security/codes").await.expect(303).location(), "/account/security");
}
