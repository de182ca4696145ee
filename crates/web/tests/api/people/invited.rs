//! People who have not accepted their invitation yet: counted apart, not reminded, invited again in bulk.

use serde_json::{Value, json};
use twinlock_core::user::Role;
use twinlock_testkit::{Caller, TestApp, app::PASSWORD};

use super::{USERS, add, id_of, owner};
use crate::support::{mail_about, subjects};

const STATUS: &str = "/api/v1/tenants/demo/mfa/status";
const SETTINGS: &str = "/api/v1/tenants/demo/settings";
const REMINDERS: &str = "/api/v1/tenants/demo/mfa/reminders";
const INVITATIONS: &str = "/api/v1/tenants/demo/invitations";
const RECOMMENDATIONS: &str = "/api/v1/tenants/demo/recommendations";
const SUBJECT: &str = "Your new account at Demo organisation";

async fn invite(by: &Caller<'_>, name: &str, role: &str) -> String {
    let email = format!("{name}@demo.example");
    by.post(USERS, json!({ "username": name, "email": email, "role": role })).await.expect(201).string("id")
}

fn number(answer: &Value, name: &str) -> u64 {
    answer[name].as_u64().unwrap_or_else(|| panic!("{name}: {answer}"))
}

#[tokio::test]
async fn they_are_counted_apart_everywhere() {
    let test = TestApp::start().await;
    let (olga, _) = owner(&test).await;
    let before = olga.get(STATUS).await.expect(200).json();
    let id = invite(&olga, "nora", "member").await;
    let after = olga.get(STATUS).await.expect(200).json();
    for same in ["users_total", "users_enrolled", "users_not_enrolled", "users_at_risk"] {
        assert_eq!(after[same], before[same], "{same}");
    }
    assert_eq!((number(&before, "users_invited"), number(&after, "users_invited")), (0, 1));
    let without = after["users_without_mfa"]["items"].as_array().unwrap();
    assert!(without.iter().all(|person| person["id"] != *id), "{without:?}");
    let off = olga.get(&format!("{USERS}?mfa=none&limit=100")).await.expect(200).json();
    assert!(off["items"].as_array().unwrap().iter().all(|person| person["id"] != *id), "{off}");
    let wanted = json!({ "mfa_required": true });
    let impact = olga.patch(&format!("{SETTINGS}?dry_run=true"), wanted).await.expect(200).json();
    let impact = &impact["impact"];
    assert_eq!(number(impact, "users_total"), number(&after, "users_total"));
    assert_eq!(number(impact, "users_invited"), 1);
    assert_eq!(
        number(impact, "users_blocked_now") + number(impact, "users_in_grace"),
        number(&after, "users_not_enrolled")
    );
    let history = olga.get("/api/v1/tenants/demo/mfa/history?days=1").await.expect(200).json();
    assert_eq!(history["days"][0]["users_total"], after["users_total"]);
}

/// Who accepts counts from then on; who is suspended before, never.
#[tokio::test]
async fn they_count_once_they_accept() {
    let test = TestApp::start().await;
    let (olga, _) = owner(&test).await;
    let total = number(&olga.get(STATUS).await.expect(200).json(), "users_total");
    invite(&olga, "nora", "member").await;
    let late = invite(&olga, "late", "member").await;
    let link = mail_about(&test, "nora@demo.example", SUBJECT).await;
    let accept = json!({ "token": link.token(), "password": PASSWORD });
    test.anonymous().post("/api/v1/auth/invitation/accept", accept).await.expect(200);
    olga.patch(&format!("{USERS}/{late}"), json!({ "status": "suspended" })).await.expect(200);
    let status = olga.get(STATUS).await.expect(200).json();
    assert_eq!((number(&status, "users_total"), number(&status, "users_invited")), (total + 1, 0));
}

#[tokio::test]
async fn they_are_not_reminded_of_what_they_cannot_do_yet() {
    let test = TestApp::start().await;
    let (olga, _) = owner(&test).await;
    let id = invite(&olga, "nora", "member").await;
    olga.patch(SETTINGS, json!({ "mfa_required": true, "mfa_grace_period_days": 7 })).await.expect(200);
    let answer = olga.post(REMINDERS, json!({ "user_ids": [id] })).await.expect(202).json();
    assert_eq!(answer, json!({ "queued": 0, "skipped": [{ "user_id": id, "reason": "invited" }] }));
    olga.post(REMINDERS, json!({})).await.expect(202);
    assert_eq!(subjects(&test, "nora@demo.example").await, [SUBJECT]);
}

