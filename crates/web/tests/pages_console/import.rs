//! Many people from a table.

use twinlock_core::user::Role;
use twinlock_testkit::{Answer, Browser, TestApp};

use crate::{add, page_of, signed_in, with_phone};

const IMPORT: &str = "/console/users/import";
const GOOD: &str = "username,email,display_name,role\nnora,nora@demo.example,\"Berg, Nora\",\n\
                    hana,hana@demo.example,,helpdesk\nida,,,member\n";

/// Line, user name and role of everybody whom a page lists, in its order.
fn listed(html: &str) -> Vec<(String, String, bool)> {
    let rows = html.split("<tbody").nth(1).expect("a table").split("<tr").skip(1);
    let between = |text: &str, start: &str, end: &str| {
        text.split(start).nth(1).and_then(|rest| rest.split(end).next()).unwrap_or_default().to_owned()
    };
    let of = |row: &str| {
        let number = between(row, "Row</span>", "</td>");
        (number, between(row, "<b>", "</b>"), row.contains(">Refused<"))
    };
    rows.map(of).collect()
}

/// The table that the page holds for the button *Import*, as a browser sends it.
fn held(html: &str) -> String {
    let value = html.split("name=\"table\" value=\"").nth(1).expect("a table").split('"').next().unwrap();
    value.replace("&#34;", "\"").replace('\n', "\r\n")
}

async fn check(browser: &mut Browser<'_>, table: &str) -> Answer {
    browser.upload(IMPORT, &[("file", table.as_bytes()), ("table", b"")]).await
}

async fn import(browser: &mut Browser<'_>, table: &str) -> Answer {
    browser.upload(IMPORT, &[("table", table.as_bytes()), ("import", b"yes")]).await
}

#[tokio::test]
async fn a_file_is_checked_first_and_then_imported_as_it_was_shown() {
    let test = TestApp::start().await;
    let (mut olga, _) = with_phone(&test, "olga").await;
    assert!(olga.get("/console/users").await.expect(200).text().contains(IMPORT));
    let form = olga.get(IMPORT).await.expect(200).text();
    assert!(form.contains("type=\"file\"") && form.contains("<textarea"));
    let before = test.cells().await;
    let preview = check(&mut olga, GOOD).await.expect(200).text();
    assert_eq!(test.cells().await, before, "nothing is written yet");
    assert!(preview.contains("Nobody is added yet.") && preview.contains("of 3 in the table"));
    let table = held(&preview);
    let done = import(&mut olga, &table).await.expect(200).text();
    let shown = listed(&preview);
    assert_eq!(shown.len(), 3);
    assert_eq!(shown, listed(&done), "what was done is what was shown");
    for (name, role) in [("nora", "Member"), ("hana", "Helpdesk"), ("ida", "Member")] {
        let page = page_of(&mut olga, name).await;
        assert!(done.contains(&page), "{name} is linked");
        assert!(olga.get(&page).await.expect(200).text().contains(role), "{name}");
    }
    assert_eq!(test.mails_to("nora@demo.example").await.len(), 1);
    let ida = page_of(&mut olga, "ida").await;
    assert!(done.contains(&format!("{ida}/invite")));
    assert!(olga.get("/console/audit?type=user.created").await.text().contains("imported"));
}

#[tokio::test]
async fn a_pasted_table_does_as_well_and_a_file_comes_before_it() {
    let test = TestApp::start().await;
    let mut olga = signed_in(&test, "demo", "olga").await;
    olga.get(IMPORT).await.expect(200);
    let pasted = olga.upload(IMPORT, &[("file", b""), ("table", GOOD.as_bytes())]).await.expect(200).text();
    assert_eq!(listed(&pasted).len(), 3);
    let both = [("file", b"username\nzoe\n".as_slice()), ("table", GOOD.as_bytes())];
    let of_file = olga.upload(IMPORT, &both).await.expect(200).text();
    assert_eq!(listed(&of_file), [("2".into(), "zoe".into(), false)]);
    // Without a file a form can also be sent as any other is.
    let plain = olga.submit(IMPORT, &[("table", GOOD)]).await.expect(200).text();
    assert_eq!(listed(&plain), listed(&pasted));
}

