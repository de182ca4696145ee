//! With second factors switched off on the server, no page leads to what is closed.

use std::collections::BTreeSet;

use twinlock_testkit::{Browser, TestApp, TestSettings};

use super::{page_of, signed_in};

/// The addresses of our own that a page links to or sends to.
fn ways(html: &str) -> BTreeSet<String> {
    let found = ["href=\"/", "action=\"/"].into_iter().flat_map(|mark| html.split(mark).skip(1));
    let way = |rest: &str| format!("/{}", rest.split(['"', '#', '?']).next().unwrap());
    found.map(way).filter(|way| !way.starts_with("/assets") && way != "/logout").collect()
}

/// Follows every way of every page from the home on; answers the pages that were found.
async fn walk(browser: &mut Browser<'_>, begin: &[String]) -> Vec<(String, String)> {
    let mut ahead: Vec<String> = begin.to_vec();
    let (mut seen, mut pages) = (BTreeSet::new(), Vec::new());
    while let Some(path) = ahead.pop() {
        if !seen.insert(path.clone()) || path.starts_with("/guide/") {
            continue;
        }
        let answer = browser.get(&path).await;
        let status = answer.status.as_u16();
        assert!(status != 404, "a page leads to {path}, which is not there");
        if status == 200 && answer.header("content-type").starts_with("text/html") {
            let html = answer.text();
            ahead.extend(ways(&html));
            pages.push((path, html));
        }
    }
    pages
}

#[tokio::test]
async fn no_page_leads_to_what_is_closed_or_offers_it() {
    let test = TestApp::with(TestSettings { mfa_enabled: false, ..TestSettings::default() }).await;
    let mut olga = signed_in(&test, "demo", "olga").await;
    let mia = page_of(&mut olga, "mia").await;
    let begin = ["/account", "/console", "/help/mfa", "/login", &mia].map(str::to_owned);
    let pages = walk(&mut olga, &begin).await;
    assert!(pages.len() > 12, "{}", pages.len());
    // The log has what happened before, and the guide and the API's page are the same for every server.
    let elsewhere = ["/console/audit", "/guide", "/api/docs"];
    for (path, html) in pages.iter().filter(|(path, _)| !elsewhere.contains(&path.as_str())) {
        for closed in [
            "Enable MFA",
            "Disable MFA",
            "Reset MFA",
            "MFA status",
            "Require MFA",
            "/console/mfa",
            "enrol",
            "How two locks work",
        ] {
            assert!(!html.contains(closed), "{path} speaks of {closed}");
        }
    }
}

#[tokio::test]
async fn settings_of_second_factors_stay_while_they_are_off() {
    let test = TestApp::with(TestSettings { mfa_enabled: false, ..TestSettings::default() }).await;
    let mut olga = signed_in(&test, "demo", "olga").await;
    let html = olga.get("/console/settings").await.expect(200).text();
    let version =
        html.split("name=\"version\" value=\"").nth(1).unwrap().split('"').next().unwrap().to_owned();
    let form = [
        ("session_lifetime_minutes", "2"),
        ("session_lifetime_unit", "hours"),
        ("password_min_length", "14"),
        ("version", &version),
        ("then", "save"),
    ];
    olga.submit("/console/settings/preview", &form).await.expect(303);
    let now = test.sign_in("olga").await.get("/api/v1/tenants/demo/settings").await.expect(200).json();
    assert_eq!((&now["session_lifetime_minutes"], &now["password_min_length"]), (&120.into(), &14.into()));
    assert_eq!(now["mfa_allowed_methods"], serde_json::json!(["totp", "webauthn"]));
}
