//! `/console`

use twinlock_testkit::{TestApp, app::TestSettings};

use crate::signed_in;

#[tokio::test]
async fn it_shows_how_far_things_are_and_what_is_worth_doing() {
    let test = TestApp::start().await;
    let mut olga = signed_in(&test, "demo", "olga").await;
    let html = olga.get("/console").await.expect(200).text();
    assert!(html.contains("0 of 4 people have one.") && html.contains("href=\"/console/mfa\""));
    // The figures are on the page of the status.
    let status = olga.get("/console/mfa").await.expect(200).text();
    for figure in ["<b>0 %</b>", "0 with MFA, 4 without", "class=\"card figure\""] {
        assert!(status.contains(figure) && !html.contains(figure), "{figure}");
    }
    assert!(html.contains("Add MFA for the root user") && html.contains("Urgent"));
    test.sign_in("olga").await.enrol().await;
    let mut adam = signed_in(&test, "demo", "adam").await;
    let html = adam.get("/console").await.expect(200).text();
    assert!(html.contains("1 of 4 people have one.") && !html.contains("Add MFA for the root user"));
}

#[tokio::test]
async fn without_second_factors_it_shows_none() {
    let test = TestApp::with(TestSettings { mfa_enabled: false, ..TestSettings::default() }).await;
    let mut olga = signed_in(&test, "demo", "olga").await;
    let html = olga.get("/console").await.expect(200).text();
    assert!(html.contains("Switch second factors on") && !html.contains("Second locks"));
}

/// Whoever looks after an organisation learns that one person's failures make everybody wait, and where to read on.
#[tokio::test]
async fn it_tells_of_a_proxy_that_the_server_was_not_told_of() {
    let test = TestApp::start().await;
    let mut olga = signed_in(&test, "demo", "olga").await;
    assert!(!olga.get("/console").await.expect(200).text().contains("Tell the server about its proxy"));
    test.anonymous().with_header("x-forwarded-for", "198.51.100.7").get("/login").await.expect(200);
    let html = olga.get("/console").await.expect(200).text();
    for words in [
        "Tell the server about its proxy",
        "Everybody counts as 127.0.0.1",
        "server.trusted_proxies",
        "href=\"/guide/operators/proxy\"",
    ] {
        assert!(html.contains(words), "{words}: {html}");
    }
    let mut guide = test.browser();
    assert!(guide.get("/guide/operators/proxy").await.expect(200).text().contains("trusted_proxies"));
}