#[tokio::test]
async fn refused_lines_come_first_and_say_why_and_nobody_is_made() {
    let test = TestApp::start().await;
    let mut olga = signed_in(&test, "demo", "olga").await;
    olga.get(IMPORT).await.expect(200);
    let table = format!("{GOOD}MIA,,,\nzoe,nowhere,,king\n<b>x</b> y,,,\n");
    let before = test.cells().await;
    let html = check(&mut olga, &table).await.shown_again().text();
    let places: Vec<_> = listed(&html).into_iter().map(|(line, _, refused)| (line, refused)).collect();
    let expected = [("5", true), ("6", true), ("7", true), ("2", false), ("3", false), ("4", false)];
    assert_eq!(places, expected.map(|(line, refused)| (line.to_owned(), refused)));
    assert!(html.contains("User name: Somebody in this organisation has this."));
    assert!(html.contains("Role: This must be owner, admin, helpdesk or member."));
    assert!(!html.contains(">Import</button>") && html.contains(">Check again</button>"));
    assert!(html.contains("zoe,nowhere,,king") && !html.contains("<b>x</b> y"));
    let late = import(&mut olga, &table).await.expect(409).text();
    assert!(late.contains("Nobody was added.") && listed(&late) == listed(&html));
    assert_eq!(test.cells().await, before);
}

#[tokio::test]
async fn a_name_that_was_taken_meanwhile_is_told() {
    let test = TestApp::start().await;
    let mut olga = signed_in(&test, "demo", "olga").await;
    olga.get(IMPORT).await.expect(200);
    let table = held(&check(&mut olga, GOOD).await.expect(200).text());
    add(&test, "nora", Role::Member, None).await;
    let late = import(&mut olga, &table).await.expect(409).text();
    assert!(late.contains("Something changed since you looked."));
    assert_eq!(listed(&late)[0], ("2".into(), "nora".into(), true));
    assert!(test.mails_to("hana@demo.example").await.is_empty());
}

/// What is refused leads to a page of its own, whatever the size of the table: back and reload send nothing again.
#[tokio::test]
async fn a_large_table_that_is_refused_is_asked_for_once_more() {
    let test = TestApp::start().await;
    let mut olga = signed_in(&test, "demo", "olga").await;
    olga.get(IMPORT).await.expect(200);
    let rows: Vec<_> = (0..200).map(|n| format!("person{n:04},p{n:04}@demo.example\n")).collect();
    let rows = rows.concat();
    let unreadable = format!("name,email\n{rows}");
    let html = olga.upload(IMPORT, &[("table", unreadable.as_bytes())]).await.shown_again().text();
    assert!(html.contains("must name columns") && html.contains("choose or paste it again"), "{html}");
    let table = format!("username,email\nmia,\n{rows}");
    let late = import(&mut olga, &table).await.shown_again().text();
    assert!(late.contains("Something changed since you looked."), "{late}");
    assert!(!olga.get(IMPORT).await.expect(200).text().contains("Something changed"));
}

/// A part of a table is another table: one that no cookie holds is never cut, however its bytes are written there.
#[tokio::test]
async fn a_table_is_kept_whole_or_not_at_all() {
    let test = TestApp::start().await;
    let mut olga = signed_in(&test, "demo", "olga").await;
    olga.get(IMPORT).await.expect(200);
    let row = |name: &str| format!("\"{name}\",\"\",\"\",\"\"\r\n");
    let rows: String = (0..110).map(|n| row(&format!("p{n:03}"))).collect();
    let table = format!("username,email,display_name,role\r\n{rows}{}", row("mia"));
    assert!(table.len() < 2000);
    let html = check(&mut olga, &table).await.expect(200).text();
    assert_eq!(listed(&html)[0], ("112".into(), "mia".into(), true));
    assert!(html.contains("of 111 in the table") && !html.contains(">Import</button>"));
    let late = import(&mut olga, &table).await.shown_again().text();
    assert!(late.contains("Choose or paste the table again"), "{late}");
}

