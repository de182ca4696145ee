//! Choose, scan, save codes, done.

use twinlock_testkit::TestApp;

use crate::{APP, CHOOSE, ENROL_CODES, codes_after, codes_in, enrol, scan, secret_in, signed_in, with_both};

#[tokio::test]
async fn the_second_lock_is_fitted_in_four_steps() {
    let test = TestApp::start().await;
    let mut browser = signed_in(&test, "mia").await;
    let home = browser.get("/account").await.expect(200).text();
    assert!(home.contains("href=\"/account/security/enable\"") && home.contains("Enable MFA"));
    browser.get("/account/security/enable").await.expect(200);

    let mut phone = scan(&test, &mut browser, "Mia’s phone").await;
    let fields = [("name", "Mia’s phone"), ("code", &phone.code())];
    assert_eq!(browser.submit(APP, &fields).await.expect(303).location(), ENROL_CODES);
    let page = browser.get(ENROL_CODES).await.expect(200).text();
    phone.recovery_codes = codes_in(&page);
    assert_eq!(phone.recovery_codes.len(), 10);
    assert!(phone.recovery_codes.iter().all(|code| code.len() == 8));
    assert!(page.contains("mia · Demo organisation") && page.contains("http://localhost:8080"));

    let saved = browser.submit(ENROL_CODES, &[]).await.expect(303);
    assert_eq!(saved.location(), "/account/security/enrol/done");
    let done = browser.open("/account/security/enrol/done").await.expect(200).text();
    assert!(done.contains("Mia’s phone") && done.contains("Add a backup device"));
    let home = browser.get("/account").await.text();
    assert!(home.contains("Disable MFA") && home.contains("10 recovery codes are left"));

    // The phone and a recovery code, as it was shown, open the second lock.
    test.clock.advance_secs(30);
    with_both(&test, "mia", &phone.code()).await;
    with_both(&test, "mia", &phone.recovery_codes[3]).await;
}

/// attacks.md row 27: once they are saved, no address shows the codes again.
#[tokio::test]
async fn codes_that_are_saved_are_shown_no_more() {
    let test = TestApp::start().await;
    let mut browser = signed_in(&test, "mia").await;
    let phone = enrol(&test, &mut browser).await;
    let secret = scan_secret(&test).await;
    for path in [
        ENROL_CODES,
        "/account/security/codes/new",
        APP,
        "/account/security/enrol/done",
        "/account/security",
        "/account/security/codes",
        "/account",
    ] {
        let html = browser.open(path).await.expect(200).text();
        assert!(phone.recovery_codes.iter().all(|code| !html.contains(code.as_str())), "{path}");
        assert!(!html.contains("data-secret") && !html.contains(&secret), "{path}");
    }
}

/// The secret of a set-up that was not finished.
async fn scan_secret(test: &TestApp) -> String {
    let mut other = signed_in(test, "bob").await;
    scan(test, &mut other, "Phone").await;
    secret_in(&other.get(APP).await.text())
}

#[tokio::test]
async fn a_reload_shows_the_same_secret() {
    let test = TestApp::start().await;
    let mut browser = signed_in(&test, "mia").await;
    let phone = scan(&test, &mut browser, "Phone").await;
    let first = secret_in(&browser.get(APP).await.expect(200).text());
    assert_eq!(first, secret_in(&browser.get(APP).await.expect(200).text()));
    // A wrong code leaves it as it is, too.
    let wrong = phone.wrong_code(0);
    let page = browser.submit(APP, &[("name", "Phone"), ("code", &wrong)]).await.shown_again().text();
    assert_eq!(first, secret_in(&page));
    // Beginning anew does not.
    scan(&test, &mut browser, "Phone").await;
    assert_ne!(first, secret_in(&browser.get(APP).await.expect(200).text()));
}

#[tokio::test]
async fn a_set_up_is_shown_in_no_other_session() {
    let test = TestApp::start().await;
    let mut browser = signed_in(&test, "mia").await;
    let mut other = signed_in(&test, "mia").await;
    let phone = scan(&test, &mut browser, "Phone").await;
    assert_eq!(other.get(APP).await.expect(303).location(), CHOOSE);
    let fields = [("name", "Phone"), ("code", &phone.code())];
    assert_eq!(other.submit(APP, &fields).await.expect(303).location(), CHOOSE);
    browser.get(APP).await.expect(200);
}

