//! Renaming, removing, new recovery codes.

use twinlock_testkit::{Browser, TestApp};

use crate::{APP, address_ending, codes_after, confirm, enrol, scan, signed_in, with_both};

const CODES: &str = "/account/security/codes";

async fn method_page(browser: &mut Browser<'_>, end: &str) -> String {
    let page = browser.get("/account/security").await.expect(200).text();
    address_ending(&page, end).expect("a method").to_owned()
}

#[tokio::test]
async fn a_device_gets_another_name() {
    let test = TestApp::start().await;
    let mut browser = signed_in(&test, "mia").await;
    enrol(&test, &mut browser).await;
    let rename = method_page(&mut browser, "/rename").await;
    assert!(browser.get(&rename).await.expect(200).text().contains("value=\"Phone\""));
    let refused = browser.submit(&rename, &[("name", "")]).await.shown_again().text();
    assert!(refused.contains("Type a name."));
    let answer = browser.submit(&rename, &[("name", "Old phone")]).await.expect(303);
    assert_eq!(answer.location(), "/account/security?done=method-renamed");
    let page = browser.get(answer.location()).await.text();
    assert!(page.contains("Renamed.") && page.contains("Old phone"));
}

#[tokio::test]
async fn one_of_two_devices_is_removed_and_then_the_last() {
    let test = TestApp::start().await;
    let mut browser = signed_in(&test, "mia").await;
    enrol(&test, &mut browser).await;
    let tablet = scan(&test, &mut browser, "Tablet").await;
    browser.submit(APP, &[("name", "Tablet"), ("code", &tablet.code())]).await.expect(303);
    let remove = method_page(&mut browser, "/remove").await;
    assert!(!browser.get(&remove).await.expect(200).text().contains("MFA is off"));
    let answer = browser.submit(&remove, &[]).await.expect(303);
    assert_eq!(answer.location(), "/account/security?done=method-removed");
    browser.get(&remove).await.expect(404);
    let last = method_page(&mut browser, "/remove").await;
    browser.submit(&remove, &[]).await.expect(404);
    assert!(browser.get(&last).await.expect(200).text().contains("MFA is off"));
    let answer = browser.submit(&last, &[]).await.expect(303);
    assert_eq!(answer.location(), "/account/security?done=mfa-off");
    assert!(browser.get("/account/security").await.text().contains("Enable MFA"));
}

/// attacks.md row 29: looking away for ten minutes is enough to be asked again.
#[tokio::test]
async fn changes_of_factors_ask_for_a_fresh_proof() {
    let test = TestApp::start().await;
    let mut browser = signed_in(&test, "mia").await;
    let phone = enrol(&test, &mut browser).await;
    let pages = [
        method_page(&mut browser, "/rename").await,
        method_page(&mut browser, "/remove").await,
        CODES.to_owned(),
    ];
    test.clock.advance_secs(601);
    for page in &pages {
        let asked = format!("/account/confirm?next={}", page.replace('/', "%2F"));
        assert_eq!(browser.get(page).await.expect(303).location(), asked);
        assert_eq!(browser.submit(page, &[("name", "Mine")]).await.expect(303).location(), asked);
    }
    assert!(browser.get("/account/security").await.text().contains("Phone"));
    let back = confirm(&mut browser, CODES, &phone.code()).await.expect(303);
    assert_eq!(back.location(), CODES);
    browser.get(CODES).await.expect(200);
}

/// attacks.md row 66: somebody else's factor is one that does not exist.
#[tokio::test]
async fn somebody_elses_device_is_not_found() {
    let test = TestApp::start().await;
    let mut bob = signed_in(&test, "bob").await;
    enrol(&test, &mut bob).await;
    let (rename, remove) = (method_page(&mut bob, "/rename").await, method_page(&mut bob, "/remove").await);
    let mut browser = signed_in(&test, "mia").await;
    enrol(&test, &mut browser).await;
    for page in [rename, remove, "/account/security/methods/1/rename".to_owned()] {
        browser.get(&page).await.expect(404);
        browser.submit(&page, &[("name", "Mine")]).await.expect(404);
    }
    assert!(bob.get("/account/security").await.text().contains("Phone"));
}

/// attacks.md row 40: the new set is shown until it is saved, and the old one is dead.
#[tokio::test]
async fn new_codes_take_the_place_of_the_old() {
    let test = TestApp::start().await;
    let mut browser = signed_in(&test, "mia").await;
    let phone = enrol(&test, &mut browser).await;
    assert!(browser.get(CODES).await.expect(200).text().contains("The 10 that are left stop working"));
    let answer = browser.submit(CODES, &[]).await;
    let new = codes_after(&mut browser, &answer).await;
    assert_eq!(new.len(), 10);
    assert!(new.iter().all(|code| !phone.recovery_codes.contains(code)));
    let answer = browser.submit("/account/security/codes/saved", &[]).await.expect(303);
    assert_eq!(answer.location(), "/account/security?done=codes-renewed");
    let page = browser.get(answer.location()).await.text();
    assert!(page.contains("10 of 10 left") && new.iter().all(|code| !page.contains(code.as_str())));
    with_both(&test, "mia", &new[0]).await;
    test.anonymous()
        .login("demo", "mia", twinlock_testkit::app::PASSWORD, Some(&phone.recovery_codes[0]))
        .await
        .refused(401, "invalid_mfa_code");
}

#[tokio::test]
async fn when_codes_run_out_every_page_says_so() {
    let test = TestApp::start().await;
    let mut browser = signed_in(&test, "mia").await;
    let phone = enrol(&test, &mut browser).await;
    for code in &phone.recovery_codes[..8] {
        browser = with_both(&test, "mia", code).await;
    }
    let home = browser.get("/account").await.text();
    assert!(home.contains("2 recovery codes left.") && home.contains("Make new recovery codes"));
    assert!(browser.get("/account/profile").await.text().contains("2 recovery codes left."));
    let there = browser.get("/account/security/codes").await.expect(200).text();
    assert!(!there.contains("recovery codes left."), "the page it leads to does not say it once more");
    browser.get(CODES).await.expect(200);
    let answer = browser.submit(CODES, &[]).await.expect(303);
    assert!(!browser.get(answer.location()).await.expect(200).text().contains("recovery codes left."));
    assert!(!browser.get("/account").await.text().contains("recovery codes left."));
}

#[tokio::test]
async fn ten_devices_are_the_most() {
    let test = TestApp::start().await;
    let mut browser = signed_in(&test, "mia").await;
    enrol(&test, &mut browser).await;
    for n in 2..=10 {
        let name = format!("Phone {n}");
        let phone = scan(&test, &mut browser, &name).await;
        browser.submit(APP, &[("name", &name), ("code", &phone.code())]).await.expect(303);
    }
    let page = browser.get("/account/security").await.text();
    assert!(page.contains("Ten are the most") && !page.contains("enrol/choose"));
    assert_eq!(browser.get(crate::CHOOSE).await.expect(303).location(), "/account/security");
    let choice = [("kind", "app"), ("name", "Phone 11")];
    assert_eq!(browser.submit(crate::CHOOSE, &choice).await.expect(303).location(), "/account/security");
}
