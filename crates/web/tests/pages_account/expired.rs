//! Forms that were open for too long.

use axum::http::Method;
use twinlock_testkit::{Browser, TestApp, app::PASSWORD};

use crate::{SESSION, signed_in};

/// The hidden fields of a page but the token.
fn kept(html: &str) -> Vec<(&str, &str)> {
    let inputs = html.split("<input type=\"hidden\" ").skip(1);
    let quoted = |text: &'static str| move |input: &'_ str| input.find(text).map(|at| at + text.len());
    let value = |input: &'_ str, of: &'static str| {
        let from = quoted(of)(input).unwrap();
        from..from + input[from..].find('"').unwrap()
    };
    let pairs = inputs.map(|input| (&input[value(input, "name=\"")], &input[value(input, "value=\"")]));
    pairs.filter(|(name, _)| *name != "csrf").collect()
}

async fn again(browser: &mut Browser<'_>, path: &str, html: &str) -> twinlock_testkit::Answer {
    assert!(html.contains(&format!("action=\"{path}\"")) && html.contains("Send again"), "{html}");
    browser.submit(path, &kept(html)).await
}

#[tokio::test]
async fn a_stale_form_is_sent_again_with_what_was_typed() {
    let test = TestApp::start().await;
    let mut browser = signed_in(&test, "mia").await;
    let fields = [
        ("csrf", "of an earlier session"),
        ("display_name", "Mía López"),
        ("email", "mia@demo.example"),
        ("current_password", "words that are secret"),
        ("mail_code", "12345678"),
        ("anything", "else"),
    ];
    let html = browser.post_form("/account/profile", &fields).await.expect(403).text();
    assert!(html.contains("You are signed in as <b>mia</b>"), "{html}");
    assert_eq!(kept(&html), [("display_name", "Mía López"), ("email", "mia@demo.example")]);
    let saved = again(&mut browser, "/account/profile", &html).await.expect(303);
    assert_eq!(saved.location(), "/account/profile?done=saved");
    assert!(browser.get("/account/profile").await.text().contains("Mía López"));
}

/// The cookie of the sign-in was lost, or another tab signed in and out: the password is typed once more,
/// and nothing else.
#[tokio::test]
async fn a_stale_sign_in_asks_for_the_password_again_and_for_nothing_else() {
    let test = TestApp::start().await;
    let mut browser = test.browser();
    let fields = [
        ("csrf", "stale"),
        ("tenant_id", "demo"),
        ("username", "mia"),
        ("password", PASSWORD),
        ("next", "/account/sessions"),
    ];
    let html = browser.post_form("/login/password", &fields).await.expect(403).text();
    assert!(!html.contains(PASSWORD) && !html.contains("You are signed in"), "{html}");
    let form = again(&mut browser, "/login/password", &html).await.shown_again().text();
    assert!(form.contains("value=\"mia\"") && form.contains("value=\"/account/sessions\""), "{form}");
    let fields = [fields[1], fields[2], fields[3], fields[4]];
    let done = browser.submit("/login/password", &fields).await.expect(303);
    assert_eq!(done.location(), "/account/sessions");
}

/// attacks.md row 48: what may come from another page is not put before the person to be confirmed.
#[tokio::test]
async fn only_our_own_forms_are_offered_again() {
    let test = TestApp::start().await;
    let browser = signed_in(&test, "mia").await;
    let cookie = format!("{SESSION}={}", browser.cookies[SESSION]);
    let stranger = test.anonymous().with_header("cookie", &cookie);
    let (form, body) = ("application/x-www-form-urlencoded", "display_name=Eve&email=eve%40evil.example");
    for sender in [stranger.clone(), stranger.clone().with_header("sec-fetch-site", "none")] {
        let answer = sender.raw(Method::POST, "/account/profile", form, body).await.expect(403);
        assert!(answer.text().contains("This page is out of date"), "{}", answer.text());
        assert!(
            !answer.text().contains("Send again") && !answer.text().contains("evil"),
            "{}",
            answer.text()
        );
    }
    for (name, value) in [("origin", "https://evil.example"), ("sec-fetch-site", "cross-site")] {
        let sender = stranger.clone().with_header(name, value);
        let answer = sender.raw(Method::POST, "/account/profile", form, body).await.expect(403);
        assert!(!answer.text().contains("Send again"), "{}", answer.text());
    }
}
