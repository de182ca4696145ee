//! A forgotten password.

use twinlock_testkit::{TestApp, app::PASSWORD};

use crate::{at_the_second_lock, give_password, is_in, name_oneself, with_password};

pub async fn ask(test: &TestApp, tenant: &str, email: &str) -> String {
    let mut browser = test.browser();
    browser.get(&format!("/t/{tenant}/login/forgot")).await.expect(200);
    let answer =
        browser.submit("/login/forgot", &[("tenant_id", tenant), ("email", email)]).await.expect(303);
    assert_eq!(answer.location(), "/login/forgot/sent");
    browser.open("/login/forgot/sent").await.expect(200).text().replace(email, "EMAIL")
}

pub async fn path_of_the_mailed_link(test: &TestApp, to: &str) -> String {
    let link = test.mails_to(to).await.last().expect("a mail").link();
    link.strip_prefix("http://localhost:8080").expect("a link to the public address").to_owned()
}

/// attacks.md row 42: the page is the same for an address that has an account and one that has none.
#[tokio::test]
async fn the_answer_does_not_tell_whether_there_is_such_an_account() {
    let test = TestApp::start().await;
    let known = ask(&test, "demo", "mia@demo.example").await;
    assert!(known.contains("Check your mail") && known.contains("<b>EMAIL</b>"));
    assert_eq!(known, ask(&test, "demo", "nobody@demo.example").await);
    assert_eq!(known, ask(&test, "nemo", "mia@demo.example").await);
    assert_eq!(test.mails().await.len(), 1);
}

#[tokio::test]
async fn an_address_must_look_like_one() {
    let test = TestApp::start().await;
    let mut browser = test.browser();
    browser.get("/login/forgot").await.expect(200);
    for (tenant, email, words) in [
        ("demo", "", "Type your email address."),
        ("demo", "mia", "look like an email address"),
        ("", "mia@demo.example", "short name."),
        ("De mo", "", "small letters, digits"),
    ] {
        let fields = [("tenant_id", tenant), ("email", email)];
        let page = browser.submit("/login/forgot", &fields).await.shown_again().text();
        assert!(page.contains(words), "{tenant} {email}");
    }
    assert_eq!(browser.get("/login/forgot/sent").await.expect(303).location(), "/login/forgot");
    assert!(test.mails().await.is_empty());
}

/// attacks.md row 33: a new password by mail signs nobody in, and the second lock is still asked for.
#[tokio::test]
async fn the_mailed_link_sets_a_password_and_opens_no_session() {
    let test = TestApp::start().await;
    let (_, phone) = at_the_second_lock(&test, "mia").await;
    let mut signed_in = with_password(&test, "adam").await;
    ask(&test, "demo", "mia@demo.example").await;
    let path = path_of_the_mailed_link(&test, "mia@demo.example").await;
    let mut browser = test.browser();
    // Opening it, even twice, uses nothing up.
    for _ in 0..2 {
        assert!(browser.get(&path).await.expect(200).text().contains("value=\"mia\""));
    }
    for (weak, words) in
        [("", "Type a new password."), ("short", "Use at least 12 characters"), ("password1234", "guesser")]
    {
        let page = browser.submit(&path, &[("new_password", weak)]).await.shown_again().text();
        assert!(page.contains(words), "{weak}");
        assert!(weak.is_empty() || !page.contains(&format!("\"{weak}\"")));
    }
    let new = "violet teapot marches north";
    let answer = browser.submit(&path, &[("new_password", new)]).await.expect(303);
    assert_eq!(answer.location(), "/login?done=password-reset");
    assert!(!is_in(&mut browser).await && is_in(&mut signed_in).await);
    assert!(browser.open("/login?done=password-reset").await.text().contains("Your new password is set."));

    name_oneself(&mut browser, "demo", "mia").await;
    give_password(&mut browser, "demo", "mia", PASSWORD).await.shown_again();
    assert_eq!(give_password(&mut browser, "demo", "mia", new).await.expect(303).location(), "/login/mfa");
    browser.open("/login/mfa").await.expect(200);
    browser.submit("/login/mfa/app", &[("code", &phone.next_code())]).await.expect(303);
    assert!(is_in(&mut browser).await);
}
