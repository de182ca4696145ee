//! Importing people from a table.

use axum::http::Method;
use serde_json::{Value, json};
use twinlock_testkit::{Answer, Caller, TestApp, app::PASSWORD};

use super::{USERS, owner, person};
use crate::support::{audit, mail_about, subjects};

async fn import(by: &Caller<'_>, query: &str, table: &str) -> Answer {
    by.raw(Method::POST, &format!("{USERS}/import{query}"), "text/csv", table.to_owned()).await
}

async fn usernames(by: &Caller<'_>) -> Vec<String> {
    let list = by.get(&format!("{USERS}?limit=100")).await.expect(200).json();
    super::names(&list).into_iter().map(str::to_owned).collect()
}

const GOOD: &str = "username,email,display_name,role\r\n\
    nora,nora@demo.example,\"Berg, Nora\",\r\n\
    hana,hana@demo.example,,helpdesk\r\n\
    ida,,,member\r\n";

#[tokio::test]
async fn everybody_of_a_table_is_made_and_invited() {
    let test = TestApp::start().await;
    let (olga, _) = owner(&test).await;
    let done = import(&olga, "", GOOD).await.expect(201).json();
    assert_eq!(
        (&done["dry_run"], &done["rows_total"], &done["rows_refused"]),
        (&json!(false), &json!(3), &json!(0))
    );
    let row = |number: usize| &done["rows"][number];
    assert_eq!(
        (&row(0)["line"], &row(0)["username"], &row(0)["errors"]),
        (&json!(2), &json!("nora"), &json!([]))
    );
    let nora = person(&olga, "nora").await;
    assert_eq!((&nora["id"], &nora["display_name"]), (&row(0)["id"], &json!("Berg, Nora")));
    assert_eq!((&nora["status"], &nora["role"]), (&json!("invited"), &json!("member")));
    assert_eq!(person(&olga, "hana").await["role"], "helpdesk");
    let link = mail_about(&test, "nora@demo.example", "Your new account at Demo organisation").await;
    let accept = json!({ "token": link.token(), "password": PASSWORD });
    test.anonymous().post("/api/v1/auth/invitation/accept", accept).await.expect(200);
    // Whoever has no address gets a link by hand.
    let ida = format!("{USERS}/{}/invitation", person(&olga, "ida").await["id"].as_str().unwrap());
    assert!(
        olga.post(&ida, json!({}))
            .await
            .expect(200)
            .string("invitation_url")
            .starts_with("http://localhost:8080/")
    );
    let made = audit(&test, &olga).await;
    let imported = made.iter().filter(|(kind, detail)| kind == "user.created" && detail["imported"] == true);
    assert_eq!(imported.count(), 3);
}

#[tokio::test]
async fn a_dry_run_says_what_would_happen_and_writes_nothing() {
    let test = TestApp::start().await;
    let (olga, _) = owner(&test).await;
    let before = test.cells().await;
    let good = import(&olga, "?dry_run=true", GOOD).await.expect(200).json();
    assert_eq!((&good["dry_run"], &good["rows_refused"]), (&json!(true), &json!(0)));
    assert!(good["rows"].as_array().unwrap().iter().all(|row| row.get("id").is_none()));
    let bad = "username,email,role\nMIA,,\nnew,OLGA@demo.example,\nx y,,\na,a@demo.example,king\nA,,\nb,A@demo.example,\n";
    let bad = import(&olga, "?dry_run=true", bad).await.expect(200).json();
    let fields = |row: &Value| {
        let errors = row["errors"].as_array().unwrap().iter();
        errors.map(|error| error["field"].as_str().unwrap().to_owned()).collect::<Vec<_>>().join(" ")
    };
    let found: Vec<_> = bad["rows"].as_array().unwrap().iter().map(fields).collect();
    assert_eq!(found, ["username", "email", "username", "role", "username", "email"]);
    assert_eq!(bad["rows_refused"], 6);
    assert_eq!(test.cells().await, before);
}

#[tokio::test]
async fn one_bad_line_and_nobody_is_made() {
    let test = TestApp::start().await;
    let (olga, _) = owner(&test).await;
    let before = test.cells().await;
    let table = format!("{GOOD}mia,,,\r\nzoe,nowhere,,king\r\n");
    let refused = import(&olga, "", &table).await.refused(422, "validation_failed").json();
    let fields: Vec<_> =
        refused["errors"].as_array().unwrap().iter().map(|error| error["field"].clone()).collect();
    assert_eq!(fields, ["5.username", "6.role", "6.email"]);
    assert_eq!(test.cells().await, before);
    assert!(subjects(&test, "nora@demo.example").await.is_empty());
}

/// attacks.md row 67: nobody imports what they could not make.
#[tokio::test]
async fn nobody_imports_a_role_that_is_not_theirs_to_give() {
    let test = TestApp::start().await;
    let mut adam = test.sign_in("adam").await;
    let phone = adam.enrol().await;
    for role in ["owner", "admin"] {
        let table = format!("username,role\nnew,{role}\n");
        let refused = import(&adam, "", &table).await.refused(422, "validation_failed").json();
        assert_eq!(refused["errors"][0]["field"], "2.role");
    }
    import(&adam, "", "username,role\nnew,helpdesk\n").await.expect(201);
    test.clock.advance_secs(601);
    import(&adam, "?dry_run=true", "username\nnewer\n").await.expect(200);
    import(&adam, "", "username\nnewer\n").await.refused(403, "step_up_required");
    adam.step_up(&phone.next_code()).await;
    import(&adam, "", "username\nnewer\n").await.expect(201);
}

#[tokio::test]
async fn what_is_no_table_of_people_is_refused() {
    let test = TestApp::start().await;
    let (olga, _) = owner(&test).await;
    let people = usernames(&olga).await;
    for table in ["", "username\n", "ada\n", "username,password\na,b\n", "username\n\"a", "username\na\0\n"] {
        import(&olga, "", table).await.refused(422, "validation_failed");
    }
    let path = format!("{USERS}/import");
    for kind in ["application/json", "text/plain", "text/csv; charset=utf-16", ""] {
        let answer = olga.raw(Method::POST, &path, kind, "username\nnew\n").await;
        answer.refused(415, "unsupported_media_type");
    }
    olga.raw(Method::POST, &path, "text/csv", vec![0xFF, 0xFE]).await.refused(400, "malformed_request");
    import(&olga, "?dry_run=maybe", GOOD).await.refused(422, "validation_failed");
    assert_eq!(usernames(&olga).await, people);
}

/// attacks.md row 96: an import has a limit of its own, and no other route has it.
#[tokio::test]
async fn a_table_may_be_long_and_not_endless() {
    let test = TestApp::start().await;
    let (olga, _) = owner(&test).await;
    let row = |number: usize| format!("user-{number:04},{}", "n".repeat(90));
    let table = |count: usize| {
        let rows: Vec<_> = (0..count).map(row).collect();
        format!("username,display_name\n{}", rows.join("\n"))
    };
    let good = import(&olga, "?dry_run=true", &table(2000)).await.expect(200).json();
    assert_eq!((&good["rows_total"], &good["rows_refused"]), (&json!(2000), &json!(0)));
    import(&olga, "", &table(2001)).await.refused(422, "validation_failed");
    import(&olga, "", &" ".repeat(1024 * 1024 + 1)).await.refused(413, "payload_too_large");
    let other = olga.raw(Method::POST, USERS, "text/csv", " ".repeat(64 * 1024 + 1)).await;
    other.refused(413, "payload_too_large");
}
