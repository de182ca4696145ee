//! The first start.

use twinlock_service::setup;
use twinlock_testkit::{TestApp, TestSettings};

use crate::{give_password, is_in, name_oneself};

pub const FIELDS: [(&str, &str); 6] = [
    ("tenant_name", "Acme"),
    ("tenant_id", "acme"),
    ("username", "olga"),
    ("email", "olga@acme.example"),
    ("display_name", ""),
    ("password", "violet teapot marches north"),
];

pub async fn offered() -> (TestApp, String) {
    let test = TestApp::empty(TestSettings::default()).await;
    let link = setup::offer(&test.app).await.unwrap().unwrap();
    let path = link.strip_prefix("http://localhost:8080").unwrap().to_owned();
    (test, path)
}

fn with<'a>(field: &'a str, value: &'a str) -> Vec<(&'a str, &'a str)> {
    FIELDS.iter().map(|(name, usual)| (*name, if *name == field { value } else { *usual })).collect()
}

/// attacks.md row 34: the link makes one owner, once.
#[tokio::test]
async fn the_printed_link_makes_the_first_owner_and_is_gone() {
    let (test, link) = offered().await;
    let mut browser = test.browser();
    browser.get(&link).await.expect(200);
    let mut second = test.browser();
    second.get(&link).await.expect(200);
    let answer = browser.submit(&link, &FIELDS).await.expect(303);
    // Signed in as far as that goes: an owner sets up a second factor before anything else.
    assert_eq!(answer.location(), "/login/enrol");
    browser.get("/login/enrol/choose").await.expect(200);
    let mut browser = test.browser();
    second.submit(&link, &with("username", "otto")).await.expect(410);
    second.get(&link).await.expect(410);
    assert!(setup::offer(&test.app).await.unwrap().is_none());
    name_oneself(&mut browser, "acme", "olga").await;
    let answer = give_password(&mut browser, "acme", "olga", FIELDS[5].1).await.expect(303);
    // Whoever administers an organisation made from now on sets up a second factor before anything else.
    assert_eq!(answer.location(), "/login/enrol");
    assert!(!is_in(&mut browser).await);
}

#[tokio::test]
async fn mistakes_are_shown_at_their_fields_and_use_nothing_up() {
    let (test, link) = offered().await;
    let mut browser = test.browser();
    browser.get(&link).await.expect(200);
    for (field, value, words) in [
        ("tenant_name", "", "What is your organisation called?"),
        ("tenant_id", "", "Type a short name."),
        ("tenant_id", "A cme", "Use small letters, digits and hyphens"),
        ("tenant_id", "system", "That name is reserved."),
        ("username", "", "Type the name you want to sign in with."),
        ("username", "o lga", "Use ordinary letters"),
        ("email", "", "Type your email address."),
        ("email", "olga", "look like an email address"),
        ("display_name", "a\u{202e}b", "Use at most 100 ordinary characters."),
        ("password", "", "Type a new password."),
        ("password", "acme olga", "Use at least 12 characters"),
    ] {
        let page = browser.submit(&link, &with(field, value)).await.shown_again().text();
        assert!(page.contains(words), "{field}={value}");
        assert!(!page.contains("violet teapot"), "{field}");
        assert!(field == "tenant_name" || page.contains("value=\"Acme\""), "{field}");
    }
    let page = browser.submit(&link, &[]).await.shown_again().text();
    assert_eq!(page.matches("aria-invalid").count(), 5);
    browser.submit(&link, &FIELDS).await.expect(303);
}

/// attacks.md row 34: nobody sets the server up without the printed link, nor with an old one.
#[tokio::test]
async fn a_guessed_or_old_link_opens_nothing() {
    let (test, link) = offered().await;
    let mut browser = test.browser();
    browser.get(&format!("/setup/{}", "A".repeat(43))).await.expect(410);
    browser.get(&link).await.expect(200);
    browser.submit(&format!("/setup/{}", "A".repeat(43)), &FIELDS).await.expect(410);
    browser.get(&link).await.expect(200);
    test.clock.advance_secs(3601);
    browser.submit(&link, &FIELDS).await.expect(410);
}

/// Whoever finds a server that nobody has set up learns what to do, and nothing else; afterwards it is a server like
/// others.
#[tokio::test]
async fn a_new_server_says_what_to_do_first() {
    let (test, link) = offered().await;
    let mut browser = test.browser();
    assert_eq!(browser.get("/").await.expect(303).location(), "/login");
    for page in ["/login", "/login?next=%2Fconsole", "/t/acme/login"] {
        let page = browser.get(page).await.expect(200).text();
        assert!(
            page.contains("This server is new") && page.contains("create the first account at"),
            "{page}"
        );
        assert!(!page.contains("<form") && !page.contains(&link));
    }
    browser.get(&link).await.expect(200);
    browser.submit(&link, &FIELDS).await.expect(303);
    let page = test.browser().get("/login").await.expect(200).text();
    assert!(page.contains("<form") && !page.contains("This server is new"));
}
