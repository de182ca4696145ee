//! "Confirm it is you".

use twinlock_testkit::{TestApp, app::PASSWORD};

use crate::{confirm, enrol, signed_in, with_both};

const PASSWORD_PAGE: &str = "/account/password";

#[tokio::test]
async fn a_recovery_code_is_not_asked_for_where_it_opens_nothing() {
    let test = TestApp::start().await;
    let mut browser = signed_in(&test, "mia").await;
    let phone = enrol(&test, &mut browser).await;
    test.clock.advance_secs(601);
    let asked = browser.get(PASSWORD_PAGE).await.expect(303).location().to_owned();
    let page = browser.get(&asked).await.expect(200).text();
    assert!(page.contains("A recovery code does not suffice here"));
    let refused = confirm(&mut browser, PASSWORD_PAGE, &phone.recovery_codes[0]).await.shown_again().text();
    assert!(refused.contains("Type the six digits"));
    // It was not used up.
    assert!(browser.get("/account/security").await.text().contains("10 of 10 left"));
    let back = confirm(&mut browser, PASSWORD_PAGE, &phone.code()).await.expect(303);
    assert_eq!(back.location(), PASSWORD_PAGE);
    browser.get(PASSWORD_PAGE).await.expect(200);
}

#[tokio::test]
async fn a_wrong_proof_says_what_to_do() {
    let test = TestApp::start().await;
    let mut browser = signed_in(&test, "mia").await;
    let next = "/account/security/enrol/choose";
    browser.get("/account/confirm").await.expect(200);
    for (password, words) in [("", "Type your password."), ("wrong", "That password didn")] {
        let fields = [("next", next), ("password", password)];
        let page = browser.submit("/account/confirm", &fields).await.shown_again().text();
        assert!(page.contains(words) && page.contains(next));
    }
    let phone = enrol(&test, &mut browser).await;
    // The password alone does not do any more.
    browser.get("/account/confirm").await.expect(200);
    browser.submit("/account/confirm", &[("next", next), ("password", PASSWORD)]).await.shown_again();
    let page = confirm(&mut browser, next, &phone.wrong_code(0)).await.shown_again().text();
    assert!(page.contains("That code didn"));
    let page = confirm(&mut browser, next, &phone.code_at(6)).await.shown_again().text();
    assert!(page.contains("ahead"));
}

/// attacks.md row 50: the way back leads nowhere else.
#[tokio::test]
async fn the_way_back_stays_on_this_server() {
    let test = TestApp::start().await;
    let mut browser = signed_in(&test, "mia").await;
    for next in ["https://evil.example/", "//evil.example", "/\\evil.example", "javascript:alert(1)", ""] {
        browser.get("/account/confirm").await.expect(200);
        let fields = [("next", next), ("password", PASSWORD)];
        let answer = browser.submit("/account/confirm", &fields).await.expect(303);
        assert_eq!(answer.location(), "/account/security", "{next}");
    }
}

/// attacks.md row 34: a recovery code is no proof for a new password.
#[tokio::test]
async fn a_sign_in_by_recovery_code_does_not_reach_the_password() {
    let test = TestApp::start().await;
    let mut browser = signed_in(&test, "mia").await;
    let phone = enrol(&test, &mut browser).await;
    let mut browser = with_both(&test, "mia", &phone.recovery_codes[0]).await;
    let asked = "/account/confirm?next=%2Faccount%2Fpassword";
    assert_eq!(browser.get(PASSWORD_PAGE).await.expect(303).location(), asked);
    let fields = [("current_password", PASSWORD), ("new_password", "violet teapot marches north")];
    assert_eq!(browser.submit(PASSWORD_PAGE, &fields).await.expect(303).location(), asked);
    with_both(&test, "mia", &phone.recovery_codes[1]).await;
}
