//! `/guide…`, `/llms.txt`: the guide on the server itself.

use twinlock_testkit::TestApp;

use crate::signed_in;

#[tokio::test]
async fn programs_find_every_page_as_markdown_from_one_index() {
    let test = TestApp::start().await;
    let caller = test.anonymous();
    let index = caller.get("/llms.txt").await.expect(200);
    assert_eq!(index.header("content-type"), "text/plain; charset=utf-8");
    let index = index.text();
    let (mut pages, origin) = (0, "http://localhost:8080");
    for link in index.split("](").skip(1).filter_map(|rest| rest.split(')').next()) {
        let path = link.strip_prefix(origin).unwrap_or_else(|| panic!("{link}"));
        let answer = caller.get(path).await.expect(200);
        if let Some(page) = path.strip_suffix(".md") {
            pages += 1;
            assert_eq!(answer.header("content-type"), "text/markdown; charset=utf-8", "{path}");
            let title = answer.text().lines().next().unwrap_or_default().to_owned();
            assert!(title.starts_with("# "), "{path}: {title}");
            test.browser().get(page).await.expect(200);
        }
    }
    assert!(pages > 30, "{index}");
}

#[tokio::test]
async fn links_of_every_page_lead_to_a_page_here() {
    let test = TestApp::start().await;
    let mut browser = test.browser();
    let index = browser.get("/guide").await.expect(200).text();
    for path in hrefs(&index).filter(|href| href.starts_with("/guide/")) {
        let page = browser.get(path).await.expect(200).text();
        let article = page.split("<article").nth(1).and_then(|rest| rest.split("</article>").next());
        let article = article.expect("an article");
        assert!(!article.contains(".md\""), "{path}");
        let base = url::Url::parse("http://localhost:8080").expect("a base").join(path).expect("a page");
        for href in hrefs(article).filter(|href| !href.starts_with("https://")) {
            let target = base.join(href).expect("an address");
            let there = browser.get(target.path()).await.expect(200).text();
            if let Some(id) = target.fragment() {
                assert!(there.contains(&format!("id=\"{id}\"")), "{path}: {href}");
            }
        }
    }
}

#[tokio::test]
async fn the_guide_is_for_everybody_and_keeps_the_navigation_of_who_is_signed_in() {
    let test = TestApp::start().await;
    let mut member = signed_in(&test, "mia").await;
    assert!(member.get("/guide/people/keys").await.expect(200).text().contains("Sign out"));
    let mut browser = test.browser();
    assert!(browser.get("/guide/people/keys").await.expect(200).text().contains("Sign in"));
    let picture = browser.get("/guide/images/second-lock.png").await.expect(200);
    assert_eq!(picture.header("content-type"), "image/png");
}

#[tokio::test]
async fn what_is_no_page_of_the_guide_is_not_there() {
    let test = TestApp::start().await;
    let mut browser = test.browser();
    for path in [
        "/guide/SUMMARY",
        "/guide/SUMMARY.md",
        "/guide/people",
        "/guide/nothing.md",
        "/guide/..%2fCargo.toml",
    ] {
        browser.get(path).await.expect(404);
    }
}

fn hrefs(html: &str) -> impl Iterator<Item = &str> {
    html.split("href=\"").skip(1).filter_map(|rest| rest.split('"').next())
}
