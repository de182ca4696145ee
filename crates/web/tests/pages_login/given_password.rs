//! A password that an administrator chose, on pages.

use twinlock_core::user::Role;
use twinlock_service::admin::{self, CreateUser};
use twinlock_testkit::{Browser, TestApp};

use crate::{PENDING, SESSION, give_password, is_in, name_oneself};

const GIVEN: &str = "seven green gates in spring";
const NEW: &str = "seven blue doors in autumn";
const PAGE: &str = "/login/change-password";

async fn at_the_change(test: &TestApp) -> Browser<'_> {
    let mut browser = test.browser();
    name_oneself(&mut browser, "demo", "nora").await;
    let answer = give_password(&mut browser, "demo", "nora", GIVEN).await.expect(303);
    assert_eq!(answer.location(), PAGE);
    browser.open(PAGE).await.expect(200);
    browser
}

async fn nora(test: &TestApp) {
    let wanted = CreateUser {
        username: "nora".into(),
        email: None,
        display_name: None,
        role: Role::Member,
        password: Some(GIVEN.to_owned().into()),
    };
    admin::create_user_to_change(&test.app, "demo", wanted).await.unwrap();
}

#[tokio::test]
async fn the_page_asks_for_a_password_of_ones_own_and_goes_on() {
    let test = TestApp::start().await;
    nora(&test).await;
    let mut browser = at_the_change(&test).await;
    assert!(!browser.cookies.contains_key(SESSION));
    for (typed, said) in
        [("", "Type a new password."), ("short", "too short"), (GIVEN, "your present password")]
    {
        let page = browser.submit(PAGE, &[("new_password", typed)]).await.shown_again().text();
        assert!(page.contains(said), "{typed}: {page}");
    }
    let answer = browser.submit(PAGE, &[("new_password", NEW)]).await.expect(303);
    assert_eq!(answer.location(), "/account");
    assert!(is_in(&mut browser).await && !browser.cookies.contains_key(PENDING));
}

/// The change belongs to the browser in which it began; without one there is nothing to see.
#[tokio::test]
async fn the_page_is_of_one_browser() {
    let test = TestApp::start().await;
    nora(&test).await;
    let mut stranger = test.browser();
    assert_eq!(stranger.get(PAGE).await.expect(303).location(), "/login");
    let browser = at_the_change(&test).await;
    stranger.open("/t/demo/login").await.expect(200);
    stranger.cookies.insert(PENDING.to_owned(), browser.cookies[PENDING].clone());
    let page = stranger.get(PAGE).await;
    assert!(!page.text().contains("Choose your own password"), "{}", page.status);
    stranger.submit(PAGE, &[("new_password", NEW)]).await;
    assert!(!stranger.cookies.contains_key(SESSION));
    // It waits all the same.
    let mut browser = browser;
    browser.open(PAGE).await.expect(200);
    browser.submit(PAGE, &[("new_password", NEW)]).await.expect(303);
}
