//! `/console/audit`

use twinlock_testkit::TestApp;

use crate::{address_with, signed_in};

const PAGE: &str = "/console/audit";

#[tokio::test]
async fn it_tells_what_happened_newest_first() {
    let test = TestApp::start().await;
    signed_in(&test, "demo", "mia").await;
    test.clock.advance_secs(60);
    let mut olga = signed_in(&test, "demo", "olga").await;
    let html = olga.get(PAGE).await.expect(200).text();
    let (own, mias) = (html.find(">olga</a>").unwrap(), html.find(">mia</a>").unwrap());
    assert!(own < mias && html.contains("Signed in") && html.contains("127.0.0.1"));
    assert!(html.contains("2 Mar 2026, 10:01") && html.contains("sign_in.succeeded"));
}

#[tokio::test]
async fn filters_narrow_it_and_stay_in_the_form() {
    let test = TestApp::start().await;
    signed_in(&test, "demo", "mia").await;
    let mut olga = signed_in(&test, "demo", "olga").await;
    let asked =
        format!("{PAGE}?type=sign_in.succeeded&person=MIA%40demo.example&by=&from=2026-03-02&to=2026-03-02");
    let html = olga.get(&asked).await.expect(200).text();
    assert_eq!(html.matches("<summary>").count(), 1);
    assert!(
        html.contains("value=\"MIA@demo.example\"") && html.contains("value=\"sign_in.succeeded\" selected")
    );
    let file = address_with(&html, "/console/audit.csv").expect("a file");
    let answer = olga.get(&file).await.expect(200);
    assert!(answer.header("content-type").starts_with("text/csv"));
    assert!(answer.text().starts_with("\u{FEFF}\"id\""), "a spreadsheet is told that it is UTF-8");
    assert_eq!(answer.text().lines().count(), 2);
    let nothing = olga.get(&format!("{PAGE}?to=2026-03-01")).await.expect(200).text();
    assert!(nothing.contains("No such events") && !nothing.contains("audit.csv"));
}

#[tokio::test]
async fn what_cannot_be_looked_for_is_said_at_its_field() {
    let test = TestApp::start().await;
    let mut olga = signed_in(&test, "demo", "olga").await;
    let asked = "?person=nobody&by=%27+OR+1%3D1--&from=2026-02-30&to=soon";
    let html = olga.get(&format!("{PAGE}{asked}")).await.expect(200).text();
    assert_eq!(html.matches("aria-invalid").count(), 4);
    assert!(html.contains("Nothing to show") && !html.contains("<summary>"));
    let back = olga.get(&format!("/console/audit.csv{asked}")).await.expect(303);
    assert!(back.location().starts_with("/console/audit?person=nobody"), "{}", back.location());
}

#[tokio::test]
async fn a_long_log_comes_in_parts() {
    let test = TestApp::start().await;
    for _ in 0..60 {
        test.sign_in("mia").await;
        test.clock.advance_secs(1);
    }
    let mut olga = signed_in(&test, "demo", "olga").await;
    let first = olga.get(&format!("{PAGE}?person=mia&type=sign_in.succeeded")).await.expect(200).text();
    assert_eq!(first.matches("<summary>").count(), 50);
    let next = address_with(&first, "/console/audit?type=sign_in.succeeded&#38;person=mia&#38;cursor=")
        .expect("a second part");
    let second = olga.get(&next).await.expect(200).text();
    assert_eq!(second.matches("<summary>").count(), 10);
    assert!(second.contains("Newest") && !second.contains("rel=\"next\""));
    // A place that is none is the beginning.
    let lost = olga.get(&format!("{PAGE}?person=mia&cursor=AAAA")).await.expect(303);
    assert_eq!(lost.location(), "/console/audit?person=mia");
}

/// attacks.md row 66: nothing of another organisation can be asked for, not even by a name or an id.
#[tokio::test]
async fn another_organisations_people_are_unknown() {
    let test = TestApp::start().await;
    let id = test.sign_in("bob").await.get("/api/v1/account").await.expect(200).string("id");
    let mut otto = signed_in(&test, "other", "otto").await;
    assert!(otto.get(&format!("{PAGE}?person=bob")).await.text().contains("Nobody here has that name"));
    let html = otto.get(&format!("{PAGE}?person={id}")).await.expect(200).text();
    assert!(html.contains("No such events"));
    assert!(!otto.get(PAGE).await.text().contains("bob"));
}

/// attacks.md row 93: what people call themselves is text on the page.
#[tokio::test]
async fn a_hostile_browser_name_is_not_shown_as_markup() {
    let test = TestApp::start().await;
    let odd = test.anonymous().with_header("user-agent", "<script>alert(1)</script>Firefox/1 Linux");
    odd.sign_in("demo", "mia", twinlock_testkit::app::PASSWORD).await;
    let mut olga = signed_in(&test, "demo", "olga").await;
    let html = olga.get(PAGE).await.expect(200).text();
    assert!(!html.contains("alert(1)") && html.contains("Firefox on Linux"));
}
