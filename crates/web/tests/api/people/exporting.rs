//! Taking the list of people along.

use axum::http::Method;
use serde_json::json;
use twinlock_core::user::Role;
use twinlock_testkit::{TestApp, app::PASSWORD};

use super::{USERS, add, owner, person};

const CSV: &str = "/api/v1/tenants/demo/users.csv";

#[tokio::test]
async fn everybody_is_exported_as_the_filter_says() {
    let test = TestApp::start().await;
    let (olga, _) = owner(&test).await;
    let answer = olga.get(CSV).await.expect(200);
    assert!(answer.header("content-type").starts_with("text/csv; charset=utf-8"));
    assert_eq!(answer.header("content-disposition"), "attachment; filename=\"users-demo-2026-03-02.csv\"");
    let file = answer.text();
    assert!(file.starts_with("\"username\",\"email\",\"display_name\",\"role\"\r\n"), "no mark for programs");
    for (query, people) in
        [("", 4), ("?role=owner", 1), ("?search=mi", 1), ("?mfa=enabled", 1), ("?status=suspended", 0)]
    {
        let file = olga.get(&format!("{CSV}{query}")).await.expect(200).text();
        assert_eq!(file.lines().count() - 1, people, "{query}");
    }
    olga.get(&format!("{CSV}?limit=1")).await.refused(422, "validation_failed");
}

#[tokio::test]
async fn a_list_longer_than_a_part_has_everybody_once() {
    let test = TestApp::start().await;
    let (olga, _) = owner(&test).await;
    let rows: Vec<_> = (0..1100).map(|number| format!("p-{number:04}")).collect();
    let table = format!("username\n{}\n", rows.join("\n"));
    olga.raw(Method::POST, &format!("{USERS}/import"), "text/csv", table).await.expect(201);
    let file = olga.get(&format!("{CSV}?status=invited")).await.expect(200).text();
    let mut found: Vec<_> =
        file.lines().skip(1).map(|line| line.split('"').nth(1).unwrap().to_owned()).collect();
    found.sort();
    assert_eq!(found, rows);
}

/// attacks.md row 93: what would be a formula is none in the file, and the import makes the same person of it.
#[tokio::test]
async fn what_is_exported_is_imported_as_it_was() {
    let test = TestApp::start().await;
    let (olga, _) = owner(&test).await;
    let names = ["=1+1", "@nora", "'=x", "Berg, \"Nora\"; x|y", "Ída"];
    for (number, name) in names.iter().enumerate() {
        let wanted = json!({ "username": format!("u{number}"), "display_name": name, "role": "helpdesk" });
        olga.post(USERS, wanted).await.expect(201);
    }
    let file = olga.get(&format!("{CSV}?status=invited")).await.expect(200).text();
    assert!(file.contains("\"'=1+1\"") && file.contains("\"''=x\""));
    let mut otto = test.anonymous().sign_in("other", "otto", PASSWORD).await;
    otto.enrol().await;
    let there = "/api/v1/tenants/other/users";
    for text in [file.clone(), format!("\u{FEFF}{file}")] {
        let dry = otto.raw(Method::POST, &format!("{there}/import?dry_run=true"), "text/csv", text).await;
        assert_eq!(dry.expect(200).json()["rows_refused"], 0);
    }
    otto.raw(Method::POST, &format!("{there}/import"), "text/csv", file).await.expect(201);
    for (number, name) in names.iter().enumerate() {
        let found = otto.get(&format!("{there}?search=u{number}")).await.expect(200).json();
        assert_eq!(found["items"][0]["display_name"], *name);
        assert_eq!(found["items"][0]["role"], person(&olga, &format!("u{number}")).await["role"]);
    }
}

/// attacks.md row 67: the list goes to those who administer, and to nobody of another organisation.
#[tokio::test]
async fn nobody_else_takes_the_list_along() {
    let test = TestApp::start().await;
    add(&test, "hana", Role::Helpdesk).await;
    for name in ["hana", "mia"] {
        test.sign_in(name).await.get(CSV).await.refused(403, "forbidden");
    }
    test.anonymous().get(CSV).await.refused(401, "unauthenticated");
    let otto = test.anonymous().sign_in("other", "otto", PASSWORD).await;
    otto.get(CSV).await.refused(404, "not_found");
}
