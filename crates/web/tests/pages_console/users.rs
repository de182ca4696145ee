//! `/console/users`

use twinlock_core::user::Role;
use twinlock_testkit::TestApp;

use crate::{add, address_with, signed_in};

const PAGE: &str = "/console/users";

/// The names in the list, sorted: accounts of the same millisecond have no order.
fn names(html: &str) -> Vec<&str> {
    let cells = html.split("<td role=\"cell\" class=\"first\">").skip(1);
    let mut names: Vec<_> =
        cells.map(|cell| cell.split("<b>").nth(1).unwrap().split('<').next().unwrap()).collect();
    names.sort_unstable();
    names
}

#[tokio::test]
async fn an_administrator_sees_everybody_and_helpdesk_does_as_well() {
    let test = TestApp::start().await;
    add(&test, "hana", Role::Helpdesk, None).await;
    for (name, invites) in [("olga", true), ("adam", true), ("hana", false)] {
        let mut browser = signed_in(&test, "demo", name).await;
        let html = browser.get(PAGE).await.expect(200).text();
        assert_eq!(names(&html), ["adam", "bob", "hana", "mia", "olga"]);
        assert!(html.contains("mia@demo.example") && html.contains("no address") && html.contains("never"));
        assert_eq!(html.contains("Invite a person"), invites, "{name}");
        assert_eq!(html.contains("href=\"/console/audit\""), invites, "{name}");
        assert_eq!(html.matches(">You</span>").count(), 1);
    }
}

#[tokio::test]
async fn a_search_and_filters_find_people() {
    let test = TestApp::start().await;
    test.enrolled("mia").await;
    let mut olga = signed_in(&test, "demo", "olga").await;
    for (query, found) in [
        ("search=mi", vec!["mia"]),
        ("search=%20BOB%40demo", vec!["bob"]),
        ("mfa=on", vec!["mia"]),
        ("mfa=off&role=member", vec!["bob"]),
        ("role=owner", vec!["olga"]),
        ("status=active&search=a", vec!["adam"]),
        ("status=suspended", vec![]),
        ("search=%00", vec![]),
        ("role=king&mfa=maybe", vec!["adam", "bob", "mia", "olga"]),
    ] {
        let html = olga.get(&format!("{PAGE}?{query}")).await.expect(200).text();
        assert_eq!(names(&html), found, "{query}");
        assert_eq!(html.contains("Nobody found"), found.is_empty());
    }
    let html = olga.get(&format!("{PAGE}?search=bo&role=member&status=active")).await.text();
    assert!(html.contains("value=\"bo\"") && html.contains("<option value=\"member\" selected>"));
    assert!(html.contains("<option value=\"active\" selected>"));
}

#[tokio::test]
async fn a_long_list_goes_on_with_its_filter() {
    let test = TestApp::start().await;
    for n in 0..51 {
        add(&test, &format!("nr{n:02}"), Role::Member, None).await;
    }
    let mut olga = signed_in(&test, "demo", "olga").await;
    for query in ["search=nr", "role=member"] {
        let first = olga.get(&format!("{PAGE}?{query}")).await.expect(200).text();
        assert_eq!(names(&first).len(), 50);
        let next = address_with(&first, &format!("{PAGE}?{}", query.replace('&', "&#38;"))).unwrap();
        let next = if next.contains("cursor") { next } else { format!("{PAGE}?{query}") };
        let second = olga.get(&next).await.expect(200).text();
        assert!(!names(&second).is_empty() && names(&second).len() < 50, "{next}");
        assert!(second.contains("Beginning") && !second.contains("rel=\"next\""));
        assert!(names(&second).iter().all(|name| !names(&first).contains(name)));
    }
    // A place that is none, or one of another search, is the beginning.
    let lost = olga.get(&format!("{PAGE}?search=nr&cursor=AAAA")).await.expect(303);
    assert_eq!(lost.location(), "/console/users?search=nr");
}

/// Where hardly anybody of very many fits, a page may have nobody: it says so, and leads on.
#[tokio::test]
async fn a_search_that_few_fit_leads_on() {
    let test = TestApp::start().await;
    let words = "WITH RECURSIVE words (n) AS (SELECT 1000 UNION ALL SELECT n + 1 FROM words WHERE n < 3200) \
                 INSERT INTO user_search SELECT tenant_id, 'zed' || n, id FROM words, users \
                 WHERE email = 'mia@demo.example'";
    test.by_hand(words).await;
    let mut olga = signed_in(&test, "demo", "olga").await;
    let html = olga.get(&format!("{PAGE}?search=zed&role=admin")).await.text();
    assert!(html.contains("Nobody so far") && html.contains("Look on"), "{html}");
    let next = address_with(&html, "/console/users?search=zed&#38;role=admin&#38;cursor=").unwrap();
    let html = olga.get(&next).await.text();
    assert!(html.contains("Nobody found") && !html.contains("Look on"), "{html}");
}

/// attacks.md row 66: a cursor, a search or a filter finds nobody of another organisation.
#[tokio::test]
async fn another_organisations_people_are_not_found() {
    let test = TestApp::start().await;
    for n in 0..51 {
        add(&test, &format!("nr{n:02}"), Role::Member, None).await;
    }
    let mut olga = signed_in(&test, "demo", "olga").await;
    let html = olga.get(&format!("{PAGE}?search=nr")).await.text();
    let next = address_with(&html, "/console/users?search=nr&#38;cursor=").unwrap();
    let mut otto = signed_in(&test, "other", "otto").await;
    assert_eq!(names(&otto.get(PAGE).await.text()), ["mia", "otto"]);
    assert!(otto.get(&format!("{PAGE}?search=nr")).await.text().contains("Nobody found"));
    assert_eq!(otto.get(&next).await.expect(303).location(), "/console/users?search=nr");
}

#[tokio::test]
async fn an_administrator_takes_the_list_along_for_a_spreadsheet() {
    let test = TestApp::start().await;
    add(&test, "hana", Role::Helpdesk, None).await;
    let mut olga = signed_in(&test, "demo", "olga").await;
    let html = olga.get(&format!("{PAGE}?role=member")).await.expect(200).text();
    let file = olga.get(&address_with(&html, "/console/users.csv").unwrap()).await.expect(200);
    let text = file.text();
    assert!(text.starts_with("\u{FEFF}\"username\",\"email\""), "a spreadsheet is told that it is UTF-8");
    assert!(text.contains("\"mia\"") && !text.contains("\"olga\""));
    let mut hana = signed_in(&test, "demo", "hana").await;
    assert!(address_with(&hana.get(PAGE).await.text(), "/console/users.csv").is_none());
    hana.get("/console/users.csv").await.expect(403);
}
