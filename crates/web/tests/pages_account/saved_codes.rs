//! Recovery codes until they are saved: shown again to the browser that made them, and no way in.

use twinlock_core::{audit::EventKind, clock::Clock};
use twinlock_service::maintenance;
use twinlock_testkit::{Browser, TestApp};

use crate::{ENROL_CODES, codes_after, codes_in, enrol, enrol_without_saving, signed_in, with_both};

const RENEW: &str = "/account/security/codes";
const NEW: &str = "/account/security/codes/new";

/// What this address shows, wherever it leads.
async fn shown(browser: &mut Browser<'_>, path: &str) -> Vec<String> {
    codes_in(&browser.open(path).await.expect(200).text())
}

/// Whether a page says that the codes are not saved, or says nothing of it.
async fn warned(browser: &mut Browser<'_>, path: &str) -> bool {
    browser.open(path).await.expect(200).text().contains("not saved yet")
}

#[tokio::test]
async fn codes_are_shown_again_to_the_browser_that_made_them_until_they_are_saved() {
    let test = TestApp::start().await;
    let mut browser = signed_in(&test, "mia").await;
    let phone = enrol_without_saving(&test, &mut browser).await;
    for _ in 0..3 {
        assert_eq!(shown(&mut browser, ENROL_CODES).await, phone.recovery_codes);
        assert_eq!(shown(&mut browser, NEW).await, phone.recovery_codes);
    }
    for page in ["/account", "/account/security", "/account/profile"] {
        let html = browser.open(page).await.expect(200).text();
        assert!(html.contains("not saved yet") && html.contains("/account/security/codes/new"), "{page}");
        assert!(phone.recovery_codes.iter().all(|code| !html.contains(code.as_str())), "{page}");
    }
    let readiness = browser.get("/account/security").await.text();
    assert!(readiness.contains("One lost phone from lock-out.") && readiness.contains("save them now"));

    browser.open(ENROL_CODES).await.expect(200);
    browser.submit(ENROL_CODES, &[]).await.expect(303);
    for page in ["/account", "/account/security"] {
        assert!(!warned(&mut browser, page).await, "{page}");
    }
    let ready = browser.get("/account").await.text();
    assert!(ready.contains("Losing one thing does not lock you out."), "{ready}");
    for path in [ENROL_CODES, NEW, RENEW] {
        assert!(shown(&mut browser, path).await.is_empty(), "{path}");
    }
    assert!(test.column("shown_codes.sealed").await.is_empty());
    assert_eq!(test.events(EventKind::RecoveryCodesSaved).await.len(), 1);
}

/// attacks.md row 27: a quarter of an hour, to the second; then only new ones can be shown.
#[tokio::test]
async fn after_a_quarter_of_an_hour_codes_are_shown_no_more() {
    let test = TestApp::start().await;
    let mut browser = signed_in(&test, "mia").await;
    let phone = enrol_without_saving(&test, &mut browser).await;
    test.clock.advance_secs(899);
    assert_eq!(shown(&mut browser, NEW).await.len(), 10);
    test.clock.advance_secs(1);
    let led = browser.get(NEW).await.expect(303);
    assert_eq!(led.location(), RENEW);
    assert!(warned(&mut browser, "/account").await);
    crate::confirm(&mut browser, RENEW, &phone.code()).await.expect(303);
    let asked = browser.open(RENEW).await.expect(200).text();
    assert!(asked.contains("never saved") && codes_in(&asked).is_empty(), "{asked}");
    maintenance::tick(&test.app).await;
    assert!(test.column("shown_codes.sealed").await.is_empty());

    let answer = browser.submit(RENEW, &[]).await;
    let new = codes_after(&mut browser, &answer).await;
    assert_eq!(answer.location(), NEW);
    assert_eq!(shown(&mut browser, NEW).await, new);
    browser.open(NEW).await;
    browser.submit("/account/security/codes/saved", &[]).await.expect(303);
    assert!(!warned(&mut browser, "/account").await);
    with_both(&test, "mia", &new[0]).await;
}

