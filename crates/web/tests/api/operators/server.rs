//! How the server is doing, over the API.

use serde_json::json;
use twinlock_testkit::TestApp;

use super::{TENANTS, ids, operator};

const HEALTH: &str = "/api/v1/operators/health";
const MAIL: &str = "/api/v1/operators/mail";

#[tokio::test]
async fn operators_read_health_and_the_mail_queue() {
    let test = TestApp::start().await;
    let (ona, _) = operator(&test, "ona").await;
    test.clock.advance_secs(90);
    let health = ona.get(HEALTH).await.expect(200).json();
    assert_eq!((&health["ready"], &health["uptime_seconds"]), (&json!(true), &json!(90)));
    assert_eq!(health["database"]["migrations"], "current");
    assert_eq!(
        (&health["clock"]["set_back"], &health["version"]),
        (&json!(false), &json!(env!("CARGO_PKG_VERSION")))
    );
    let before = health["mail"]["waiting"].as_i64().unwrap();
    let owner = json!({ "username": "owner", "email": "owner@acme.example" });
    ona.post(TENANTS, json!({ "id": "acme", "name": "Acme", "owner": owner })).await.expect(201);
    assert_eq!(ona.get(HEALTH).await.json()["mail"]["waiting"], before + 1);
    let queue = ona.get(&format!("{MAIL}?limit=100")).await.expect(200);
    assert!(!queue.text().contains("acme.example"), "not to whom it goes");
    let queue = queue.json();
    let last = queue["items"].as_array().unwrap().last().unwrap().clone();
    assert_eq!((&last["state"], &last["attempts"]), (&json!("waiting"), &json!(0)));
    let first = ona.get(&format!("{MAIL}?limit=1")).await.expect(200).json();
    let cursor = first["next_cursor"].as_str().expect("more");
    let second = ona.get(&format!("{MAIL}?limit=1&cursor={cursor}")).await.expect(200).json();
    assert_ne!(ids(&first), ids(&second));
}

#[tokio::test]
async fn organisations_are_found_by_id_and_name() {
    let test = TestApp::start().await;
    let (ona, _) = operator(&test, "ona").await;
    for (search, found) in [
        ("de", vec!["demo"]),
        ("ORGANISATION", vec!["demo", "other"]),
        ("x", vec![]),
        ("%20", vec!["demo", "other"]),
    ] {
        let page = ona.get(&format!("{TENANTS}?search={search}")).await.expect(200).json();
        assert_eq!(ids(&page), found, "{search}");
    }
}

/// attacks.md row 67: to everybody else the server's state is not there.
#[tokio::test]
async fn nobody_else_reads_the_servers_state() {
    let test = TestApp::start().await;
    let olga = test.sign_in("olga").await;
    for path in [HEALTH, MAIL] {
        olga.get(path).await.refused(404, "not_found");
        test.anonymous().get(path).await.refused(401, "unauthenticated");
    }
}
