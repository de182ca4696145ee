//! The audit log, as its administrators read and export it.

use serde_json::{Value, json};
use twinlock_core::clock::Clock as _;
use twinlock_service::{admin, administration::NotAllowed, audit_log, sessions};
use twinlock_testkit::{Caller, TestApp, app::PASSWORD};

use crate::support::enrolled;

const AUDIT: &str = "/api/v1/tenants/demo/audit";
const CSV: &str = "/api/v1/tenants/demo/audit.csv";

async fn page(caller: &Caller<'_>, query: &str) -> Value {
    caller.get(&format!("{AUDIT}{query}")).await.expect(200).json()
}

fn types(page: &Value) -> Vec<&str> {
    page["items"].as_array().unwrap().iter().map(|item| item["type"].as_str().unwrap()).collect()
}

async fn id_of(caller: &Caller<'_>) -> String {
    caller.get("/api/v1/account").await.expect(200).string("id")
}

#[tokio::test]
async fn events_come_newest_first_with_who_what_and_from_where() {
    let test = TestApp::start().await;
    let phone = test.anonymous().at("192.0.2.7").with_header("user-agent", "Phone/1");
    let mia = phone.sign_in("demo", "mia", PASSWORD).await;
    test.clock.advance_secs(1);
    let olga = test.sign_in("olga").await;
    for admin in [&olga, &test.sign_in("adam").await] {
        let log = page(admin, "?limit=100").await;
        let item = log["items"].as_array().unwrap().iter().find(|item| item["actor"]["username"] == "mia");
        let item = item.expect("an event of Mia's");
        let mut members: Vec<_> = item.as_object().unwrap().keys().cloned().collect();
        members.sort();
        assert_eq!(
            members,
            ["actor", "address", "at", "detail", "id", "request_id", "type", "user_agent", "user_id"]
        );
        let id = id_of(&mia).await;
        assert_eq!(item["type"], "sign_in.succeeded");
        assert_eq!(item["actor"], json!({ "kind": "user", "id": id, "username": "mia" }));
        assert_eq!(item["user_id"], id);
        assert_eq!((&item["address"], &item["user_agent"]), (&json!("192.0.2.7"), &json!("Phone/1")));
        assert_eq!(item["at"], "2026-03-02T10:00:07Z");
        assert!(item["request_id"].as_str().unwrap().len() > 10 && item["detail"].is_object());
        let times: Vec<_> =
            log["items"].as_array().unwrap().iter().map(|item| item["at"].to_string()).collect();
        assert!(times.is_sorted_by(|one, next| one >= next), "{times:?}");
    }
}

#[tokio::test]
async fn filters_narrow_it_alone_and_together() {
    let test = TestApp::start().await;
    let (mia, _) = enrolled(&test, "mia").await;
    test.clock.advance_secs(60);
    let noon = test.clock.now();
    let bob = test.sign_in("bob").await;
    let olga = test.sign_in("olga").await;
    let (mia, bob) = (id_of(&mia).await, id_of(&bob).await);
    assert_eq!(types(&page(&olga, "?type=mfa.enabled").await), ["mfa.enabled"]);
    let about_bob = page(&olga, &format!("?user_id={bob}")).await;
    assert_eq!(types(&about_bob), ["sign_in.succeeded", "user.created"]);
    assert_eq!(types(&page(&olga, &format!("?actor_id={bob}")).await), ["sign_in.succeeded"]);
    let both = format!("?type=mfa.enabled&user_id={mia}&actor_id={mia}&until={noon}");
    assert_eq!(types(&page(&olga, &both).await), ["mfa.enabled"]);
    assert!(types(&page(&olga, &format!("?type=mfa.enabled&user_id={bob}")).await).is_empty());
    assert!(types(&page(&olga, &format!("?type=mfa.enabled&since={noon}")).await).is_empty());
    assert_eq!(types(&page(&olga, &format!("?since={noon}")).await), ["sign_in.succeeded"; 2]);
    assert!(!types(&page(&olga, &format!("?until={noon}")).await).is_empty());
    assert!(types(&page(&olga, &format!("?since={noon}&until={noon}")).await).is_empty());
    // In another zone it is the same instant.
    let zoned = "?since=2026-03-02T12:01:07%2B02:00";
    assert_eq!(types(&page(&olga, zoned).await), ["sign_in.succeeded"; 2]);
}

