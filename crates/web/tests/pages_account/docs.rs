//! `/api/docs`.

use twinlock_testkit::TestApp;

use crate::signed_in;

#[tokio::test]
async fn the_api_is_described_without_a_script_or_an_outside_request() {
    let test = TestApp::start().await;
    let page = test.browser().get("/api/docs").await.expect(200).text();
    assert!(page.contains("/api/v1/auth/login") && page.contains("/api/v1/openapi.json"));
    assert!(!page.contains("<script") && !page.contains("$ref"));
    let elsewhere = ["src=\"http", "href=\"http", "src=\"//", "href=\"//", "@import"];
    assert!(elsewhere.iter().all(|text| !page.contains(text)));
    let mut member = signed_in(&test, "mia").await;
    assert!(member.get("/api/docs").await.expect(200).text().contains("Sign out"));
}

#[tokio::test]
async fn every_operation_is_on_the_page() {
    let test = TestApp::start().await;
    let page = test.browser().get("/api/docs").await.expect(200).text();
    let document = test.anonymous().get("/api/v1/openapi.json").await.expect(200).json();
    for (path, item) in document["paths"].as_object().expect("paths") {
        assert!(page.contains(&format!(">{path}<")), "{path}");
        for method in item.as_object().expect("methods").keys() {
            assert!(page.contains(&format!(">{}<", method.to_uppercase())), "{method}");
        }
    }
}
