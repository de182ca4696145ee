//! Invitations, addresses, and links that no longer work.

use serde_json::json;
use twinlock_core::user::Role;
use twinlock_service::admin::{self, CreateUser};
use twinlock_testkit::{TestApp, app::PASSWORD};

use crate::{is_in, with_password};

pub const GOOD: &str = "violet teapot marches north";

pub fn path(link: &str) -> String {
    link.strip_prefix("http://localhost:8080").expect("a link to the public address").to_owned()
}

pub async fn invite(test: &TestApp) -> String {
    let wanted = CreateUser {
        username: "ines".into(),
        email: Some("ines@demo.example".into()),
        display_name: None,
        role: Role::Member,
        password: None,
    };
    path(&admin::create_user(&test.app, "demo", wanted).await.unwrap().invitation.unwrap())
}

/// attacks.md row 32: opening a link uses nothing up, its form uses it up once.
#[tokio::test]
async fn an_invitation_sets_the_first_password_and_signs_in() {
    let test = TestApp::start().await;
    let link = invite(&test).await;
    let mut browser = test.browser();
    for _ in 0..2 {
        let page = browser.get(&link).await.expect(200).text();
        assert!(page.contains("Welcome to Demo organisation") && page.contains("<b>ines</b>"));
    }
    let mut late = test.browser();
    late.get(&link).await.expect(200);
    browser.submit(&link, &[("password", "")]).await.shown_again();
    browser.submit(&link, &[("password", "ines1234")]).await.shown_again();
    assert_eq!(browser.submit(&link, &[("password", GOOD)]).await.expect(303).location(), "/account");
    assert!(is_in(&mut browser).await);
    late.submit(&link, &[("password", "another good password")]).await.expect(410);
    late.get(&link).await.expect(410);
    test.anonymous().sign_in("demo", "ines", GOOD).await;
}

#[tokio::test]
async fn whoever_accepts_an_invitation_leaves_the_session_they_had() {
    let test = TestApp::start().await;
    let link = invite(&test).await;
    let mut browser = with_password(&test, "adam").await;
    let earlier = browser.cookies.clone();
    browser.get(&link).await.expect(200);
    browser.submit(&link, &[("password", GOOD)]).await.expect(303);
    assert!(browser.get("/account").await.expect(200).text().contains("ines"));
    browser.cookies = earlier;
    assert!(!is_in(&mut browser).await);
}

#[tokio::test]
async fn an_address_is_confirmed_by_the_button_and_not_by_opening_the_link() {
    let test = TestApp::start().await;
    let mia = test.sign_in("mia").await;
    let change = json!({ "email": "mia@new.example", "current_password": PASSWORD });
    mia.patch("/api/v1/account", change).await.expect(200);
    let link = path(&test.mails_to("mia@new.example").await[0].link());
    let mut browser = test.browser();
    assert!(browser.get(&link).await.expect(200).text().contains("<b>mia@new.example</b>"));
    assert_eq!(mia.get("/api/v1/account").await.string("email"), "mia@demo.example");
    assert!(browser.submit(&link, &[]).await.shown_again().text().contains("is confirmed"));
    assert_eq!(mia.get("/api/v1/account").await.string("email"), "mia@new.example");
    assert!(!is_in(&mut browser).await);
    browser.get(&link).await.expect(410);
}

/// attacks.md row 32: a link that never was looks like one that was used, is too old, or is of another
/// kind.
#[tokio::test]
async fn all_dead_links_look_the_same() {
    let test = TestApp::start().await;
    let old = invite(&test).await;
    let token = old.rsplit('/').next().unwrap().to_owned();
    test.clock.advance_secs(7 * 24 * 3600 + 1);
    let mut browser = test.browser();
    let dead = browser.get(&old).await.expect(410).text();
    for path in [format!("/invite/{}", "A".repeat(43)), "/invite/x".into(), "/invite/%00".into()] {
        assert_eq!(browser.get(&path).await.expect(410).text(), dead, "{path}");
    }
    let fresh = invite_again(&test).await;
    for kind in ["reset", "confirm", "setup"] {
        for token in [&token, fresh.rsplit('/').next().unwrap()] {
            let answer = browser.get(&format!("/{kind}/{token}")).await.expect(410);
            assert!(!answer.text().contains("ines"), "{kind}");
        }
    }
}

async fn invite_again(test: &TestApp) -> String {
    let wanted = CreateUser {
        username: "ilse".into(),
        email: None,
        display_name: None,
        role: Role::Member,
        password: None,
    };
    path(&admin::create_user(&test.app, "demo", wanted).await.unwrap().invitation.unwrap())
}

/// attacks.md row 48: another site's page cannot use a link up.
#[tokio::test]
async fn the_form_of_a_link_belongs_to_the_browser_that_opened_it() {
    let test = TestApp::start().await;
    let link = invite(&test).await;
    let mut browser = test.browser();
    browser.get(&link).await.expect(200);
    browser.post_form(&link, &[("password", GOOD)]).await.expect(403);
    let mut other = test.browser();
    other.get(&link).await.expect(200);
    browser.post_form(&link, &[("password", GOOD), ("csrf", &other.csrf)]).await.expect(403);
    browser.get(&link).await.expect(200);
}
