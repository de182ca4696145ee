//! Recovery readiness: what a person is told, whom an administrator finds, and that both follow every change.

use serde_json::{Value, json};
use twinlock_service::admin;
use twinlock_testkit::{Authenticator, Caller, TestApp, invariants, security_key::SecurityKey};

use crate::{
    keys::support::{register, sign_in as sign_in_by_key},
    support::enrolled,
};

const DAY: i64 = 86_400;
const USERS: &str = "/api/v1/tenants/demo/users";

async fn readiness(of: &Caller<'_>) -> Value {
    of.get("/api/v1/mfa").await.expect(200).json()["readiness"].clone()
}

/// The number at the dashboard and the people in the list, who are as many.
async fn at_risk(olga: &Caller<'_>) -> Vec<String> {
    let status = olga.get("/api/v1/tenants/demo/mfa/status").await.expect(200).json();
    let list = olga.get(&format!("{USERS}?mfa=at_risk")).await.expect(200).json();
    let found = list["items"].as_array().unwrap();
    assert_eq!(status["users_at_risk"], found.len());
    assert!(found.iter().all(|person| person["mfa_at_risk"] == true), "{list}");
    let names = found.iter().map(|person| person["username"].as_str().unwrap().to_owned());
    let mut names: Vec<_> = names.collect();
    names.sort_unstable();
    names
}

/// Signs in with recovery codes until so many are left.
async fn spend<'a>(test: &'a TestApp, username: &str, phone: &Authenticator<'_>, left: usize) -> Caller<'a> {
    let mut last = None;
    for code in &phone.recovery_codes[..10 - left] {
        last = Some(test.anonymous().sign_in_with_code(username, code).await);
    }
    last.expect("a code was used")
}

#[tokio::test]
async fn an_app_and_a_sheet_are_two_ways_until_the_codes_are_few() {
    let test = TestApp::start().await;
    let olga = test.sign_in("olga").await;
    assert_eq!(
        readiness(&test.sign_in("mia").await).await,
        json!({ "verdict": "not_enrolled", "ways": [], "advice": [] })
    );
    let (mia, phone) = enrolled(&test, "mia").await;
    let ready = json!({ "verdict": "ready", "ways": ["phone", "recovery_codes"], "advice": [] });
    assert_eq!(readiness(&mia).await, ready);
    assert!(at_risk(&olga).await.is_empty());

    let mut mia = spend(&test, "mia", &phone, 3).await;
    assert_eq!(readiness(&mia).await, ready);
    test.anonymous().sign_in_with_code("mia", &phone.recovery_codes[7]).await;
    // Other sessions remember an account for a second.
    test.clock.advance_secs(1);
    let advice = json!([{ "kind": "renew_codes" }, { "kind": "add_factor" }]);
    assert_eq!(readiness(&mia).await, json!({ "verdict": "at_risk", "ways": ["phone"], "advice": advice }));
    assert_eq!(at_risk(&olga).await, ["mia"]);
    let worth = olga.get("/api/v1/tenants/demo/recommendations").await.expect(200).json();
    let item = worth["items"].as_array().unwrap().iter().find(|item| item["id"] == "people_at_risk").unwrap();
    assert!(item["detail"].as_str().unwrap().starts_with("One person has one way in only"), "{item}");
    assert_eq!(item["href"], "/console/users?mfa=at_risk");

    mia.step_up(&phone.next_code()).await;
    mia.post("/api/v1/mfa/recovery-codes", json!({})).await.expect(200);
    assert_eq!(at_risk(&olga).await, ["mia"], "nobody has saved the new ones");
    mia.post("/api/v1/mfa/recovery-codes/saved", json!({})).await.expect(204);
    assert!(at_risk(&olga).await.is_empty());
    assert_eq!(invariants::violations(test.database.store()).await, [""; 0]);
}

/// What is on one phone is one way; what is copied elsewhere is another, as soon as it is seen to be.
#[tokio::test]
async fn a_passkey_on_the_phone_is_no_second_way_until_it_is_copied() {
    let test = TestApp::start().await;
    let olga = test.sign_in("olga").await;
    let (mut mia, phone) = enrolled(&test, "mia").await;
    let mut passkey = SecurityKey::synced(3).backed_up(true, false);
    register(&mut mia, &mut passkey, "passkey").await;
    spend(&test, "mia", &phone, 2).await;
    assert_eq!(readiness(&mia).await["ways"], json!(["phone"]));
    assert_eq!(at_risk(&olga).await, ["mia"]);

    let mut passkey = passkey.backed_up(true, true);
    sign_in_by_key(&test, "mia", &mut passkey).await.expect(200);
    let now = test.anonymous().sign_in_with_code("mia", &phone.next_code()).await;
    let found = readiness(&now).await;
    assert_eq!((&found["verdict"], &found["ways"]), (&json!("ready"), &json!(["phone", "synced_passkey"])));
    assert!(at_risk(&olga).await.is_empty());
    let mut passkey = passkey.backed_up(true, false);
    sign_in_by_key(&test, "mia", &mut passkey).await.expect(200);
    assert_eq!(at_risk(&olga).await, ["mia"]);
    assert_eq!(invariants::violations(test.database.store()).await, [""; 0]);
}

#[tokio::test]
async fn a_key_that_was_not_used_for_long_is_worth_trying() {
    let test = TestApp::start().await;
    let (mut mia, phone) = enrolled(&test, "mia").await;
    register(&mut mia, &mut SecurityKey::new(4), "security_key").await;
    let key = mia.get("/api/v1/mfa/webauthn").await.expect(200).json()["items"][0]["id"].clone();
    test.clock.advance_secs(180 * DAY + 1);
    let mia = test.anonymous().sign_in_with_code("mia", &phone.next_code()).await;
    let found = readiness(&mia).await;
    assert_eq!(found["verdict"], "ready");
    let since = "2026-03-02T10:00:07Z";
    assert_eq!(found["advice"], json!([{ "kind": "try_factor", "method_id": key, "unused_since": since }]));
}

/// Whoever is suspended signs in nowhere: the list is of people who can be helped. A reset leaves nobody at risk.
#[tokio::test]
async fn the_list_follows_statuses_resets_and_deletions() {
    let test = TestApp::start().await;
    let (olga, _) = enrolled(&test, "olga").await;
    for name in ["mia", "bob"] {
        let (_, phone) = enrolled(&test, name).await;
        spend(&test, name, &phone, 0).await;
    }
    assert_eq!(at_risk(&olga).await, ["bob", "mia"]);
    admin::suspend(&test.app, "demo", "mia").await.unwrap();
    assert_eq!(at_risk(&olga).await, ["bob"]);
    admin::activate(&test.app, "demo", "mia").await.unwrap();
    admin::reset_mfa(&test.app, "demo", "bob").await.unwrap();
    assert_eq!(at_risk(&olga).await, ["mia"]);
    let id = olga.get(&format!("{USERS}?search=mia")).await.expect(200).json()["items"][0]["id"].clone();
    let seen = olga.get(&format!("{USERS}/{}/mfa", id.as_str().unwrap())).await.expect(200).json();
    assert_eq!(seen["readiness"]["verdict"], "at_risk");
    olga.delete(&format!("{USERS}/{}", id.as_str().unwrap())).await.expect(204);
    assert!(at_risk(&olga).await.is_empty());
    assert_eq!(invariants::violations(test.database.store()).await, [""; 0]);
}
