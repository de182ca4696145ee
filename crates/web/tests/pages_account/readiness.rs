//! Whether losing one thing locks one out, in plain words.

use twinlock_testkit::{Browser, TestApp};

use crate::{APP, enrol, scan, signed_in, with_both};

const PAGES: [&str; 2] = ["/account", "/account/security"];
const READY: &str = "Losing one thing does not lock you out.";

async fn both(browser: &mut Browser<'_>) -> [String; 2] {
    let [home, security] = PAGES;
    [browser.get(home).await.expect(200).text(), browser.get(security).await.expect(200).text()]
}

#[tokio::test]
async fn a_page_says_whether_a_lost_phone_locks_one_out_and_what_to_do() {
    let test = TestApp::start().await;
    let mut browser = signed_in(&test, "mia").await;
    for html in both(&mut browser).await {
        assert!(!html.contains(READY) && !html.contains("lock-out."), "{html}");
    }
    let phone = enrol(&test, &mut browser).await;
    for html in both(&mut browser).await {
        assert!(html.contains(READY) && html.contains("a phone and recovery codes."), "{html}");
    }
    for code in &phone.recovery_codes[..8] {
        test.anonymous().sign_in_with_code("mia", code).await;
    }
    test.clock.advance_secs(1);
    for html in both(&mut browser).await {
        assert!(html.contains("One lost phone from lock-out.") && !html.contains(READY), "{html}");
        for way_out in ["/account/security/codes", "/account/security/enrol/choose"] {
            assert!(html.contains(&format!("<a href=\"{way_out}\"")), "{html}");
        }
    }
}

#[tokio::test]
async fn a_device_that_was_not_used_for_half_a_year_is_asked_about() {
    let test = TestApp::start().await;
    let mut browser = signed_in(&test, "mia").await;
    let phone = enrol(&test, &mut browser).await;
    let tablet = scan(&test, &mut browser, "Tablet").await;
    browser.submit(APP, &[("name", "Tablet"), ("code", &tablet.code())]).await.expect(303);
    test.clock.advance_secs(181 * 86_400);
    let mut browser = with_both(&test, "mia", &phone.next_code()).await;
    let html = browser.get("/account/security").await.expect(200).text();
    assert!(html.contains("Is “Tablet” still there?") && html.contains("since 2 Mar 2026"), "{html}");
    assert!(!html.contains("Is “Phone” still there?"), "{html}");
}
