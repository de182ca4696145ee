//! What an organisation could do for its own security.

use serde_json::{Value, json};
use twinlock_core::user::Role;
use twinlock_service::admin::{self, CreateUser};
use twinlock_testkit::{Caller, TestApp, app::PASSWORD, app::TestSettings};

use crate::support::enrolled;

const PATH: &str = "/api/v1/tenants/demo/recommendations";

async fn items(caller: &Caller<'_>) -> Vec<Value> {
    let answer = caller.get(PATH).await.expect(200).json();
    assert_eq!(answer["next_cursor"], Value::Null);
    answer["items"].as_array().unwrap().clone()
}

async fn ids(caller: &Caller<'_>) -> Vec<String> {
    items(caller).await.into_iter().map(|item| item["id"].as_str().unwrap().to_owned()).collect()
}

async fn owner(test: &TestApp, username: &str, email: Option<&str>) {
    let new = CreateUser {
        username: username.into(),
        email: email.map(str::to_owned),
        display_name: None,
        role: Role::Owner,
        password: Some(PASSWORD.to_owned().into()),
    };
    admin::create_user(&test.app, "demo", new).await.unwrap();
}

#[tokio::test]
async fn each_goes_once_it_is_done() {
    let test = TestApp::start().await;
    let mut adam = test.sign_in("adam").await;
    let first = ["root_user_without_mfa", "administrator_without_mfa", "no_second_owner", "mfa_not_required"];
    assert_eq!(ids(&adam).await, first);
    let item = &items(&adam).await[0];
    assert_eq!((&item["severity"], &item["title"]), (&json!("high"), &json!("Add MFA for the root user")));
    assert!(item["detail"].as_str().unwrap().contains("olga"));
    assert!(item["href"].as_str().unwrap().starts_with("/console/users/"));

    adam.enrol().await;
    assert!(!ids(&adam).await.contains(&"administrator_without_mfa".to_owned()));
    let (olga, _) = enrolled(&test, "olga").await;
    assert_eq!(ids(&olga).await, ["owner_with_one_factor", "no_second_owner", "mfa_not_required"]);
    // What is one's own leads to one's own page.
    assert_eq!(items(&olga).await[0]["href"], "/account/security/enrol/choose");

    owner(&test, "oda", None).await;
    let now = ["root_user_without_mfa", "owner_with_one_factor", "mfa_not_required", "users_without_email"];
    assert_eq!(ids(&olga).await, now);
    olga.patch("/api/v1/tenants/demo/settings", json!({ "mfa_required": true })).await.expect(200);
    let now = ["root_user_without_mfa", "owner_with_one_factor", "users_without_mfa", "users_without_email"];
    assert_eq!(ids(&olga).await, now);
}

#[tokio::test]
async fn it_says_what_the_server_lacks() {
    let files = TestApp::with(TestSettings { smtp: false, ..TestSettings::default() }).await;
    assert!(ids(&files.sign_in("olga").await).await.contains(&"no_smtp".to_owned()));
    let off = TestApp::with(TestSettings { mfa_enabled: false, ..TestSettings::default() }).await;
    assert_eq!(ids(&off.sign_in("olga").await).await, ["mfa_off_on_server"]);
}

/// attacks.md row 4: a header that a stranger on the Internet writes puts nothing on anybody's console.
#[tokio::test]
async fn it_says_that_everybody_counts_as_the_proxy_that_nobody_named() {
    let test = TestApp::start().await;
    let olga = test.sign_in("olga").await;
    let proxy = || async { items(&olga).await.into_iter().find(|item| item["id"] == "proxy_not_trusted") };
    let stranger = test.anonymous().at("203.0.113.5").with_header("x-forwarded-for", "198.51.100.7");
    stranger.get("/healthz").await.expect(200);
    assert_eq!(proxy().await, None);

    test.anonymous().with_header("x-forwarded-for", "198.51.100.7").get("/healthz").await.expect(200);
    let item = proxy().await.unwrap();
    assert_eq!((&item["severity"], &item["href"]), (&json!("medium"), &json!("/guide/operators/proxy")));
    let detail = item["detail"].as_str().unwrap();
    assert!(detail.starts_with("Everybody counts as 127.0.0.1: "), "{detail}");
    assert!(detail.contains("(server.trusted_proxies)"), "{detail}");
    test.anonymous().get("/guide/operators/proxy").await.expect(200);
}

/// A proxy that the server knows is no news.
#[tokio::test]
async fn a_proxy_that_was_named_is_not_told_of() {
    let trusted = TestSettings { trusted_proxies: vec!["127.0.0.0/8".into()], ..TestSettings::default() };
    let test = TestApp::with(trusted).await;
    let olga = test.sign_in("olga").await;
    test.anonymous().with_header("x-forwarded-for", "198.51.100.7").get("/healthz").await.expect(200);
    assert!(!ids(&olga).await.contains(&"proxy_not_trusted".to_owned()));
    let both = test.anonymous().with_header("x-forwarded-for", "198.51.100.7");
    both.with_header("forwarded", "for=198.51.100.8").get("/healthz").await.expect(200);
    let item = items(&olga).await.into_iter().find(|item| item["id"] == "proxy_not_trusted").unwrap();
    assert!(item["detail"].as_str().unwrap().contains("(server.forwarded_header)"), "{item}");
}

#[tokio::test]
async fn it_is_a_list_like_every_other() {
    let test = TestApp::start().await;
    let olga = test.sign_in("olga").await;
    let (mut found, mut cursor) = (Vec::new(), String::new());
    loop {
        let part = olga.get(&format!("{PATH}?limit=1{cursor}")).await.expect(200).json();
        found.extend(part["items"].as_array().unwrap().clone());
        let Some(next) = part["next_cursor"].as_str() else { break };
        cursor = format!("&cursor={next}");
    }
    assert_eq!(found, items(&olga).await);
    olga.get(&format!("{PATH}?cursor=AAAA")).await.refused(422, "validation_failed");
}

/// attacks.md rows 65 and 68: those who administer the organisation see it, and nobody else.
#[tokio::test]
async fn nobody_else_sees_it() {
    let test = TestApp::start().await;
    test.sign_in("mia").await.get(PATH).await.refused(403, "forbidden");
    let otto = test.anonymous().sign_in("other", "otto", PASSWORD).await;
    otto.get(PATH).await.refused(404, "not_found");
    let own = otto.get("/api/v1/tenants/other/recommendations").await.expect(200).text();
    assert!(own.contains("otto") && !own.contains("olga"));
}
