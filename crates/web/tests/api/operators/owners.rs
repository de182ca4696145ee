//! The invitation of an owner, once more, while nobody in the organisation could send it.

use serde_json::json;
use twinlock_core::user::Role;
use twinlock_service::admin;
use twinlock_testkit::TestApp;

use super::*;
use crate::support::together;

const ANNAS: &str = "anna@acme.example";

/// An organisation with a first owner, invited; answers her id.
async fn acme(ona: &Caller<'_>) -> String {
    let owner = json!({ "username": "anna", "email": ANNAS });
    let made = ona.post(TENANTS, json!({ "id": "acme", "name": "Acme", "owner": owner })).await.expect(201);
    made.json()["owner"]["id"].as_str().unwrap().to_owned()
}

fn invitation(tenant: &str, user: &str) -> String {
    format!("{TENANTS}/{tenant}/users/{user}/invitation")
}

/// Of mails of one moment there is no telling which is the last.
async fn last_token(test: &TestApp) -> String {
    token_of(&test.mails_to(ANNAS).await.last().expect("a mail").link())
}

async fn refused(test: &TestApp, token: &str) {
    let body = json!({ "token": token, "password": PASSWORD });
    let answer = test.anonymous().post("/api/v1/auth/invitation/accept", body).await;
    assert!(answer.status.is_client_error(), "{}", answer.text());
}

#[tokio::test]
async fn an_operator_sends_the_expired_invitation_of_an_owner_again() {
    let test = TestApp::start().await;
    let (ona, phone) = operator(&test, "ona").await;
    let anna = acme(&ona).await;
    let first = last_token(&test).await;
    test.clock.advance_secs(8 * 86_400);
    refused(&test, &first).await;
    let signed_in = test.anonymous().login("system", "ona", PASSWORD, Some(&phone.code())).await.expect(200);
    let ona = test.anonymous().with_token(&signed_in.string("token"));
    let sent = ona.post(&invitation("acme", &anna), json!({})).await.expect(200).json();
    assert_eq!((&sent["id"], &sent["status"]), (&json!(anna), &json!("invited")));
    // The link goes to her and to nobody else.
    assert!(!sent.to_string().contains("/invitation"), "{sent}");
    accept(&test, &last_token(&test).await).await;
}

/// attacks.md row 65: the act is the operator's in the organisation's own log, and kills the link before.
#[tokio::test]
async fn each_invitation_is_the_only_one_and_is_written_down() {
    let test = TestApp::start().await;
    let (ona, _) = operator(&test, "ona").await;
    let anna = acme(&ona).await;
    let first = last_token(&test).await;
    test.clock.advance_secs(1);
    let sent = ona.post(&format!("{TENANTS}/acme/invitations"), json!({})).await.expect(202).json();
    assert_eq!((&sent["queued"], &sent["skipped"]), (&json!(1), &json!([])));
    refused(&test, &first).await;
    let done = accept(&test, &last_token(&test).await).await;
    let mut owner = test.anonymous().with_token(done["enrollment_token"].as_str().unwrap());
    owner.enrol().await;
    let log = format!("{TENANTS}/acme/audit?type=account.invitation_sent");
    let log = owner.get(&log).await.expect(200).json();
    let event = &log["items"][0];
    assert_eq!((&event["actor"]["kind"], &event["actor"]["username"]), (&json!("operator"), &json!("ona")));
    assert_eq!(event["user_id"], json!(anna));
}

