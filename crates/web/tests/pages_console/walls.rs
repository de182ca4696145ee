//! Who may not see the console.

use twinlock_testkit::TestApp;

use crate::signed_in;

const PAGES: [&str; 7] = [
    "/console",
    "/console/audit",
    "/console/audit.csv",
    "/console/settings",
    "/console/users",
    "/console/users/import",
    "/console/users/new",
];

/// attacks.md row 68: the console is for those who administer the organisation.
#[tokio::test]
async fn a_member_is_refused_and_sees_no_way_there() {
    let test = TestApp::start().await;
    let mut mia = signed_in(&test, "demo", "mia").await;
    assert!(!mia.get("/account").await.expect(200).text().contains("/console"));
    for page in PAGES {
        let refused = mia.get(page).await.expect(403).text();
        assert!(refused.contains("Not for this account"), "{refused}");
    }
}

#[tokio::test]
async fn a_stranger_is_led_to_the_sign_in_and_back() {
    let test = TestApp::start().await;
    for page in PAGES {
        let next = page.replace('/', "%2F");
        assert_eq!(test.browser().get(page).await.expect(303).location(), format!("/login?next={next}"));
    }
}

#[tokio::test]
async fn an_administrator_finds_the_way_in_the_navigation() {
    let test = TestApp::start().await;
    for name in ["olga", "adam"] {
        let mut browser = signed_in(&test, "demo", name).await;
        let home = browser.get("/account").await.expect(200).text();
        assert!(
            home.contains("/console/audit")
                && home.contains("/console/users")
                && home.contains("Demo organisation")
        );
    }
}
