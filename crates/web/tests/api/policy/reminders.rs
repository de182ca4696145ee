//! Reminding people to enrol.

use serde_json::{Value, json};
use twinlock_service::maintenance;
use twinlock_testkit::TestApp;

use super::{DAY, REMINDERS, STATUS, enforced, newcomer};
use crate::support::{mail_about, subjects};

const SUBJECT: &str = "Please set up your second factor";

fn reason_of(answer: &Value, id: &str) -> Value {
    let skipped = answer["skipped"].as_array().unwrap();
    skipped.iter().find(|one| one["user_id"] == id).map_or(Value::Null, |one| one["reason"].clone())
}

async fn reminders(test: &TestApp, address: &str) -> usize {
    subjects(test, address).await.iter().filter(|subject| *subject == SUBJECT).count()
}

#[tokio::test]
async fn one_click_reminds_everybody_who_can_be_reminded_and_says_who_cannot() {
    let test = TestApp::start().await;
    let nina = newcomer(&test, "nina", None).await.to_string();
    let (olga, _) = enforced(&test, 7).await;
    let lacking = olga.get(STATUS).await.expect(200).json()["users_not_enrolled"].as_u64().unwrap();
    let answer = olga.post(REMINDERS, json!({})).await.expect(202).json();
    assert_eq!(answer["queued"].as_u64().unwrap(), lacking - 1);
    assert_eq!(reason_of(&answer, &nina), "no_email");
    let mail = mail_about(&test, "bob@demo.example", SUBJECT).await;
    assert!(mail.text.contains("9 March 2026, 10:00 UTC"), "{}", mail.text);
    assert!(mail.link().ends_with("/account/security"), "an address that logs nobody in");
    let again = olga.post(REMINDERS, json!({})).await.expect(202).json();
    assert_eq!(again["queued"], 0);
    assert_eq!(again["skipped"].as_array().unwrap().len() as u64, lacking);
    let status = olga.get(STATUS).await.expect(200).json();
    let bob =
        status["users_without_mfa"]["items"].as_array().unwrap().iter().find(|u| u["username"] == "bob");
    assert!(bob.unwrap()["reminded_at"].is_string());
    assert_eq!(reminders(&test, "bob@demo.example").await, 1);
}

/// Who should have enrolled by now is not asked to do so before a time that is past.
#[tokio::test]
async fn a_reminder_after_the_deadline_speaks_of_the_next_sign_in() {
    let test = TestApp::start().await;
    let (olga, _) = enforced(&test, 0).await;
    olga.post(REMINDERS, json!({})).await.expect(202);
    let mail = mail_about(&test, "bob@demo.example", SUBJECT).await;
    assert!(mail.text.contains("the next time you sign in"), "{}", mail.text);
    assert!(!mail.text.contains("before"), "{}", mail.text);
}

#[tokio::test]
async fn people_are_reminded_by_name_and_strangers_are_not_found() {
    let test = TestApp::start().await;
    let (mut olga, phone) = enforced(&test, 7).await;
    let me = olga.get("/api/v1/auth/session").await.expect(200).json()["user"]["id"].clone();
    let bob = olga.get(STATUS).await.expect(200).json()["users_without_mfa"]["items"][0]["id"].clone();
    let answer = olga.post(REMINDERS, json!({ "user_ids": [bob, me] })).await.expect(202).json();
    assert_eq!(answer["queued"], 1);
    assert_eq!(reason_of(&answer, me.as_str().unwrap()), "already_enrolled");
    let other = test.anonymous().sign_in("other", "mia", twinlock_testkit::app::PASSWORD).await;
    let stranger = other.get("/api/v1/auth/session").await.expect(200).json()["user"]["id"].clone();
    let unknown = json!(uuid::Uuid::nil());
    for id in [stranger, unknown] {
        olga.post(REMINDERS, json!({ "user_ids": [id] })).await.refused(404, "not_found");
    }
    test.clock.advance_secs(1800);
    olga.post(REMINDERS, json!({})).await.refused(403, "step_up_required");
    olga.step_up(&phone.next_code()).await;
    olga.post(REMINDERS, json!({})).await.expect(202);
}

/// Reminders go out by themselves 7, 3, 1 and 0 days before the deadline, once each, whoever looks how often.
#[tokio::test]
async fn reminders_go_out_by_themselves_as_the_deadline_comes_near() {
    let test = TestApp::start().await;
    enforced(&test, 10).await;
    let mut counts = Vec::new();
    for _day in 0..13 {
        for _look in 0..3 {
            maintenance::tick(&test.app).await;
            test.clock.advance_secs(DAY / 3);
        }
        counts.push(reminders(&test, "bob@demo.example").await);
    }
    assert_eq!(counts, [0, 0, 0, 1, 1, 1, 1, 2, 2, 3, 4, 4, 4]);
    assert_eq!(reminders(&test, "olga@demo.example").await, 0, "she has a factor");
}
