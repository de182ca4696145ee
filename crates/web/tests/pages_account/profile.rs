//! The name for people, and the address.

use twinlock_testkit::{TestApp, app::PASSWORD};

use crate::{enrol, signed_in};

const PAGE: &str = "/account/profile";
const OLD: &str = "mia@demo.example";
const NEW: &str = "mia@new.example";

#[tokio::test]
async fn the_name_is_changed_at_once() {
    let test = TestApp::start().await;
    let mut browser = signed_in(&test, "mia").await;
    assert!(browser.get(PAGE).await.expect(200).text().contains("value=\"mia@demo.example\""));
    let answer = browser.submit(PAGE, &[("display_name", "Mia <3"), ("email", OLD)]).await.expect(303);
    assert_eq!(answer.location(), "/account/profile?done=saved");
    assert!(browser.get(answer.location()).await.text().contains("<b>Saved.</b>"));
    assert!(browser.get("/account").await.text().contains("Hello, Mia &#60;3"));
    assert!(test.mails().await.is_empty());
}

#[tokio::test]
async fn a_new_address_counts_once_its_link_is_opened() {
    let test = TestApp::start().await;
    let mut browser = signed_in(&test, "mia").await;
    browser.get(PAGE).await.expect(200);
    let change = [("display_name", "Mia"), ("email", NEW), ("current_password", PASSWORD)];
    let answer = browser.submit(PAGE, &change).await.expect(303);
    assert_eq!(answer.location(), "/account/profile?done=confirm-mail-sent");
    let page = browser.get(answer.location()).await.text();
    assert!(page.contains("Check your mail.") && page.contains("One address waits for you."));
    let home = browser.get("/account").await.text();
    assert!(home.contains(OLD) && home.contains("Confirm your email address") && home.contains(NEW));
    assert_eq!(test.mails_to(NEW).await.len(), 1);
    assert_eq!(test.mails_to(OLD).await.len(), 1);
}

#[tokio::test]
async fn a_new_address_needs_the_password() {
    let test = TestApp::start().await;
    let mut browser = signed_in(&test, "mia").await;
    browser.get(PAGE).await.expect(200);
    for (password, words) in [("", "Type your password."), ("wrong", "That password didn")] {
        let change = [("display_name", "Mia"), ("email", NEW), ("current_password", password)];
        let page = browser.submit(PAGE, &change).await.shown_again().text();
        assert!(page.contains(words) && page.contains("value=\"mia@new.example\""));
        assert!(page.contains("value=\"Mia\"") && !page.contains("value=\"wrong\""));
    }
    assert!(test.mails().await.is_empty());
}

#[tokio::test]
async fn what_cannot_be_a_name_or_an_address_is_told_at_the_field() {
    let test = TestApp::start().await;
    let mut browser = signed_in(&test, "mia").await;
    browser.get(PAGE).await.expect(200);
    let long = "x".repeat(101);
    for (name, email, words) in [
        ("Mia", "mia@", "look like an email address"),
        ("Mia", "", "look like an email address"),
        (&*long, OLD, "at most 100"),
        ("Mi\u{202e}a", OLD, "at most 100"),
    ] {
        let change = [("display_name", name), ("email", email), ("current_password", PASSWORD)];
        let page = browser.submit(PAGE, &change).await.shown_again().text();
        assert!(page.contains(words), "{name} {email}");
    }
}

#[tokio::test]
async fn with_mfa_on_a_new_address_needs_a_factor() {
    let test = TestApp::start().await;
    let mut browser = signed_in(&test, "mia").await;
    let phone = enrol(&test, &mut browser).await;
    let mails = test.mails().await.len();
    test.clock.advance_secs(601);
    assert!(!browser.get(PAGE).await.expect(200).text().contains("current_password"));
    let change = [("display_name", "Mia"), ("email", NEW)];
    let asked = "/account/confirm?next=%2Faccount%2Fprofile";
    assert_eq!(browser.submit(PAGE, &change).await.expect(303).location(), asked);
    assert_eq!(test.mails().await.len(), mails);
    crate::confirm(&mut browser, PAGE, &phone.code()).await.expect(303);
    browser.get(PAGE).await.expect(200);
    browser.submit(PAGE, &change).await.expect(303);
    assert_eq!(test.mails_to(NEW).await.len(), 1);
}