/// attacks.md row 25: a set-up that was not confirmed is no factor, and ends by itself.
#[tokio::test]
async fn an_unconfirmed_set_up_ends() {
    let test = TestApp::start().await;
    let mut browser = signed_in(&test, "mia").await;
    let phone = scan(&test, &mut browser, "Phone").await;
    assert!(browser.get("/account/security").await.text().contains("Enable MFA"));
    test.clock.advance_secs(601);
    let fields = [("name", "Phone"), ("code", &phone.code())];
    assert_eq!(browser.submit(APP, &fields).await.expect(303).location(), CHOOSE);
    assert!(browser.get("/account").await.text().contains("Enable MFA"));
    signed_in(&test, "mia").await;
}

#[tokio::test]
async fn without_a_set_up_there_is_nothing_to_scan() {
    let test = TestApp::start().await;
    let mut browser = signed_in(&test, "mia").await;
    assert_eq!(browser.get(APP).await.expect(303).location(), CHOOSE);
    assert_eq!(browser.get("/account/security/enrol/done").await.expect(303).location(), CHOOSE);
    assert_eq!(browser.submit(APP, &[("name", "x"), ("code", "123456")]).await.location(), CHOOSE);
}

#[tokio::test]
async fn a_device_without_a_name_is_called_what_it_is() {
    let test = TestApp::start().await;
    let mut browser = signed_in(&test, "mia").await;
    browser.get(CHOOSE).await.expect(200);
    let long = "x".repeat(65);
    let refused = browser.submit(CHOOSE, &[("kind", "app"), ("name", &long)]).await.shown_again();
    assert!(refused.text().contains("at most 64"));
    browser.submit(CHOOSE, &[("kind", "pigeon"), ("name", "Paul")]).await.expect(400);
    for (typed, name) in [("", "Authenticator app"), ("  ", "Authenticator app 2"), ("Mine", "Mine")] {
        test.clock.advance_secs(30);
        let phone = scan(&test, &mut browser, typed).await;
        assert!(browser.get(APP).await.text().contains(&format!("value=\"{name}\"")), "{name}");
        assert!(browser.submit(APP, &[("name", " "), ("code", &phone.code())]).await.status.as_u16() < 400);
        let page = browser.get("/account/security").await.expect(200).text();
        assert!(page.contains(&format!("<b>{name}</b>")) || page.contains(name), "{name}: {page}");
    }
}

#[tokio::test]
async fn the_name_may_still_be_changed_beside_the_code() {
    let test = TestApp::start().await;
    let mut browser = signed_in(&test, "mia").await;
    let phone = scan(&test, &mut browser, "Phone").await;
    let fields = [("name", "<b>Tablet</b>"), ("code", &phone.code())];
    browser.submit(APP, &fields).await.expect(303);
    let page = browser.get("/account/security").await.expect(200).text();
    assert!(page.contains("&#60;b&#62;Tablet") && !page.contains("<b>Tablet"));
}

#[tokio::test]
async fn a_code_is_asked_for_in_words_that_help() {
    let test = TestApp::start().await;
    let mut browser = signed_in(&test, "mia").await;
    let phone = scan(&test, &mut browser, "Phone").await;
    let empty = browser.submit(APP, &[("name", "My phone"), ("code", " ")]).await.shown_again().text();
    assert!(empty.contains("Type the six digits") && empty.contains("value=\"My phone\""));
    let early = phone.code_at(5);
    let page = browser.submit(APP, &[("name", "Phone"), ("code", &early)]).await.shown_again().text();
    assert!(page.contains("clock is") && page.contains("ahead"));
    for n in 0..4 {
        let code = phone.wrong_code(n);
        let page = browser.submit(APP, &[("name", "Phone"), ("code", &code)]).await.shown_again().text();
        assert!(page.contains("nothing was changed") && !page.contains(&code));
    }
    let waits = browser.submit(APP, &[("name", "Phone"), ("code", &phone.code())]).await.shown_again();
    assert!(waits.text().contains("Wait 30 seconds"));
    test.clock.advance_secs(30);
    browser.submit(APP, &[("name", "Phone"), ("code", &phone.code())]).await.expect(303);
}

