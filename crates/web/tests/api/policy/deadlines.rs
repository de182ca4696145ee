//! A deadline of one person's own.

use axum::http::Method;
use serde_json::{Value, json};
use twinlock_testkit::{Answer, Caller, TestApp};

use super::{DAY, SETTINGS, STATUS, enforced, led_into_enrollment, login};
use crate::support::audit;

pub(super) async fn id_of(olga: &Caller<'_>, name: &str) -> String {
    let status = olga.get(STATUS).await.expect(200).json();
    let items = status["users_without_mfa"]["items"].as_array().unwrap().clone();
    items.iter().find(|person| person["username"] == name).unwrap()["id"].as_str().unwrap().to_owned()
}

async fn set(olga: &Caller<'_>, id: &str, deadline: Value, reason: &str) -> Answer {
    let path = format!("/api/v1/tenants/demo/users/{id}/mfa/deadline");
    olga.call(Method::PUT, &path, &json!({ "deadline": deadline, "reason": reason })).await
}

#[tokio::test]
async fn an_administrator_extends_one_persons_deadline_with_a_reason() {
    let test = TestApp::start().await;
    let (olga, _) = enforced(&test, 1).await;
    let bob = id_of(&olga, "bob").await;
    let later = "2026-03-20T12:00:00Z";
    let answer = set(&olga, &bob, json!(later), "on parental leave").await.expect(200).json();
    assert_eq!((&answer["deadline"], &answer["username"]), (&json!(later), &json!("bob")));
    let (_, detail) =
        audit(&test, &olga).await.into_iter().find(|(k, _)| k == "user.mfa_deadline_changed").unwrap();
    assert_eq!((&detail["new"], &detail["reason"]), (&json!(later), &json!("on parental leave")));
    assert_eq!(detail["old"], "2026-03-03T10:00:07Z");
    test.clock.advance_secs(2 * DAY);
    assert_eq!(login(&test, "bob").await.expect(200).json()["mfa_grace"]["deadline"], later);
    led_into_enrollment(&test, "mia").await;
    test.clock.advance_secs(17 * DAY);
    led_into_enrollment(&test, "bob").await;
}

#[tokio::test]
async fn a_deadline_that_is_over_makes_it_due_at_once() {
    let test = TestApp::start().await;
    let (olga, _) = enforced(&test, 30).await;
    let bob = test.sign_in("bob").await;
    let id = id_of(&olga, "bob").await;
    set(&olga, &id, json!("2026-03-02T00:00:00Z"), "left the building").await.expect(200);
    bob.get("/api/v1/account").await.refused(403, "mfa_enrollment_required");
    led_into_enrollment(&test, "bob").await;
}

#[tokio::test]
async fn nonsense_and_strangers_are_refused() {
    let test = TestApp::start().await;
    let (olga, _) = enforced(&test, 7).await;
    let bob = id_of(&olga, "bob").await;
    let good = json!("2026-03-20T12:00:00Z");
    for (deadline, reason) in [
        (json!("tomorrow"), "x"),
        (json!(1), "x"),
        (json!("2028-03-20T12:00:00Z"), "x"),
        (good.clone(), ""),
        (good.clone(), "a\u{7}b"),
    ] {
        set(&olga, &bob, deadline, reason).await.refused(422, "validation_failed");
    }
    set(&olga, &uuid::Uuid::nil().to_string(), good.clone(), "x").await.refused(404, "not_found");
    let me = olga.get("/api/v1/auth/session").await.expect(200).json()["user"]["id"].clone();
    set(&olga, me.as_str().unwrap(), good.clone(), "x").await.refused(403, "forbidden");
    olga.patch(SETTINGS, json!({ "mfa_required": false })).await.expect(200);
    set(&olga, &bob, good, "x").await.refused(409, "conflict");
}

/// attacks.md row 72: a new start counts for all, and no earlier deadline outlives it.
#[tokio::test]
async fn a_new_start_forgets_deadlines_of_peoples_own() {
    let test = TestApp::start().await;
    let (olga, _) = enforced(&test, 7).await;
    let bob = id_of(&olga, "bob").await;
    set(&olga, &bob, json!("2026-06-01T00:00:00Z"), "x").await.expect(200);
    olga.patch(SETTINGS, json!({ "mfa_required": false })).await.expect(200);
    olga.patch(SETTINGS, json!({ "mfa_required": true, "mfa_grace_period_days": 0 })).await.expect(200);
    led_into_enrollment(&test, "bob").await;
}
