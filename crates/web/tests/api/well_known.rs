//! What browsers, password managers and researchers ask for under fixed addresses.

use twinlock_testkit::{TestApp, TestSettings};

#[tokio::test]
async fn password_managers_are_led_to_the_password_page() {
    let test = TestApp::start().await;
    let answer = test.anonymous().get("/.well-known/change-password").await.expect(302);
    assert_eq!(answer.header("location"), "/account/password");
    // W3C, Detecting the reliability of HTTP status codes: what is not there is not 200.
    test.anonymous()
        .get("/.well-known/resource-that-should-not-exist-whose-status-code-should-not-be-200")
        .await
        .refused(404, "not_found");
}

#[tokio::test]
async fn who_is_told_of_a_fault_is_published_only_where_it_is_set() {
    let test = TestApp::start().await;
    test.anonymous().get("/.well-known/security.txt").await.refused(404, "not_found");
    let contact = Some("mailto:security@id.example".to_owned());
    let test = TestApp::with(TestSettings { security_contact: contact, ..TestSettings::default() }).await;
    let answer = test.anonymous().get("/.well-known/security.txt").await.expect(200);
    assert_eq!(answer.header("content-type"), "text/plain; charset=utf-8");
    let text = answer.text();
    let expected = "Contact: mailto:security@id.example\nExpires: 2026-08-29T00:00:00Z\n\
        Preferred-Languages: en\nCanonical: http://localhost:8080/.well-known/security.txt\n";
    assert_eq!(text, expected);
    test.clock.advance_secs(86_400);
    let later = test.anonymous().get("/.well-known/security.txt").await.expect(200).text();
    assert!(later.contains("Expires: 2026-08-30T00:00:00Z"), "{later}");
}

/// Each picture is what it says it is, may be kept for a day, and is linked from the pages.
#[tokio::test]
async fn the_site_has_its_pictures_under_the_addresses_that_everybody_asks_for() {
    let test = TestApp::start().await;
    let png: &[u8] = b"\x89PNG\r\n\x1a\n";
    for (path, kind, begin) in [
        ("/favicon.ico", "image/x-icon", &[0_u8, 0, 1, 0][..]),
        ("/apple-touch-icon.png", "image/png", png),
        ("/icon-192.png", "image/png", png),
        ("/icon-512.png", "image/png", png),
        ("/site.webmanifest", "application/manifest+json", b"{"),
    ] {
        let answer = test.anonymous().get(path).await.expect(200);
        assert_eq!(answer.header("content-type"), kind, "{path}");
        assert_eq!(answer.header("cache-control"), "public, max-age=86400", "{path}");
        assert!(answer.body.starts_with(begin), "{path}");
    }
    let page = test.anonymous().get("/login").await.expect(200);
    assert!(page.header("content-security-policy").contains("manifest-src 'self'"));
    let manifest = test.anonymous().get("/site.webmanifest").await.expect(200).json();
    let icons =
        manifest["icons"].as_array().unwrap().iter().map(|icon| icon["src"].as_str().unwrap().to_owned());
    let linked = ["/favicon.ico", "/apple-touch-icon.png", "/site.webmanifest"].map(str::to_owned);
    for path in linked {
        assert!(page.text().contains(&format!("href=\"{path}\"")), "{path} is linked from no page");
    }
    for path in icons {
        test.anonymous().get(&path).await.expect(200);
    }
}
