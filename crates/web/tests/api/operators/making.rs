//! Making operators and organisations.

use serde_json::{Value, json};
use twinlock_testkit::{TestApp, app::TestSettings};

use super::*;
use crate::support::{mail_about, together};

fn acme() -> Value {
    let owner = json!({ "username": "anna", "email": "anna@acme.example", "display_name": "Anna" });
    json!({ "id": "acme", "name": "Acme", "owner": owner })
}

/// attacks.md row 67: an operator has both locks before anything else, from the first moment on.
#[tokio::test]
async fn an_operator_comes_in_through_an_enrollment_only() {
    let test = TestApp::start().await;
    let token = invited(&test, "ona").await;
    let answer = accept(&test, &token).await;
    assert_eq!(answer["mfa_enrollment_required"], true, "{answer}");
    assert!(answer["token"].is_null());
    let enrolling = test.anonymous().with_token(answer["enrollment_token"].as_str().unwrap());
    enrolling.get(TENANTS).await.refused(403, "mfa_enrollment_required");
    // The password alone leads to the same place, however often.
    let again = test.anonymous().login("system", "ona", PASSWORD, None).await.expect(200).json();
    assert_eq!(again["mfa_enrollment_required"], true);
    let mut ona = enrolling;
    ona.enrol().await;
    assert_eq!(ids(&ona.get(TENANTS).await.expect(200).json()), ["demo", "other"]);
}

#[tokio::test]
async fn organisations_are_listed_page_by_page_and_shown() {
    let test = TestApp::start().await;
    let (ona, _) = operator(&test, "ona").await;
    let first = ona.get(&format!("{TENANTS}?limit=1")).await.expect(200).json();
    assert_eq!(ids(&first), ["demo"]);
    let cursor = first["next_cursor"].as_str().unwrap();
    let second = ona.get(&format!("{TENANTS}?limit=1&cursor={cursor}")).await.expect(200).json();
    assert_eq!((ids(&second), &second["next_cursor"]), (vec!["other"], &Value::Null));
    let demo = ona.get(DEMO).await.expect(200).json();
    assert_eq!(&demo, &first["items"][0]);
    assert_eq!((&demo["name"], &demo["users_total"]), (&json!("Demo organisation"), &json!(4)));
    assert_eq!(
        (&demo["suspended"], &demo["suspended_at"], &demo["delete_at"]),
        (&json!(false), &Value::Null, &Value::Null)
    );
    ona.get(&format!("{TENANTS}?cursor=AAAA")).await.refused(422, "validation_failed");
    ona.get(&format!("{TENANTS}?name=x")).await.refused(422, "validation_failed");
    for nobody in ["nowhere", "DEMO", "system", "%00", "demo%20"] {
        ona.get(&format!("{TENANTS}/{nobody}")).await.refused(404, "not_found");
    }
}

#[tokio::test]
async fn an_organisation_is_made_with_an_owner_who_is_invited() {
    let test = TestApp::start().await;
    let (ona, _) = operator(&test, "ona").await;
    let made = ona.post(TENANTS, acme()).await.expect(201).json();
    assert_eq!(
        (&made["id"], &made["name"], &made["users_total"]),
        (&json!("acme"), &json!("Acme"), &json!(1))
    );
    let owner = &made["owner"];
    assert_eq!(
        (&owner["username"], &owner["role"], &owner["status"]),
        (&json!("anna"), &json!("owner"), &json!("invited"))
    );
    assert_eq!(owner["tenant_id"], "acme");
    let mail = mail_about(&test, "anna@acme.example", "Your new account at Acme").await;
    let done = accept(&test, &token_of(&mail.link())).await;
    let mut anna = test.anonymous().with_token(done["enrollment_token"].as_str().unwrap());
    anna.get("/api/v1/tenants/acme/settings").await.refused(403, "mfa_enrollment_required");
    anna.enrol().await;
    anna.get("/api/v1/tenants/acme/settings").await.expect(200);
    let log = anna.get("/api/v1/tenants/acme/audit?type=tenant.created").await.expect(200).json();
    assert_eq!(log["items"][0]["actor"]["kind"], "operator");
    assert_eq!(log["items"][0]["actor"]["username"], "ona");
    ona.post(TENANTS, acme()).await.refused(409, "conflict");
}

#[tokio::test]
async fn two_who_make_the_same_organisation_at_once_make_one() {
    let test = TestApp::start().await;
    let (ona, _) = operator(&test, "ona").await;
    let answers = together((0..5).map(|_| ona.post(TENANTS, acme()))).await;
    let mut statuses: Vec<_> = answers.iter().map(|answer| answer.status.as_u16()).collect();
    statuses.sort_unstable();
    assert_eq!(statuses, [201, 409, 409, 409, 409]);
}

#[tokio::test]
async fn what_cannot_be_is_named_at_its_field() {
    let test = TestApp::start().await;
    let (ona, _) = operator(&test, "ona").await;
    let with = |path: &str, value: Value| {
        let mut body = acme();
        *body.pointer_mut(path).unwrap() = value;
        body
    };
    for (body, field) in [
        (with("/id", json!("system")), "id"),
        (with("/id", json!("No Slug")), "id"),
        (with("/name", json!("")), "name"),
        (with("/owner/username", json!("")), "owner.username"),
        (with("/owner/email", json!("nowhere")), "owner.email"),
        (with("/owner/email", json!("")), "owner.email"),
    ] {
        let refused = ona.post(TENANTS, body).await.refused(422, "validation_failed").json();
        assert_eq!(refused["errors"][0]["field"], field);
    }
    ona.patch(DEMO, json!({ "name": " " })).await.refused(422, "validation_failed");
    ona.patch(DEMO, json!({ "id": "other" })).await.refused(422, "validation_failed");
    assert_eq!(ids(&ona.get(TENANTS).await.json()), ["demo", "other"]);
}

#[tokio::test]
async fn an_organisation_gets_another_name_and_keeps_its_id() {
    let test = TestApp::start().await;
    let (ona, _) = operator(&test, "ona").await;
    let renamed = ona.patch(DEMO, json!({ "name": "Demo & Sons" })).await.expect(200).json();
    assert_eq!((&renamed["id"], &renamed["name"]), (&json!("demo"), &json!("Demo & Sons")));
    let olga = test.sign_in("olga").await;
    let log = olga.get("/api/v1/tenants/demo/audit?type=tenant.renamed").await.expect(200).json();
    assert_eq!(log["items"][0]["detail"], json!({ "old": "Demo organisation", "new": "Demo & Sons" }));
    // The same once more is no change.
    ona.patch(DEMO, json!({ "name": "Demo & Sons" })).await.expect(200);
    let log = olga.get("/api/v1/tenants/demo/audit?type=tenant.renamed").await.expect(200).json();
    assert_eq!(log["items"].as_array().unwrap().len(), 1);
}

/// With second factors switched off on the server nobody is an operator over the network: one lock does not do.
#[tokio::test]
async fn without_second_factors_there_are_no_operators() {
    let test = TestApp::with(TestSettings { mfa_enabled: false, ..TestSettings::default() }).await;
    let answer = accept(&test, &invited(&test, "ona").await).await;
    let ona = test.anonymous().with_token(answer["token"].as_str().unwrap());
    for refused in [ona.get(TENANTS).await, ona.post(TENANTS, acme()).await, ona.delete(DEMO).await] {
        let refused = refused.refused(403, "step_up_required").json();
        assert_eq!(refused["methods"], json!([]));
    }
}
