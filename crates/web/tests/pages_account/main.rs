//! One's own account, as a browser without scripts sees it.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod confirm;
mod docs;
mod enrollment;
mod expired;
mod guide;
mod keys;
mod limited;
mod off;
mod own_keys;
mod password;
mod profile;
mod proof;
mod readiness;
mod required;
mod saved_codes;
mod second_factors;
mod sessions;
mod twice;
mod walls;

use serde_json::json;
use twinlock_testkit::{Answer, Authenticator, Browser, TestApp, app::PASSWORD};

const CHOOSE: &str = "/account/security/enrol/choose";
const APP: &str = "/account/security/enrol/app";
const SESSION: &str = "twinlock_session";

/// Signs in with the password alone, which must suffice.
async fn signed_in<'a>(test: &'a TestApp, username: &str) -> Browser<'a> {
    let mut browser = with_password(test, username, PASSWORD).await;
    browser.open("/account").await.expect(200);
    browser
}

/// Gives name and password.
async fn with_password<'a>(test: &'a TestApp, username: &str, password: &str) -> Browser<'a> {
    let mut browser = test.browser();
    browser.open("/t/demo/login").await.expect(200);
    let name = [("tenant_id", "demo"), ("username", username), ("next", "")];
    browser.submit("/login", &name).await.expect(303);
    browser.open("/login/password").await.expect(200);
    let fields = [("tenant_id", "demo"), ("username", username), ("password", password), ("next", "")];
    browser.submit("/login/password", &fields).await.expect(303);
    browser
}

/// Signs in with both locks.
async fn with_both<'a>(test: &'a TestApp, username: &str, code: &str) -> Browser<'a> {
    let mut browser = with_password(test, username, PASSWORD).await;
    browser.open("/login/mfa").await.expect(200);
    browser.submit("/login/mfa/app", &[("code", code)]).await.expect(303);
    browser.open("/account").await.expect(200);
    browser
}

/// Goes as far as the page that shows the secret; answers the phone that read it.
async fn scan<'a>(test: &'a TestApp, browser: &mut Browser<'_>, name: &str) -> Authenticator<'a> {
    browser.get(CHOOSE).await.expect(200);
    let answer = browser.submit(CHOOSE, &[("kind", "app"), ("name", name)]).await.expect(303);
    assert_eq!(answer.location(), APP);
    phone(test, &browser.get(APP).await.expect(200).text(), vec![])
}

/// The phone that holds the secret of an app page.
fn phone<'a>(test: &'a TestApp, html: &str, codes: Vec<String>) -> Authenticator<'a> {
    Authenticator::of(test, &json!({ "secret": secret_in(html), "backup_codes": codes }))
}

/// The secret as it is shown for typing by hand.
fn secret_in(html: &str) -> String {
    let shown = html.split("data-secret").nth(1).expect("a secret").split("</p>").next().unwrap();
    shown.split("<span>").skip(1).map(|group| group.split('<').next().unwrap()).collect()
}

/// The recovery codes of a page; none when it shows none.
fn codes_in(html: &str) -> Vec<String> {
    let Some(list) = html.split("data-codes").nth(1) else { return vec![] };
    let items = list.split("</ol>").next().unwrap().split("<li>").skip(1);
    let digits = |item: &str| item.chars().filter(char::is_ascii_digit).collect();
    items.map(|item| digits(item.split("</li>").next().unwrap())).collect()
}

/// Enrols the first app and saves the recovery codes: the phone knows them.
async fn enrol<'a>(test: &'a TestApp, browser: &mut Browser<'_>) -> Authenticator<'a> {
    let phone = enrol_without_saving(test, browser).await;
    browser.submit(ENROL_CODES, &[]).await.expect(303);
    phone
}

/// The same up to the page that shows the recovery codes.
async fn enrol_without_saving<'a>(test: &'a TestApp, browser: &mut Browser<'_>) -> Authenticator<'a> {
    let mut phone = scan(test, browser, "Phone").await;
    let fields = [("name", "Phone"), ("code", &phone.code())];
    let answer = browser.submit(APP, &fields).await;
    phone.recovery_codes = codes_after(browser, &answer).await;
    phone
}

/// The recovery codes of the page that an act leads to.
async fn codes_after(browser: &mut Browser<'_>, answer: &Answer) -> Vec<String> {
    assert_eq!(answer.status, 303, "{}", answer.text());
    codes_in(&browser.get(answer.location()).await.expect(200).text())
}

const ENROL_CODES: &str = "/account/security/enrol/codes";

/// Proves the second factor once more, for `next`.
async fn confirm(browser: &mut Browser<'_>, next: &str, code: &str) -> Answer {
    browser.get(&format!("/account/confirm?next={next}")).await.expect(200);
    browser.submit("/account/confirm", &[("next", next), ("code", code)]).await
}

/// The addresses of a page's forms and links that end like this.
fn address_ending<'a>(html: &'a str, end: &str) -> Option<&'a str> {
    html.split('"').find(|text| text.starts_with("/account/") && text.ends_with(end))
}