/// Nobody steals the password of an account that has none.
#[tokio::test]
async fn they_are_no_urgent_matter() {
    let test = TestApp::start().await;
    let (olga, _) = owner(&test).await;
    let urgent = async || {
        let found = olga.get(RECOMMENDATIONS).await.expect(200).json();
        let items = found["items"].as_array().unwrap().clone();
        items
            .into_iter()
            .filter(|item| item["severity"] == "high")
            .map(|item| item["detail"].clone())
            .collect::<Vec<_>>()
    };
    let before = urgent().await;
    invite(&olga, "second", "owner").await;
    invite(&olga, "helper", "admin").await;
    assert_eq!(urgent().await, before);
    add(&test, "third", Role::Owner).await;
    assert_ne!(urgent().await, before);
}

#[tokio::test]
async fn everybody_who_has_not_accepted_is_invited_again() {
    let test = TestApp::start().await;
    let (olga, _) = owner(&test).await;
    for name in ["nora", "nina"] {
        invite(&olga, name, "member").await;
    }
    let bare = olga.post(USERS, json!({ "username": "bare" })).await.expect(201).string("id");
    let first = mail_about(&test, "nora@demo.example", SUBJECT).await;
    test.clock.advance_secs(60);
    let answer = olga.post(INVITATIONS, json!({})).await.expect(202).json();
    assert_eq!(answer["queued"], 2);
    assert_eq!(answer["skipped"], json!([{ "user_id": bare, "reason": "no_email" }]));
    let second = mail_about(&test, "nora@demo.example", SUBJECT).await;
    assert_ne!(first.token(), second.token());
    let accept = |token: String| json!({ "token": token, "password": PASSWORD });
    let path = "/api/v1/auth/invitation/accept";
    test.anonymous().post(path, accept(first.token())).await.refused(401, "invalid_credentials");
    test.anonymous().post(path, accept(second.token())).await.expect(200);
}

#[tokio::test]
async fn people_are_invited_again_by_name_and_strangers_are_not_found() {
    let test = TestApp::start().await;
    let (olga, _) = owner(&test).await;
    let nora = invite(&olga, "nora", "member").await;
    let mia = id_of(&olga, "mia").await;
    let answer = olga.post(INVITATIONS, json!({ "user_ids": [mia, nora] })).await.expect(202).json();
    assert_eq!(answer["queued"], 1);
    assert_eq!(answer["skipped"], json!([{ "user_id": mia, "reason": "not_invited" }]));
    let otto = test.anonymous().sign_in("other", "otto", PASSWORD).await;
    let stranger = otto.get("/api/v1/auth/session").await.expect(200).json()["user"]["id"].clone();
    olga.post(INVITATIONS, json!({ "user_ids": [stranger] })).await.refused(404, "not_found");
    olga.post(INVITATIONS, json!({ "user_ids": [] })).await.refused(422, "validation_failed");
    // An administrator invites nobody who would stand beside or above them.
    let peer = invite(&olga, "peer", "admin").await;
    let mut adam = test.sign_in("adam").await;
    adam.enrol().await;
    let answer = adam.post(INVITATIONS, json!({ "user_ids": [peer] })).await.expect(202).json();
    assert_eq!(answer["skipped"], json!([{ "user_id": peer, "reason": "forbidden" }]));
}

/// An invitation lives as long as the organisation says.
#[tokio::test]
async fn an_invitation_lives_as_long_as_the_organisation_says() {
    let test = TestApp::start().await;
    let (mut olga, phone) = owner(&test).await;
    let settings = olga.get(SETTINGS).await.expect(200).json();
    assert_eq!(settings["invitation_lifetime_days"], 7);
    for wrong in [0, 31] {
        let answer = olga.patch(SETTINGS, json!({ "invitation_lifetime_days": wrong })).await;
        let answer = answer.refused(422, "validation_failed").json();
        assert_eq!(answer["errors"][0]["field"], "invitation_lifetime_days");
    }
    invite(&olga, "nora", "member").await;
    let week = mail_about(&test, "nora@demo.example", SUBJECT).await;
    assert!(week.text.contains("within 7 days"), "{}", week.text);
    olga.patch(SETTINGS, json!({ "invitation_lifetime_days": 1 })).await.expect(200);
    invite(&olga, "nina", "member").await;
    let day = mail_about(&test, "nina@demo.example", SUBJECT).await;
    assert!(day.text.contains("within 24 hours"), "{}", day.text);
    test.clock.advance_secs(2 * 86_400);
    let accept = |token: String| json!({ "token": token, "password": PASSWORD });
    let path = "/api/v1/auth/invitation/accept";
    test.anonymous().post(path, accept(day.token())).await.refused(401, "invalid_credentials");
    test.anonymous().post(path, accept(week.token())).await.expect(200);
    let _ = (&mut olga, phone);
}
