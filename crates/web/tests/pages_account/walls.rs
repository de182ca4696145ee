//! Who is not let in, and what forms must carry.

use std::collections::BTreeMap;

use twinlock_testkit::{TestApp, TestSettings};

use crate::{SESSION, enrol, signed_in};

const PAGES: [&str; 19] = [
    "/account",
    "/account/profile",
    "/account/password",
    "/account/sessions",
    "/account/sessions/end-others",
    "/account/confirm",
    "/account/security",
    "/account/security/enable",
    "/account/security/disable",
    "/account/security/codes",
    "/account/security/enrol",
    "/account/security/enrol/choose",
    "/account/security/enrol/app",
    "/account/security/enrol/key",
    "/account/security/enrol/codes",
    "/account/security/codes/new",
    "/account/security/methods/0198c3a2-7b10-7c3e-8f4a-0123456789ab/alone",
    "/account/security/enrol/done",
    "/account/sessions/0198c3a2-7b10-7c3e-8f4a-0123456789ab/end",
];

const FORMS: [&str; 20] = [
    "/account/profile",
    "/account/password",
    "/account/mail-code",
    "/account/confirm",
    "/account/confirm/key/options",
    "/account/sessions/end-others",
    "/account/sessions/0198c3a2-7b10-7c3e-8f4a-0123456789ab/end",
    "/account/security/disable",
    "/account/security/preferred",
    "/account/security/codes",
    "/account/security/codes/saved",
    "/account/security/enrol/choose",
    "/account/security/enrol/app",
    "/account/security/enrol/key",
    "/account/security/enrol/key/options",
    "/account/security/enrol/codes",
    "/account/security/methods/0198c3a2-7b10-7c3e-8f4a-0123456789ab/rename",
    "/account/security/methods/0198c3a2-7b10-7c3e-8f4a-0123456789ab/remove",
    "/account/security/methods/0198c3a2-7b10-7c3e-8f4a-0123456789ab/alone",
    "/logout",
];

#[tokio::test]
async fn a_stranger_is_led_to_the_sign_in_and_back() {
    let test = TestApp::start().await;
    let mut stranger = test.browser();
    for page in PAGES {
        let next: String = page.split('/').collect::<Vec<_>>().join("%2F");
        let answer = stranger.get(page).await.expect(303);
        assert_eq!(answer.location(), format!("/login?next={next}"));
    }
}

/// attacks.md row 48: a form without its token, or with another session's, changes nothing.
#[tokio::test]
async fn every_form_wants_the_token_of_its_own_session() {
    let test = TestApp::start().await;
    let mut other = signed_in(&test, "bob").await;
    other.get("/account").await;
    let foreign = other.csrf.clone();
    let mut browser = signed_in(&test, "mia").await;
    for form in FORMS {
        for fields in [vec![], vec![("csrf", "")], vec![("csrf", foreign.as_str())]] {
            let answer = browser.post_form(form, &fields).await.expect(403);
            assert!(answer.text().contains("This page is out of date"), "{form}");
        }
    }
    browser.get("/account").await.expect(200);
}

/// attacks.md row 44: the cookie is rotated at every rise in privilege, and the old one is dead; after a step-up
/// pages that are still loading have a minute.
#[tokio::test]
async fn the_cookie_changes_with_what_was_proven() {
    let test = TestApp::start().await;
    let mut browser = signed_in(&test, "mia").await;
    let before = browser.cookies.clone();
    let phone = enrol(&test, &mut browser).await;
    let enrolled = browser.cookies.clone();
    assert_ne!(before[SESSION], enrolled[SESSION]);
    browser.get("/account").await.expect(200);
    crate::confirm(&mut browser, "/account/security", &phone.next_code()).await.expect(303);
    assert_ne!(enrolled[SESSION], browser.cookies[SESSION]);
    let answer = async |cookies: &BTreeMap<String, String>, status| {
        let mut thief = test.browser();
        thief.cookies = cookies.clone();
        thief.get("/account").await.expect(status);
    };
    answer(&before, 303).await;
    answer(&enrolled, 200).await;
    test.clock.advance_secs(60);
    answer(&enrolled, 303).await;
    browser.get("/account").await.expect(200);
}

/// attacks.md row 49: nothing of an account is kept by the browser.
#[tokio::test]
async fn pages_of_an_account_are_not_stored() {
    let test = TestApp::start().await;
    let mut browser = signed_in(&test, "mia").await;
    for page in PAGES {
        let answer = browser.get(page).await;
        assert!(answer.header("cache-control").contains("no-store"), "{page}");
    }
}

#[tokio::test]
async fn without_mfa_there_are_no_pages_about_it() {
    let settings = TestSettings { mfa_enabled: false, ..TestSettings::default() };
    let test = TestApp::with(settings).await;
    let mut browser = signed_in(&test, "mia").await;
    for page in PAGES.iter().filter(|page| page.starts_with("/account/security/")) {
        browser.get(page).await.expect(404);
    }
    for form in FORMS.iter().filter(|form| form.starts_with("/account/security/")) {
        browser.submit(form, &[]).await.expect(404);
    }
    for page in ["/account", "/account/security"] {
        let html = browser.get(page).await.expect(200).text();
        assert!(!html.contains("Enable MFA"), "{page}");
    }
}
