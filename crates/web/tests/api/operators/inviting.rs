//! Nobody becomes or changes an operator by the word of one operator.

use axum::http::Method;
use serde_json::{Value, json};
use twinlock_service::admin;
use twinlock_testkit::{Answer, Caller, TestApp};

use super::*;
use crate::support::{subjects, together};

const USERS: &str = "/api/v1/tenants/system/users";

async fn invite(by: &Caller<'_>, name: &str) -> Value {
    let wanted = json!({ "username": name, "email": format!("{name}@ops.example"), "role": "owner" });
    by.post(USERS, wanted).await.expect(201).json()
}

async fn approve(by: &Caller<'_>, id: &str) -> Answer {
    by.post(&format!("/api/v1/operators/{id}/approve"), json!({})).await
}

fn id(person: &Value) -> String {
    person["id"].as_str().unwrap().to_owned()
}

/// attacks.md row 67: an operator alone makes no other one; a second one has to say yes.
#[tokio::test]
async fn an_invitation_waits_for_the_word_of_another_operator() {
    let test = TestApp::start().await;
    let (ona, _) = operator(&test, "ona").await;
    let (mut oke, phone) = operator(&test, "oke").await;
    let nils = invite(&ona, "nils").await;
    assert_eq!(nils["status"], "invited");
    assert_eq!((&nils["awaiting_approval"], &nils["invited_by"]), (&json!(true), &json!("ona")));
    assert!(nils["invitation_url"].is_null());
    assert_eq!(subjects(&test, "nils@ops.example").await, Vec::<String>::new());
    for told in ["ona@ops.example", "oke@ops.example"] {
        let told = subjects(&test, told).await;
        assert!(told.contains(&"An operator's invitation waits for a second word".to_owned()), "{told:?}");
    }
    let listed = oke.get("/api/v1/operators").await.expect(200).json();
    let listed =
        listed["items"].as_array().unwrap().iter().find(|item| item["id"] == nils["id"]).unwrap().clone();
    assert_eq!((&listed["awaiting_approval"], &listed["invited_by"]), (&json!(true), &json!("ona")));
    approve(&ona, &id(&nils)).await.refused(403, "forbidden");
    oke.post(&format!("{USERS}/{}/invitation", id(&nils)), json!({})).await.refused(409, "conflict");
    test.clock.advance_secs(601);
    approve(&oke, &id(&nils)).await.refused(403, "step_up_required");
    oke.step_up(&phone.code()).await;
    let approved = approve(&oke, &id(&nils)).await.expect(200).json();
    assert!(approved["awaiting_approval"].is_null() && approved["status"] == "invited");
    approve(&oke, &id(&nils)).await.refused(409, "conflict");
    let mails = test.mails_to("nils@ops.example").await;
    let token = token_of(&mails.last().unwrap().link());
    accept(&test, &token).await["enrollment_token"].as_str().expect("an enrollment");
    let told = subjects(&test, "ona@ops.example").await;
    assert!(told.contains(&"An operator was approved".to_owned()), "{told:?}");
}

/// An operator's password is nobody else's, and the invitation goes to their own mailbox.
#[tokio::test]
async fn an_operator_is_neither_given_a_password_nor_a_link_in_the_hand() {
    let test = TestApp::start().await;
    let (ona, _) = operator(&test, "ona").await;
    for (wanted, field) in [
        (
            json!({ "username": "nils", "email": "nils@ops.example", "password": PASSWORD, "role": "owner" }),
            "password",
        ),
        (json!({ "username": "nils", "password": PASSWORD }), "password"),
        (json!({ "username": "nils", "role": "owner" }), "email"),
    ] {
        let refused = ona.post(USERS, wanted).await.refused(422, "validation_failed").json();
        assert_eq!(refused["errors"][0]["field"], field);
    }
    let table = "username,email,role\nnils,nils@ops.example,owner\n";
    ona.raw(Method::POST, &format!("{USERS}/import"), "text/csv", table).await.refused(403, "forbidden");
    assert_eq!(ona.get(USERS).await.expect(200).json()["items"].as_array().unwrap().len(), 1);
}