/// attacks.md row 70: what is no filter of this list is refused, never ignored.
#[tokio::test]
async fn a_filter_that_is_none_is_refused() {
    let test = TestApp::start().await;
    let olga = test.sign_in("olga").await;
    for (query, field) in [
        ("type=nothing", "type"),
        ("type=", "type"),
        ("type=MFA.ENABLED", "type"),
        ("user_id=1", "user_id"),
        ("user_id=", "user_id"),
        ("user_id=0198C3A2-7B10-7C3E-8F4A-0123456789AB", "user_id"),
        ("actor_id=' OR 1=1--", "actor_id"),
        ("since=yesterday", "since"),
        ("until=2026-03-02", "until"),
        ("since=2026-03-02T10:00:00", "since"),
        ("typ=mfa.enabled", "typ"),
        ("sort=detail", "sort"),
        ("type=mfa.enabled&type=mfa.disabled", "type"),
    ] {
        let query: String = query.replace(' ', "%20");
        for path in [AUDIT, CSV] {
            let refused = olga.get(&format!("{path}?{query}")).await.refused(422, "validation_failed").json();
            assert_eq!(refused["errors"][0]["field"], field, "{query}");
        }
    }
    for query in ["limit=0", "limit=101", "limit=-1", "limit=1e9", "cursor=AAAA", "cursor="] {
        olga.get(&format!("{AUDIT}?{query}")).await.refused(422, "validation_failed");
    }
    // A file has neither pages nor places in it.
    olga.get(&format!("{CSV}?limit=1")).await.refused(422, "validation_failed");
}

#[tokio::test]
async fn it_is_read_page_by_page_without_gaps() {
    let test = TestApp::start().await;
    for _ in 0..7 {
        test.sign_in("mia").await;
        test.clock.advance_secs(1);
    }
    let olga = test.sign_in("olga").await;
    let all = page(&olga, "?limit=100&type=sign_in.succeeded").await;
    assert_eq!((all["items"].as_array().unwrap().len(), &all["next_cursor"]), (8, &Value::Null));
    let (mut found, mut cursor) = (Vec::new(), String::new());
    loop {
        let part = page(&olga, &format!("?limit=3&type=sign_in.succeeded{cursor}")).await;
        found.extend(part["items"].as_array().unwrap().clone());
        // What happens meanwhile comes before the first page, not into the next.
        test.sign_in("bob").await;
        test.clock.advance_secs(1);
        let Some(next) = part["next_cursor"].as_str() else { break };
        cursor = format!("&cursor={next}");
    }
    assert_eq!(&found, all["items"].as_array().unwrap());
}

/// attacks.md row 65: another tenant's log looks like none at all, whatever the path calls it.
/// attacks.md row 70: nor does a cursor of another tenant's list lead into it.
#[tokio::test]
async fn another_tenants_log_is_not_found() {
    let test = TestApp::start().await;
    let olga = test.sign_in("olga").await;
    for _ in 0..3 {
        test.sign_in("mia").await;
    }
    let cursor = page(&olga, "?limit=1").await["next_cursor"].as_str().unwrap().to_owned();
    let mia = id_of(&test.sign_in("mia").await).await;
    let otto = test.anonymous().sign_in("other", "otto", PASSWORD).await;
    for tenant in ["demo", "nowhere", "DEMO", "demo%20", "system", "%00", "*"] {
        for end in ["audit", "audit.csv"] {
            otto.get(&format!("/api/v1/tenants/{tenant}/{end}")).await.refused(404, "not_found");
        }
    }
    let own = "/api/v1/tenants/other/audit";
    otto.get(&format!("{own}?cursor={cursor}")).await.refused(422, "validation_failed");
    otto.get(&format!("/api/v1/sessions?cursor={cursor}")).await.refused(422, "validation_failed");
    for filter in ["user_id", "actor_id"] {
        let found = otto.get(&format!("{own}?{filter}={mia}")).await.expect(200).json();
        assert!(types(&found).is_empty());
        let file = otto.get(&format!("{own}.csv?{filter}={mia}")).await.expect(200).text();
        assert_eq!(file.lines().count(), 1);
    }
    assert!(!otto.get(&format!("{own}.csv")).await.text().contains("olga"));
}

/// attacks.md row 68: only who administers the organisation reads its log.
#[tokio::test]
async fn nobody_else_may() {
    let test = TestApp::start().await;
    let mia = test.sign_in("mia").await;
    for path in [AUDIT, CSV] {
        mia.get(path).await.refused(403, "forbidden");
        test.anonymous().get(path).await.refused(401, "unauthenticated");
    }
}