#[tokio::test]
async fn what_is_no_table_of_people_says_what_is_wrong() {
    let test = TestApp::start().await;
    let mut olga = signed_in(&test, "demo", "olga").await;
    olga.get(IMPORT).await.expect(200);
    let long = format!("username\n{}", " ".repeat(1024 * 1024));
    for (table, said) in [
        (b"".as_slice(), "Choose a file"),
        (b" \n", "Choose a file"),
        (b"ada\n", "must name columns"),
        (b"username\n", "there is nobody in it"),
        (b"username\n\"a", "no other one ends it"),
        (b"username\nm\xfcller\n", "no text in UTF-8"),
        (b"username\na\0\n", "no text in UTF-8"),
        (long.as_bytes(), "more than 1 MiB"),
    ] {
        for import in [b"".as_slice(), b"yes"] {
            let html = olga.upload(IMPORT, &[("file", table), ("import", import)]).await.shown_again().text();
            assert!(html.contains("Nobody was added.") && html.contains(said), "{said}: {html}");
        }
    }
    let endless = vec![b' '; 1024 * 1024 + 16 * 1024];
    olga.upload(IMPORT, &[("file", &endless)]).await.expect(413);
    olga.upload(IMPORT, &[("table", b"a"), ("table", b"b")]).await.expect(400);
}

/// attacks.md row 67: nobody imports what they could not make, and nobody else imports at all.
#[tokio::test]
async fn who_may_not_make_people_imports_none() {
    let test = TestApp::start().await;
    let mut mia = signed_in(&test, "demo", "mia").await;
    mia.get("/account").await.expect(200);
    check(&mut mia, GOOD).await.expect(403);
    import(&mut mia, GOOD).await.expect(403);
    mia.upload(IMPORT, &[("table", b"")]).await.expect(403);
    let (mut adam, _) = with_phone(&test, "adam").await;
    adam.get(IMPORT).await.expect(200);
    let html = check(&mut adam, "username,role\nnew,owner\n").await.expect(200).text();
    assert!(html.contains("Role: You cannot give this role."));
    import(&mut adam, "username,role\nnew,owner\n").await.expect(409);
}

/// attacks.md row 29: without the form's token nothing is looked at, and an old proof leads to a fresh one.
#[tokio::test]
async fn an_import_needs_the_form_and_a_fresh_proof() {
    let test = TestApp::start().await;
    let (mut olga, _) = with_phone(&test, "olga").await;
    olga.get(IMPORT).await.expect(200);
    let before = test.cells().await;
    let token = std::mem::replace(&mut olga.csrf, "x".repeat(43));
    import(&mut olga, GOOD).await.expect(403);
    assert_eq!(test.cells().await, before);
    olga.csrf = token;
    test.clock.advance_secs(601);
    let asked = "/account/confirm?next=%2Fconsole%2Fusers%2Fimport";
    assert_eq!(olga.get(IMPORT).await.expect(303).location(), asked);
    olga.get("/console/users").await.expect(200);
    // Looking needs none, as over the API.
    check(&mut olga, GOOD).await.expect(200);
    assert_eq!(import(&mut olga, GOOD).await.expect(303).location(), asked);
    assert!(test.mails_to("nora@demo.example").await.is_empty());
}

#[tokio::test]
async fn cells_copied_from_a_spreadsheet_are_a_table() {
    let test = TestApp::start().await;
    let (mut olga, _) = with_phone(&test, "olga").await;
    olga.get(IMPORT).await.expect(200);
    let pasted = "User name\tEmail\tFull name\r\nnora\tnora@demo.example\tBerg, Nora\r\nida\t\t\r\n\t\t\r\n";
    let preview = olga.submit(IMPORT, &[("table", pasted)]).await.expect(200).text();
    assert_eq!(listed(&preview).iter().map(|row| row.0.as_str()).collect::<Vec<_>>(), ["2", "3"]);
    import(&mut olga, &held(&preview)).await.expect(200);
    page_of(&mut olga, "ida").await;
    let refused = check(&mut olga, "name;mail\nzoe;zoe@demo.example\n").await.shown_again().text();
    assert!(refused.contains("“name”, “mail”, with semicolons between the cells"));
}
