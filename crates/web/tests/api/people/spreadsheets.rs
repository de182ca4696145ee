//! Lists of people as spreadsheets write them, and as people paste them.

use axum::http::Method;
use serde_json::{Value, json};
use twinlock_testkit::{Answer, Caller, TestApp};

use super::{USERS, owner, person};

async fn import(by: &Caller<'_>, query: &str, table: &str) -> Answer {
    by.raw(Method::POST, &format!("{USERS}/import{query}"), "text/csv", table.to_owned()).await
}

/// Row, user name, address, role, and the fields that are wrong, of everybody whom a dry run tells of.
fn told(answer: &Value) -> Vec<(u64, String, String, Vec<String>)> {
    let rows = answer["rows"].as_array().unwrap().iter();
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let of = |row: &Value| {
        let wrong = row["errors"].as_array().unwrap().iter().map(|error| text(&error["field"]));
        (row["line"].as_u64().unwrap(), text(&row["username"]), text(&row["role"]), wrong.collect())
    };
    rows.map(of).collect()
}

#[tokio::test]
async fn the_same_people_come_of_a_table_whatever_stands_between_its_cells() {
    let test = TestApp::start().await;
    let (olga, _) = owner(&test).await;
    let plain = "username,email,display_name,role\nnora,nora@demo.example,\"Berg, Nora\",helpdesk\nida,,,\n";
    let expected = told(&import(&olga, "?dry_run=true", plain).await.expect(200).json());
    assert_eq!(expected.len(), 2);
    for (table, what) in [
        (
            "username;email;display_name;role\r\nnora;nora@demo.example;Berg, Nora;helpdesk\r\nida;;;\r\n",
            "semicolons",
        ),
        (
            "\u{FEFF}username;email;display_name;role;\r\nnora;nora@demo.example;Berg, Nora;helpdesk;\r\nida;;;;\r\n;;;;\r\n;;;;\r\n",
            "an empty last column, rows of blanks",
        ),
        (
            "sep=;\r\nusername;email;display_name;role\r\nnora;nora@demo.example;\"Berg, Nora\";helpdesk\r\nida;;;\r\n",
            "a hint",
        ),
        (
            "username\temail\tdisplay_name\trole\nnora\tnora@demo.example\tBerg, Nora\thelpdesk\nida\t\t\t",
            "pasted cells",
        ),
        (
            "username|email|display_name|role\rnora|nora@demo.example|Berg, Nora|helpdesk\rida|||\r",
            "bars, line ends of old",
        ),
        (
            "Role,User name,E-mail,Full name\nhelpdesk,nora,nora@demo.example,\"Berg, Nora\"\n,ida\n",
            "names of our pages, a row without its empty end",
        ),
    ] {
        let found = import(&olga, "?dry_run=true", table).await.expect(200).json();
        assert_eq!(told(&found), expected, "{what}");
        assert_eq!(found["rows_refused"], 0, "{what}");
    }
    let sent = "sep=;\r\nusername;email;display_name\r\nnora;nora@demo.example;\"Berg; Nora\";\r\n;;;\r\n";
    import(&olga, "", sent).await.expect(201);
    assert_eq!(person(&olga, "nora").await["display_name"], "Berg; Nora");
}

#[tokio::test]
async fn errors_name_the_row_that_a_spreadsheet_shows() {
    let test = TestApp::start().await;
    let (olga, _) = owner(&test).await;
    let table = "sep=;\r\nusername;display_name;email\r\nnora;\"Nora\r\nBerg\";\r\n;;\r\n\r\nida;;nowhere\r\nzoe;;;x\r\n";
    let refused = import(&olga, "", table).await.refused(422, "validation_failed").json();
    let fields: Vec<_> = refused["errors"].as_array().unwrap().iter().map(|error| &error["field"]).collect();
    assert_eq!(
        fields,
        ["2.display_name", "5.email", "6"].map(|field| json!(field)).iter().collect::<Vec<_>>()
    );
}

#[tokio::test]
async fn a_table_with_other_columns_is_refused_in_its_own_words() {
    let test = TestApp::start().await;
    let (olga, _) = owner(&test).await;
    for (table, said) in [
        ("name;mail\nnora;nora@demo.example\n", "“name”, “mail”, with semicolons between the cells"),
        ("username\tpassword\nnora\tsecret\n", "“username”, “password”, with tabs between the cells"),
        ("username,email,email\nnora,a,b\n", "“username”, “email”, “email”, with commas between the cells"),
        ("nora\nida\n", "“nora”;"),
        ("username\n\"nora\nida\n", "row 2 begins with a quotation mark"),
    ] {
        for query in ["", "?dry_run=true"] {
            let refused = import(&olga, query, table).await.refused(422, "validation_failed");
            let message = refused.json()["errors"][0]["message"].as_str().unwrap().to_owned();
            assert!(message.contains(said), "{table:?}: {message}");
        }
    }
}
