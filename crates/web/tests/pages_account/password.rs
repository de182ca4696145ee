//! A new password for the old one.

use twinlock_testkit::{TestApp, app::PASSWORD};

use crate::{signed_in, with_password};

const PAGE: &str = "/account/password";
const NEW: &str = "violet teapot marches north";

#[tokio::test]
async fn the_password_is_changed_and_other_sessions_end() {
    let test = TestApp::start().await;
    let mut browser = signed_in(&test, "mia").await;
    let mut elsewhere = signed_in(&test, "mia").await;
    assert!(browser.get(PAGE).await.expect(200).text().contains("At least 12 characters."));
    let fields = [("username", "mia"), ("current_password", PASSWORD), ("new_password", NEW)];
    let answer = browser.submit(PAGE, &fields).await.expect(303);
    assert_eq!(answer.location(), "/account/security?done=password-changed");
    assert!(browser.get(answer.location()).await.expect(200).text().contains("Your password is changed."));
    elsewhere.get("/account").await.expect(303);
    with_password(&test, "mia", NEW).await.get("/account").await.expect(200);
}

#[tokio::test]
async fn mistakes_are_told_at_their_field_and_nothing_typed_is_repeated() {
    let test = TestApp::start().await;
    let mut browser = signed_in(&test, "mia").await;
    browser.get(PAGE).await.expect(200);
    for (current, new, words) in [
        ("", NEW, "Type your password."),
        (PASSWORD, "", "Type a new password."),
        ("wrong-guess", NEW, "That password didn"),
        (PASSWORD, "too-short", "Use at least 12 characters"),
        (PASSWORD, "password1234", "guesser"),
        (PASSWORD, "aaaaaaaaaaaaaaaa", "easy to guess"),
    ] {
        let fields = [("current_password", current), ("new_password", new)];
        let page = browser.submit(PAGE, &fields).await.shown_again().text();
        assert!(page.contains(words), "{current} {new}");
        for typed in [current, new] {
            assert!(typed.is_empty() || !page.contains(&format!("\"{typed}\"")), "{typed}");
        }
    }
    signed_in(&test, "mia").await;
}

#[tokio::test]
async fn wrong_current_passwords_are_slowed_down() {
    let test = TestApp::start().await;
    let mut browser = signed_in(&test, "mia").await;
    browser.get(PAGE).await.expect(200);
    for n in 0..10 {
        let fields = [("current_password", &*format!("wrong {n}")), ("new_password", NEW)];
        browser.submit(PAGE, &fields).await.shown_again();
    }
    let fields = [("current_password", "wrong"), ("new_password", NEW)];
    browser.submit(PAGE, &fields).await.shown_again();
}