/// attacks.md row 27: another session of the person sees nothing of them, and neither does this one after its end.
#[tokio::test]
async fn codes_are_shown_in_no_other_session() {
    let test = TestApp::start().await;
    let mut browser = signed_in(&test, "mia").await;
    let phone = enrol_without_saving(&test, &mut browser).await;
    let mut other = with_both(&test, "mia", &phone.next_code()).await;
    for path in [ENROL_CODES, NEW, RENEW] {
        let html = other.open(path).await.expect(200).text();
        assert!(codes_in(&html).is_empty(), "{path}");
    }
    assert!(warned(&mut other, "/account").await);
    assert_eq!(test.column("shown_codes.sealed").await.len(), 1);
    browser.open("/account").await;
    browser.submit("/logout", &[]).await.expect(303);
    assert!(test.column("shown_codes.sealed").await.is_empty());
}

/// attacks.md row 27: what ends the session, the set or the time ends them, too.
#[tokio::test]
async fn whatever_ends_the_session_or_the_set_ends_what_could_be_shown() {
    let test = TestApp::start().await;
    let kept = async || test.column("shown_codes.sealed").await.len();
    let mut browser = signed_in(&test, "mia").await;
    enrol_without_saving(&test, &mut browser).await;
    browser.open(RENEW).await.expect(200);
    browser.submit(RENEW, &[]).await.expect(303);
    assert_eq!(kept().await, 1, "a new set takes the place of the last");
    browser.open("/account/security/disable").await.expect(200);
    let codes = shown(&mut browser, NEW).await;
    browser.open("/account/security/disable").await.expect(200);
    browser.submit("/account/security/disable", &[("code", &codes[0])]).await.expect(303);
    assert_eq!(kept().await, 0, "switched off");

    test.clock.advance_secs(60);
    enrol_without_saving(&test, &mut browser).await;
    twinlock_service::admin::reset_mfa(&test.app, "demo", "mia").await.unwrap();
    assert_eq!(kept().await, 0, "reset");

    let mut bob = signed_in(&test, "bob").await;
    enrol_without_saving(&test, &mut bob).await;
    assert_eq!(kept().await, 1);
    test.clock.set(test.clock.now().plus_secs(-120));
    bob.get("/account").await;
    maintenance::tick(&test.app).await;
    assert_eq!(kept().await, 0, "the clock was set back");
}

#[tokio::test]
async fn who_uses_a_code_has_them() {
    let test = TestApp::start().await;
    let mut browser = signed_in(&test, "mia").await;
    let phone = enrol_without_saving(&test, &mut browser).await;
    with_both(&test, "mia", &phone.recovery_codes[0]).await;
    test.clock.advance_secs(1);
    assert!(!warned(&mut browser, "/account").await);
    assert!(shown(&mut browser, NEW).await.is_empty());
}

#[tokio::test]
async fn an_administrator_sees_that_codes_are_not_saved() {
    let test = TestApp::start().await;
    let mut olga = signed_in(&test, "olga").await;
    enrol(&test, &mut olga).await;
    let mut mia = signed_in(&test, "mia").await;
    enrol_without_saving(&test, &mut mia).await;
    let id = test.sign_in("bob").await.get("/api/v1/account").await.expect(200).string("id");
    let list = olga.open("/console/users").await.expect(200).text();
    let person = list
        .split('"')
        .filter(|text| text.starts_with("/console/users/0") && !text.contains(&id))
        .map(str::to_owned)
        .collect::<Vec<_>>();
    let mut warned = 0;
    for path in person {
        let html = olga.open(&path).await.expect(200).text();
        warned += usize::from(html.contains("10 recovery codes left, not saved yet"));
    }
    assert_eq!(warned, 1);
}