/// attacks.md row 65: once an owner has come in, and of anybody else, an operator finds nobody.
#[tokio::test]
async fn an_operator_finds_nobody_but_owners_whom_nobody_else_could_invite() {
    let test = TestApp::start().await;
    let (ona, _) = operator(&test, "ona").await;
    let anna = acme(&ona).await;
    let person = |role: Role| admin::CreateUser {
        username: format!("{role:?}").to_lowercase(),
        email: Some(format!("{role:?}@acme.example")),
        display_name: None,
        role,
        password: None,
    };
    for role in [Role::Admin, Role::Member] {
        let made = admin::create_user(&test.app, "acme", person(role)).await.unwrap();
        let path = invitation("acme", &made.user.id.to_string());
        ona.post(&path, json!({})).await.refused(404, "not_found");
        let named = json!({ "user_ids": [anna, made.user.id] });
        ona.post(&format!("{TENANTS}/acme/invitations"), named).await.refused(404, "not_found");
    }
    let second =
        admin::create_user(&test.app, "acme", person(Role::Owner)).await.unwrap().user.id.to_string();
    ona.post(&invitation("acme", &second), json!({})).await.expect(200);
    for path in [invitation("demo", &anna), invitation("other", &second), invitation("nowhere", &anna)] {
        ona.post(&path, json!({})).await.refused(404, "not_found");
    }
    accept(&test, &last_token(&test).await).await;
    for user in [&anna, &second] {
        ona.post(&invitation("acme", user), json!({})).await.refused(404, "not_found");
    }
    ona.post(&format!("{TENANTS}/acme/invitations"), json!({})).await.refused(404, "not_found");
    let olga = test.sign_in("olga").await.get("/api/v1/account").await.string("id");
    ona.post(&invitation("demo", &olga), json!({})).await.refused(404, "not_found");
}

/// attacks.md row 29: it takes a fresh proof, and an organisation whose people can sign in.
#[tokio::test]
async fn it_takes_a_fresh_proof_and_an_open_organisation() {
    let test = TestApp::start().await;
    let (mut ona, phone) = operator(&test, "ona").await;
    let anna = acme(&ona).await;
    let path = invitation("acme", &anna);
    test.clock.advance_secs(601);
    ona.post(&path, json!({})).await.refused(403, "step_up_required");
    ona.post(&format!("{TENANTS}/acme/invitations"), json!({})).await.refused(403, "step_up_required");
    ona.step_up(&phone.code()).await;
    ona.patch(&format!("{TENANTS}/acme"), json!({ "suspended": true })).await.expect(200);
    ona.post(&path, json!({})).await.refused(409, "conflict");
    ona.patch(&format!("{TENANTS}/acme"), json!({ "suspended": false })).await.expect(200);
    ona.post(&path, json!({ "nonsense": 1 })).await.refused(422, "validation_failed");
    ona.post(&path, json!({})).await.expect(200);
}

/// An operator is no mail cannon: what is over the budget of the address is refused, and nothing else is done.
#[tokio::test]
async fn an_owners_address_gets_so_many_invitations_a_day() {
    let test = TestApp::start().await;
    let (ona, _) = operator(&test, "ona").await;
    let anna = acme(&ona).await;
    let mut sent = 0;
    let refused = loop {
        let answer = ona.post(&invitation("acme", &anna), json!({})).await;
        if answer.status != 200 {
            break answer;
        }
        sent += 1;
        assert!(sent < 50);
    };
    refused.refused(429, "too_many_attempts");
    assert_eq!(opened(&test).await, 1);
}

/// Of racing invitations one link is left, and it opens the account.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn racing_invitations_leave_one_link() {
    let test = TestApp::start().await;
    let (ona, _) = operator(&test, "ona").await;
    let anna = acme(&ona).await;
    let path = invitation("acme", &anna);
    for answer in together((0..4).map(|_| ona.post(&path, json!({})))).await {
        answer.expect(200);
    }
    assert_eq!(opened(&test).await, 1);
}

/// How many of the mailed links open the account.
async fn opened(test: &TestApp) -> usize {
    let mut opened = 0;
    for mail in test.mails_to(ANNAS).await {
        let body = json!({ "token": token_of(&mail.link()), "password": PASSWORD });
        let answer = test.anonymous().post("/api/v1/auth/invitation/accept", body).await;
        opened += usize::from(answer.status == 200);
    }
    opened
}