/// Of operators who approve at the same moment one does, and one invitation is sent.
#[tokio::test]
async fn an_invitation_is_approved_once() {
    let test = TestApp::start().await;
    let (ona, _) = operator(&test, "ona").await;
    let (oke, _) = operator(&test, "oke").await;
    let (olf, _) = operator(&test, "olf").await;
    let nils = id(&invite(&ona, "nils").await);
    let answers = together([&oke, &olf, &oke, &olf].map(|by| approve(by, &nils))).await;
    let mut statuses: Vec<_> = answers.iter().map(|answer| answer.status.as_u16()).collect();
    statuses.sort_unstable();
    assert_eq!(statuses, [200, 409, 409, 409]);
    assert_eq!(subjects(&test, "nils@ops.example").await.len(), 1);
}

/// attacks.md row 67: one operator changes nothing of another's account over the network, and takes nothing of it.
#[tokio::test]
async fn one_operator_does_not_change_another() {
    let test = TestApp::start().await;
    let (ona, _) = operator(&test, "ona").await;
    let (oke, _) = operator(&test, "oke").await;
    let account = oke.get("/api/v1/account").await.json();
    let path = format!("{USERS}/{}", id(&account));
    for change in [
        json!({ "role": "member" }),
        json!({ "email": "ona@evil.example" }),
        json!({ "username": "oko" }),
        json!({ "status": "suspended" }),
        json!({ "display_name": "Oko" }),
        json!({}),
    ] {
        ona.patch(&path, change).await.refused(403, "forbidden");
    }
    let factor = oke.get("/api/v1/mfa").await.json()["methods"][0]["id"].as_str().unwrap().to_owned();
    ona.delete(&format!("{path}/mfa/methods/{factor}")).await.refused(403, "forbidden");
    ona.post(&format!("{path}/reset-mfa"), json!({ "reason": "lost" })).await.refused(403, "forbidden");
    let deadline = json!({ "deadline": "2027-01-01T00:00:00Z", "reason": "because" });
    ona.call(Method::PUT, &format!("{path}/mfa/deadline"), &deadline).await.refused(403, "forbidden");
    ona.delete(&path).await.refused(403, "forbidden");
    assert_eq!(oke.get("/api/v1/account").await.expect(200).json(), account);
    ona.delete(&format!("{path}/sessions")).await.expect(204);
    oke.get("/api/v1/account").await.refused(401, "unauthenticated");
}

/// What was asked for can be taken back, and then nobody approves it.
#[tokio::test]
async fn an_invitation_that_waits_can_be_taken_back() {
    let test = TestApp::start().await;
    let (ona, _) = operator(&test, "ona").await;
    let (oke, _) = operator(&test, "oke").await;
    let nils = id(&invite(&ona, "nils").await);
    oke.delete(&format!("{USERS}/{nils}")).await.expect(204);
    approve(&oke, &nils).await.refused(404, "not_found");
    let told = subjects(&test, "ona@ops.example").await;
    assert!(told.contains(&"An operator's invitation was taken back".to_owned()), "{told:?}");
}

/// With one operator alone, the command line is the second word; all operators hear of what it does.
#[tokio::test]
async fn the_command_line_approves_and_everybody_hears_of_it() {
    let test = TestApp::start().await;
    let (ona, _) = operator(&test, "ona").await;
    invite(&ona, "nils").await;
    let sent = admin::approve_operator(&test.app, "nils").await.unwrap();
    assert!(admin::approve_operator(&test.app, "nils").await.is_err());
    accept(&test, &token_of(&sent.invitation.expect("a link"))).await;
    operator(&test, "oke").await;
    admin::reset_mfa(&test.app, "system", "oke").await.unwrap();
    admin::suspend(&test.app, "system", "oke").await.unwrap();
    let told = subjects(&test, "ona@ops.example").await;
    for subject in
        ["An operator was approved", "An operator was invited", "An operator's account was changed"]
    {
        assert!(told.contains(&subject.to_owned()), "{subject}: {told:?}");
    }
    assert_eq!(told.iter().filter(|subject| *subject == "An operator's account was changed").count(), 2);
}