#[tokio::test]
async fn an_organisation_may_ask_for_two_codes() {
    let test = TestApp::start().await;
    let settings = serde_json::json!({ "totp_enrollment_codes": 2 });
    test.sign_in("olga").await.patch("/api/v1/tenants/demo/settings", settings).await.expect(200);
    let mut browser = signed_in(&test, "mia").await;
    let phone = scan(&test, &mut browser, "Phone").await;
    assert!(browser.get(APP).await.text().contains("MFA code 2"));
    let (first, second) = (phone.code(), phone.code_at(1));
    let missing = [("name", "Phone"), ("code", &*first), ("second_code", "")];
    browser.submit(APP, &missing).await.shown_again();
    let swapped = [("name", "Phone"), ("code", &*second), ("second_code", &*first)];
    let page = browser.submit(APP, &swapped).await.shown_again().text();
    assert!(page.contains("These two codes didn"));
    let right = [("name", "Phone"), ("code", &*first), ("second_code", &*second)];
    let answer = browser.submit(APP, &right).await;
    assert_eq!(codes_after(&mut browser, &answer).await.len(), 10);
}

/// attacks.md row 24: the first factor is for who just gave the password, the next for who has one.
#[tokio::test]
async fn adding_a_factor_asks_who_you_are() {
    let test = TestApp::start().await;
    let mut browser = signed_in(&test, "mia").await;
    browser.get(CHOOSE).await.expect(200);
    test.clock.advance_secs(601);
    let to_confirm = "/account/confirm?next=%2Faccount%2Fsecurity%2Fenrol%2Fchoose";
    assert_eq!(browser.get(CHOOSE).await.expect(303).location(), to_confirm);
    let choice = [("kind", "app"), ("name", "Phone")];
    assert_eq!(browser.submit(CHOOSE, &choice).await.expect(303).location(), to_confirm);

    let page = browser.get(to_confirm).await.expect(200).text();
    assert!(page.contains("name=\"password\"") && !page.contains("name=\"code\""));
    let fields = [("next", CHOOSE), ("password", twinlock_testkit::app::PASSWORD)];
    assert_eq!(browser.submit("/account/confirm", &fields).await.expect(303).location(), CHOOSE);
    let phone = enrol(&test, &mut browser).await;

    test.clock.advance_secs(601);
    assert_eq!(browser.get(CHOOSE).await.expect(303).location(), to_confirm);
    assert_eq!(
        browser.get(APP).await.expect(303).location(),
        "/account/confirm?next=%2Faccount%2Fsecurity%2Fenrol%2Fapp"
    );
    crate::confirm(&mut browser, CHOOSE, &phone.code()).await.expect(303);
    let second = scan(&test, &mut browser, "Tablet").await;
    // There is a set of recovery codes already, so none are shown.
    let answer = browser.submit(APP, &[("name", "Tablet"), ("code", &second.code())]).await.expect(303);
    assert_eq!(answer.location(), "/account/security/enrol/done");
    let done = browser.open("/account/security/enrol/done").await.text();
    assert!(done.contains("Tablet") && !done.contains("Add a backup device"));
}

/// attacks.md row 27: a session without a fresh proof is shown nothing of a set-up that is open.
#[tokio::test]
async fn an_open_setup_is_shown_to_nobody_without_a_fresh_proof() {
    let test = TestApp::start().await;
    let mut browser = signed_in(&test, "mia").await;
    // The password is old by the time the set-up, begun a little later, is still alive.
    test.clock.advance_secs(60);
    let phone = scan(&test, &mut browser, "Phone").await;
    assert!(browser.get(APP).await.expect(200).text().contains("data-secret"));
    test.clock.advance_secs(541);
    assert!(browser.get(APP).await.expect(303).location().starts_with("/account/confirm"));
    for (name, code) in [("Phone", String::new()), ("", phone.code()), ("Phone", phone.code())] {
        let answer = browser.submit(APP, &[("name", name), ("code", &code)]).await;
        assert!(!answer.text().contains("data-secret"), "{}", answer.text());
    }
}
