//! Who is no operator, and what operators may not.

use axum::http::Method;
use serde_json::{Value, json};
use twinlock_service::admin;
use twinlock_testkit::{TestApp, app};

use super::*;

fn acts() -> Vec<(Method, String, Value)> {
    let owner = json!({ "username": "mine", "email": "mine@evil.example" });
    vec![
        (Method::GET, TENANTS.into(), json!({})),
        (Method::POST, TENANTS.into(), json!({ "id": "mine", "name": "Mine", "owner": owner })),
        (Method::GET, DEMO.into(), json!({})),
        (Method::PATCH, DEMO.into(), json!({ "suspended": true })),
        (Method::DELETE, DEMO.into(), json!({})),
        (Method::POST, format!("{DEMO}/restore"), json!({})),
    ]
}

/// attacks.md row 67: nobody acts as an operator who is none, an owner in their own organisation neither.
/// attacks.md row 65: the answer is the same for every organisation, one's own and those that there are not.
#[tokio::test]
async fn to_everybody_else_these_routes_do_not_exist() {
    let test = TestApp::start().await;
    let (ona, _) = operator(&test, "ona").await;
    let mut bodies = Vec::new();
    for (tenant, name) in [("demo", "olga"), ("demo", "adam"), ("demo", "mia"), ("other", "otto")] {
        let mut caller = test.anonymous().sign_in(tenant, name, app::PASSWORD).await;
        caller.enrol().await;
        for (method, path, body) in acts() {
            for path in [path.clone(), path.replace("demo", "nowhere"), path.replace("demo", "system")] {
                let refused = caller.call(method.clone(), &path, &body).await.refused(404, "not_found");
                bodies.push(refused.body);
            }
        }
    }
    bodies.dedup();
    assert_eq!(bodies.len(), 1);
    for (method, path, body) in acts() {
        test.anonymous().call(method, &path, &body).await.refused(401, "unauthenticated");
    }
    assert_eq!(ids(&ona.get(TENANTS).await.expect(200).json()), ["demo", "other"]);
    assert_eq!(ona.get(DEMO).await.json()["suspended"], false);
}

/// attacks.md row 67: a person of the operators' tenant who does not administer it is no operator.
#[tokio::test]
async fn a_mere_member_among_operators_is_none() {
    let test = TestApp::start().await;
    operator(&test, "ona").await;
    let member = admin::CreateUser {
        username: "mona".into(),
        email: None,
        display_name: None,
        role: twinlock_core::user::Role::Helpdesk,
        password: Some(PASSWORD.to_owned().into()),
    };
    admin::create_user(&test.app, "system", member).await.unwrap();
    let answer = test.anonymous().login("system", "mona", PASSWORD, None).await.expect(200).json();
    let mut mona = test.anonymous().with_token(answer["enrollment_token"].as_str().unwrap());
    mona.enrol().await;
    for (method, path, body) in acts() {
        mona.call(method, &path, &body).await.refused(404, "not_found");
    }
}

/// attacks.md row 65: an operator sees that an organisation is there, and nothing that is in it.
#[tokio::test]
async fn an_operator_is_no_administrator_of_organisations() {
    let test = TestApp::start().await;
    let (ona, _) = operator(&test, "ona").await;
    for path in ["settings", "audit", "audit.csv", "mfa/status", "mfa/history"] {
        ona.get(&format!("{DEMO}/{path}")).await.refused(404, "not_found");
        ona.get(&format!("{TENANTS}/system/{path}")).await.expect(200);
    }
    ona.patch(&format!("{DEMO}/settings"), json!({ "mfa_required": false })).await.refused(404, "not_found");
}

/// attacks.md row 67: operators cannot do without the second lock, nor do away with their own organisation.
#[tokio::test]
async fn the_operators_own_organisation_stays_as_it_is() {
    let test = TestApp::start().await;
    let (ona, _) = operator(&test, "ona").await;
    let system = format!("{TENANTS}/system");
    for (body, field) in [
        (json!({ "mfa_required": false }), "mfa_required"),
        (json!({ "mfa_grace_period_days": 30 }), "mfa_grace_period_days"),
    ] {
        let refused =
            ona.patch(&format!("{system}/settings"), body).await.refused(422, "validation_failed").json();
        assert_eq!(refused["errors"][0]["field"], field);
    }
    ona.patch(&format!("{system}/settings"), json!({ "session_lifetime_minutes": 60 })).await.expect(200);
    ona.patch(&system, json!({ "suspended": true })).await.refused(404, "not_found");
    ona.delete(&system).await.refused(404, "not_found");
    ona.post(&format!("{system}/restore"), json!({})).await.refused(404, "not_found");
    let change = [("mfa_required".to_owned(), json!(false))];
    let refused = twinlock_service::operator::change_settings(&test.app, "system", &change).await;
    assert!(matches!(refused, Err(twinlock_service::operator::OperatorError::OutOfRange(_))));
    ona.get(TENANTS).await.expect(200);
}

#[tokio::test]
async fn an_act_needs_a_fresh_proof_by_a_factor() {
    let test = TestApp::start().await;
    let (mut ona, phone) = operator(&test, "ona").await;
    test.clock.advance_secs(601);
    ona.get(TENANTS).await.expect(200);
    for (method, path, body) in acts().into_iter().filter(|(method, ..)| *method != Method::GET) {
        let refused = ona.call(method, &path, &body).await.refused(403, "step_up_required").json();
        assert_eq!(refused["methods"], json!(["totp"]));
    }
    ona.step_up(&phone.recovery_codes[0]).await;
    ona.patch(DEMO, json!({ "suspended": true })).await.refused(403, "step_up_required");
    ona.step_up(&phone.code()).await;
    ona.patch(DEMO, json!({ "suspended": true })).await.expect(200);
}

/// attacks.md row 68: who is no operator any more is none at once.
#[tokio::test]
async fn a_suspended_operator_is_none_at_once() {
    let test = TestApp::start().await;
    let (ona, _) = operator(&test, "ona").await;
    admin::suspend(&test.app, "system", "ona").await.unwrap();
    for (method, path, body) in acts() {
        ona.call(method, &path, &body).await.refused(401, "unauthenticated");
    }
}