#[tokio::test]
async fn all_of_it_is_exported_as_one_file() {
    let test = TestApp::start().await;
    let (mia, _) = enrolled(&test, "mia").await;
    let olga = test.sign_in("olga").await;
    let answer = olga.get(CSV).await.expect(200);
    assert!(answer.header("content-type").starts_with("text/csv; charset=utf-8"));
    assert_eq!(answer.header("content-disposition"), "attachment; filename=\"audit-demo-2026-03-02.csv\"");
    assert_eq!(answer.header("cache-control"), "no-store");
    let rows = rows(&answer.text());
    let log = page(&olga, "?limit=100").await;
    assert_eq!(rows.len() - 1, log["items"].as_array().unwrap().len());
    assert_eq!(rows[0][..3], ["id", "at", "type"]);
    for (row, item) in rows[1..].iter().zip(log["items"].as_array().unwrap()) {
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let expected = [&item["id"], &item["at"], &item["type"], &item["actor"]["kind"]].map(text);
        assert_eq!(row[..4], expected);
        assert_eq!(serde_json::from_str::<Value>(&row[11]).unwrap(), item["detail"]);
    }
    let one = olga.get(&format!("{CSV}?type=mfa.enabled&user_id={}", id_of(&mia).await)).await;
    assert_eq!(one.text().matches("mfa.enabled").count(), 1);
}

/// A file of more events than are read at a time has each of them once.
#[tokio::test]
async fn a_long_log_is_exported_to_its_end() {
    let test = TestApp::start().await;
    for _ in 0..1100 {
        let _ = admin::unlock(&test.app, "demo", "mia").await.unwrap();
        test.clock.advance_secs(1);
    }
    let olga = test.sign_in("olga").await;
    let file = olga.get(&format!("{CSV}?type=user.unlocked")).await.expect(200).text();
    let mut ids: Vec<_> = rows(&file)[1..].iter().map(|row| row[0].clone()).collect();
    assert!(ids.is_sorted_by(|one, next| one > next));
    ids.dedup();
    assert_eq!(ids.len(), 1100);
}

/// attacks.md row 68: an export that is under way ends with the session that asked for it.
#[tokio::test]
async fn an_export_does_not_outlive_its_session() {
    let test = TestApp::start().await;
    let olga = test.sign_in("olga").await;
    let asked = sessions::by_bearer(&test.app, olga.token.as_deref().unwrap()).await.unwrap().unwrap();
    let filter = audit_log::Filter::default();
    let part = audit_log::read_again(&test.app, &asked, "demo", &filter, 5).await;
    assert_eq!(part.unwrap().len(), 5);
    olga.post("/api/v1/auth/logout", json!({})).await.expect(204);
    let next = audit_log::read_again(&test.app, &asked, "demo", &filter, 5).await;
    assert!(matches!(next, Err(NotAllowed::Ended)));
}

/// attacks.md row 93: what people typed, or their programs sent, is text in a spreadsheet, and one cell.
#[tokio::test]
async fn the_file_holds_no_formulas() {
    let test = TestApp::start().await;
    let agents = ["=cmd|' /C calc'!A0", "+1", "-1", "@SUM(A1)", "\"; =1", "a,b", "a\"b"];
    for agent in agents {
        test.anonymous().with_header("user-agent", agent).sign_in("demo", "mia", PASSWORD).await;
        test.clock.advance_secs(1);
    }
    let olga = test.sign_in("olga").await;
    let file = olga.get(&format!("{CSV}?type=sign_in.succeeded")).await.expect(200).text();
    let rows = rows(&file);
    for row in &rows {
        assert_eq!(row.len(), 12);
        for cell in row {
            assert!(!cell.starts_with(['=', '+', '-', '@', '\t', '\r', '\n']), "{cell}");
        }
    }
    for agent in agents {
        assert!(rows.iter().any(|row| row[9].trim_start_matches('\'') == agent), "{agent}");
    }
}

/// Reads a file as RFC 4180 has it.
fn rows(text: &str) -> Vec<Vec<String>> {
    assert!(text.ends_with("\r\n"));
    let (mut rows, mut row, mut cell, mut quoted) = (vec![], vec![], String::new(), false);
    let mut characters = text.chars().peekable();
    while let Some(character) = characters.next() {
        match character {
            '"' if quoted && characters.peek() == Some(&'"') => cell.extend(characters.next()),
            '"' => quoted = !quoted,
            ',' if !quoted => row.push(std::mem::take(&mut cell)),
            '\r' if !quoted => {
                assert_eq!(characters.next(), Some('\n'));
                row.push(std::mem::take(&mut cell));
                rows.push(std::mem::take(&mut row));
            }
            other => cell.push(other),
        }
    }
    rows
}
