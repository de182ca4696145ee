//! The console, as a browser without scripts sees it.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod audit;
mod overview;
mod policy;
mod walls;

use twinlock_testkit::{Browser, TestApp, app::PASSWORD};

/// Signs in to a tenant with the password alone, which must suffice.
async fn signed_in<'a>(test: &'a TestApp, tenant: &str, username: &str) -> Browser<'a> {
    let mut browser = test.browser();
    browser.open(&format!("/t/{tenant}/login")).await.expect(200);
    browser
        .submit("/login", &[("tenant_id", tenant), ("username", username), ("next", "")])
        .await
        .expect(303);
    browser.open("/login/password").await.expect(200);
    let fields = [("tenant_id", tenant), ("username", username), ("password", PASSWORD), ("next", "")];
    browser.submit("/login/password", &fields).await.expect(303);
    browser.open("/account").await.expect(200);
    browser
}

/// The first address in a page that begins like this, as the browser reads it.
fn address_with(html: &str, start: &str) -> Option<String> {
    html.split('"')
        .find(|text| text.starts_with(start))
        .map(|text| text.replace("&#38;", "&").replace("&amp;", "&"))
}
