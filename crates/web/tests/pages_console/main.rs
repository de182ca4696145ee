//! The console, as a browser without scripts sees it.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod audit;
mod deeds;
mod edits;
mod import;
mod off;
mod operators;
mod overview;
mod person;
mod policy;
mod readiness;
mod users;
mod walls;

use serde_json::json;
use twinlock_core::user::Role;
use twinlock_service::admin::{self, CreateUser};
use twinlock_testkit::{Authenticator, Browser, Caller, TestApp, app::PASSWORD};

const USERS: &str = "/api/v1/tenants/demo/users";
const DAY: i64 = 86_400;

/// Signs in to a tenant with the password alone, which must suffice.
async fn signed_in<'a>(test: &'a TestApp, tenant: &str, username: &str) -> Browser<'a> {
    let mut browser = first_lock(test, tenant, username).await;
    browser.open("/account").await.expect(200);
    browser
}

/// Gives name and password.
async fn first_lock<'a>(test: &'a TestApp, tenant: &str, username: &str) -> Browser<'a> {
    let mut browser = test.browser();
    browser.open(&format!("/t/{tenant}/login")).await.expect(200);
    let name = [("tenant_id", tenant), ("username", username), ("next", "")];
    browser.submit("/login", &name).await.expect(303);
    browser.open("/login/password").await.expect(200);
    let fields = [("tenant_id", tenant), ("username", username), ("password", PASSWORD), ("next", "")];
    browser.submit("/login/password", &fields).await.expect(303);
    browser
}

/// The first address in a page that begins like this, as the browser reads it.
fn address_with(html: &str, start: &str) -> Option<String> {
    html.split('"')
        .find(|text| text.starts_with(start))
        .map(|text| text.replace("&#38;", "&").replace("&amp;", "&"))
}

/// Enrols an app through the API and signs in on the pages with both locks: the proof is fresh.
async fn with_phone<'a>(test: &'a TestApp, username: &str) -> (Browser<'a>, Authenticator<'a>) {
    let phone = test.sign_in(username).await.enrol().await;
    (both_locks(test, username, &phone).await, phone)
}

/// Signs in on the pages with both locks.
async fn both_locks<'a>(test: &'a TestApp, username: &str, phone: &Authenticator<'_>) -> Browser<'a> {
    let mut browser = first_lock(test, "demo", username).await;
    browser.open("/login/mfa").await.expect(200);
    browser.submit("/login/mfa/app", &[("code", &phone.next_code())]).await.expect(303);
    browser.open("/account").await.expect(200);
    browser
}

/// One more person of the demo tenant, with the usual password.
async fn add(test: &TestApp, name: &str, role: Role, email: Option<&str>) {
    let wanted = CreateUser {
        username: name.into(),
        email: email.map(str::to_owned),
        display_name: None,
        role,
        password: Some(PASSWORD.to_owned().into()),
    };
    admin::create_user(&test.app, "demo", wanted).await.unwrap();
}

/// The page of somebody, as the list of this browser links it.
async fn page_of(browser: &mut Browser<'_>, name: &str) -> String {
    let html = browser.get(&format!("/console/users?search={name}")).await.expect(200).text();
    let found = html.split("href=\"").skip(1).map(|rest| rest.split('"').next().unwrap());
    let mut found = found.filter(|href| href.starts_with("/console/users/") && href.len() == 51);
    found.next().unwrap_or_else(|| panic!("nobody is called {name}")).to_owned()
}

/// What an administrator reads of somebody over the API.
async fn person(by: &Caller<'_>, name: &str) -> serde_json::Value {
    let found = by.get(&format!("{USERS}?search={name}")).await.expect(200).json();
    found["items"][0].clone()
}

/// Requires a second factor of everybody, with so many days of grace.
async fn enforce(by: &Caller<'_>, days: u32) {
    let wanted = json!({ "mfa_required": true, "mfa_grace_period_days": days });
    by.patch("/api/v1/tenants/demo/settings", wanted).await.expect(200);
}
