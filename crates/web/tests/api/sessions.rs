//! Sessions: the list, and how they end.

use axum::{body::Body, http::Method};
use serde_json::{Value, json};
use twinlock_core::clock::Clock;
use twinlock_service::{admin, sessions::flush_touches};
use twinlock_testkit::{Answer, Caller, TestApp, app::PASSWORD};

use crate::support::{audit, enrolled, names};

const SESSIONS: &str = "/api/v1/sessions";
const SESSION: &str = "/api/v1/auth/session";
const HOUR: i64 = 3600;

async fn list(caller: &Caller<'_>) -> Vec<Value> {
    caller.get(SESSIONS).await.expect(200).json()["items"].as_array().unwrap().clone()
}

async fn id_of(caller: &Caller<'_>) -> String {
    let session = caller.get(SESSION).await.expect(200).json();
    session["session"]["id"].as_str().unwrap().to_owned()
}

fn ids(items: &[Value]) -> Vec<String> {
    items.iter().map(|item| item["id"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn the_list_tells_where_one_is_signed_in_and_shows_no_token() {
    let test = TestApp::start().await;
    let old = test.anonymous().at("192.0.2.7").with_header("user-agent", "Curl/8.5 <b>");
    let old = old.sign_in("demo", "mia", PASSWORD).await;
    test.clock.advance_secs(60);
    let mia = test.sign_in("mia").await;
    test.sign_in("bob").await;
    test.anonymous().sign_in("other", "mia", PASSWORD).await;
    let answer = mia.get(SESSIONS).await.expect(200);
    assert!(!answer.text().contains("eyJ"));
    assert_eq!(answer.json()["next_cursor"], Value::Null);
    let items = list(&mia).await;
    assert_eq!(ids(&items), [id_of(&mia).await, id_of(&old).await]);
    assert_eq!((&items[0]["current"], &items[1]["current"]), (&json!(true), &json!(false)));
    assert_eq!((&items[1]["address"], &items[1]["channel"]), (&json!("192.0.2.7"), &json!("api")));
    assert_eq!(items[1]["user_agent"], "Curl/8.5 <b>");
    let documented =
        ["address", "channel", "created_at", "current", "expires_at", "id", "last_used_at", "user_agent"];
    assert_eq!(names(&items[0]), documented);
}

/// attacks.md row 70: cursors are bound to their list, and a forged one never reaches a query.
#[tokio::test]
async fn the_list_comes_in_pages() {
    let test = TestApp::start().await;
    let mut all = Vec::new();
    for _ in 0..5 {
        let mia = test.sign_in("mia").await;
        all.insert(0, id_of(&mia).await);
        test.clock.advance_secs(1);
    }
    let mia = test.sign_in("mia").await;
    all.insert(0, id_of(&mia).await);
    let (mut seen, mut cursor, mut pages) = (Vec::new(), String::new(), 0);
    loop {
        let page = mia.get(&format!("{SESSIONS}?limit=2{cursor}")).await.expect(200).json();
        seen.extend(ids(page["items"].as_array().unwrap()));
        pages += 1;
        let Some(next) = page["next_cursor"].as_str() else { break };
        cursor = format!("&cursor={next}");
    }
    assert_eq!((seen, pages), (all, 3));

    let cursor = cursor.trim_start_matches("&cursor=").to_owned();
    let bob = test.sign_in("bob").await;
    bob.get(&format!("{SESSIONS}?cursor={cursor}")).await.refused(422, "validation_failed");
    let mut changed = cursor.clone().into_bytes();
    changed[3] = if changed[3] == b'A' { b'B' } else { b'A' };
    let changed = String::from_utf8(changed).unwrap();
    for query in [
        &*format!("cursor={changed}"),
        &format!("cursor={}", &cursor[1..]),
        "cursor=",
        "cursor=%27%20OR%201=1--",
        &format!("cursor={}", "A".repeat(4000)),
        "cursor=%00",
        "limit=0",
        "limit=101",
        "limit=-1",
        "limit=1e9",
        "limit=2&limit=3",
        "sort=token_hash",
        "user_id=1",
    ] {
        mia.get(&format!("{SESSIONS}?{query}")).await.refused(422, "validation_failed");
    }
}

/// attacks.md row 45: an ended session is dead at once.
#[tokio::test]
async fn one_session_is_ended() {
    let test = TestApp::start().await;
    let (mia, other) = (test.sign_in("mia").await, test.sign_in("mia").await);
    let path = format!("{SESSIONS}/{}", id_of(&other).await);
    mia.delete(&path).await.expect(204);
    other.get(SESSION).await.refused(401, "unauthenticated");
    mia.delete(&path).await.refused(404, "not_found");
    assert_eq!(list(&mia).await.len(), 1);
    assert!(audit(&test, &mia).await.iter().any(|(kind, _)| kind == "session.ended"));
    let own = format!("{SESSIONS}/{}", id_of(&mia).await);
    mia.delete(&own).await.expect(204);
    mia.get(SESSION).await.refused(401, "unauthenticated");
}

#[tokio::test]
async fn all_other_sessions_are_ended_and_half_finished_sign_ins_too() {
    let test = TestApp::start().await;
    let (_, phone) = enrolled(&test, "mia").await;
    let other = test.anonymous().sign_in_with_code("mia", &phone.next_code()).await;
    let mia = test.anonymous().sign_in_with_code("mia", &phone.next_code()).await;
    let bob = test.sign_in("bob").await;
    let pending = test.anonymous().login("demo", "mia", PASSWORD, None).await.expect(200).string("mfa_token");
    mia.delete(SESSIONS).await.expect(204);
    mia.get(SESSION).await.expect(200);
    bob.get(SESSION).await.expect(200);
    other.get(SESSION).await.refused(401, "unauthenticated");
    let finish = json!({ "mfa_token": pending, "mfa_code": phone.next_code() });
    test.anonymous().post("/api/v1/auth/mfa", finish).await.refused(401, "mfa_token_invalid");
}

/// attacks.md row 66: sessions of other people and ids that are none.
#[tokio::test]
async fn other_peoples_sessions_cannot_be_ended() {
    let test = TestApp::start().await;
    let mia = test.sign_in("mia").await;
    let bob = test.sign_in("bob").await;
    let namesake = test.anonymous().sign_in("other", "mia", PASSWORD).await;
    let own = id_of(&mia).await;
    for id in [
        id_of(&bob).await,
        id_of(&namesake).await,
        "0198c3a2-7b10-7c3e-8f4a-0123456789ab".into(),
        own.to_uppercase(),
        own.replace('-', ""),
        "1".into(),
        "%00".into(),
        "..%2F".into(),
    ] {
        mia.delete(&format!("{SESSIONS}/{id}")).await.refused(404, "not_found");
    }
    for caller in [&mia, &bob, &namesake] {
        caller.get(SESSION).await.expect(200);
    }
}

/// attacks.md row 45: an hour without use is the end, to the second.
#[tokio::test]
async fn a_session_ends_after_an_hour_without_use() {
    let test = TestApp::start().await;
    let mia = test.sign_in("mia").await;
    for _ in 0..5 {
        test.clock.advance_secs(HOUR - 1);
        mia.get(SESSION).await.expect(200);
    }
    test.clock.advance_secs(HOUR);
    mia.get(SESSION).await.refused(401, "unauthenticated");
    let again = test.sign_in("mia").await;
    assert_eq!(list(&again).await.len(), 1);
}

/// attacks.md row 45: the absolute end holds however much a session is used.
#[tokio::test]
async fn a_session_ends_at_its_absolute_end() {
    let test = TestApp::start().await;
    let mia = test.sign_in("mia").await;
    for _ in 0..47 {
        test.clock.advance_secs(HOUR / 2);
        mia.get(SESSION).await.expect(200);
    }
    test.clock.advance_secs(HOUR / 2 - 1);
    mia.get(SESSION).await.expect(200);
    test.clock.advance_secs(1);
    mia.get(SESSION).await.refused(401, "unauthenticated");

    let olga = test.sign_in("olga").await;
    let minutes = json!({ "session_lifetime_minutes": 5 });
    olga.patch("/api/v1/tenants/demo/settings", minutes).await.expect(200);
    let short = test.sign_in("mia").await;
    test.clock.advance_secs(299);
    short.get(SESSION).await.expect(200);
    // A fresh token does not outlive its session.
    let fresh = short.post("/api/v1/auth/step-up", json!({ "password": PASSWORD })).await.expect(200);
    let fresh = short.with_token(&fresh.string("token"));
    fresh.get(SESSION).await.expect(200);
    test.clock.advance_secs(1);
    fresh.get(SESSION).await.refused(401, "unauthenticated");
    olga.get(SESSION).await.expect(200);
}

/// attacks.md row 45: what one node ended, another refuses within a second; so it does with the command line's acts.
#[tokio::test]
async fn an_end_reaches_another_node_within_a_second() {
    let test = TestApp::start().await;
    let node = test.second_node().await;
    let elsewhere = async |caller: &Caller<'_>| -> Answer {
        node.send(caller.request(&Method::GET, SESSION, "", Body::empty())).await
    };
    let ended: [(&str, &str); 3] = [("logout", "mia"), ("suspended", "bob"), ("reset", "adam")];
    for (how, who) in ended {
        let caller = if how == "reset" { enrolled(&test, who).await.0 } else { test.sign_in(who).await };
        elsewhere(&caller).await.expect(200);
        match how {
            "logout" => {
                caller.post("/api/v1/auth/logout", json!({})).await.expect(204);
                caller.get(SESSION).await.refused(401, "unauthenticated");
            }
            "suspended" => drop(admin::suspend(&test.app, "demo", who).await.unwrap()),
            _ => drop(admin::reset_mfa(&test.app, "demo", who).await.unwrap()),
        }
        test.clock.advance_secs(1);
        elsewhere(&caller).await.refused(401, "unauthenticated");
    }
}

/// The cache never lengthens a session's life: its end is looked at on every call that is not within the same second.
#[tokio::test]
async fn a_cached_answer_does_not_outlive_the_session_by_more_than_a_second() {
    let test = TestApp::start().await;
    let mia = test.sign_in("mia").await;
    let end = test.clock.now().plus_secs(HOUR);
    mia.get(SESSION).await.expect(200);
    test.clock.set(end);
    mia.get(SESSION).await.refused(401, "unauthenticated");
}

#[tokio::test]
async fn the_last_use_is_kept_in_memory_and_written_by_and_by() {
    let test = TestApp::start().await;
    let node = test.second_node().await;
    let (mia, watcher) = (test.sign_in("mia").await, test.sign_in("mia").await);
    let seen = async || {
        let answer =
            node.send(watcher.request(&Method::GET, SESSIONS, "", Body::empty())).await.expect(200).json();
        let id = id_of(&mia).await;
        let item = answer["items"].as_array().unwrap().iter().find(|item| item["id"] == *id).cloned();
        item.unwrap()["last_used_at"].as_str().unwrap().to_owned()
    };
    test.clock.advance_secs(120);
    mia.get(SESSION).await.expect(200);
    // This node knows at once, another only once it is written.
    let here = list(&mia).await;
    assert!(
        here.iter().any(|item| item["current"] == true && item["last_used_at"] == "2026-03-02T10:02:07Z")
    );
    assert_eq!(seen().await, "2026-03-02T10:00:07Z");
    flush_touches(&test.app).await.unwrap();
    assert_eq!(seen().await, "2026-03-02T10:02:07Z");
}
