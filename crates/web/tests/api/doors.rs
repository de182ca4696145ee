//! What strangers can make the server write, and what is told of refusals.

use std::collections::BTreeMap;

use axum::http::Method;
use serde_json::{Value, json};
use twinlock_core::audit::EventKind;
use twinlock_service::{audit_log, maintenance};
use twinlock_testkit::{TestApp, app::PASSWORD};

use crate::keys::support::{ORIGIN, passkey_options, send_passkey, with_passkey};

/// Junk for every route that needs no session, different each time.
fn junk(n: usize) -> Vec<(&'static str, Value)> {
    let token = format!("{n:043}");
    let credential = json!({
        "id": "AAAA", "rawId": "AAAA", "type": "public-key", "clientExtensionResults": {},
        "response": { "clientDataJSON": "e30", "authenticatorData": "AAAA", "signature": "AAAA" },
    });
    let name = format!("nobody{n}");
    vec![
        ("auth/login", json!({ "tenant_id": "demo", "username": name, "password": "x" })),
        ("auth/login", json!({ "tenant_id": "demo", "username": "bob", "password": "always the same" })),
        ("auth/login", json!({ "tenant_id": name, "username": "bob", "password": "x" })),
        ("auth/mfa", json!({ "mfa_token": token, "mfa_code": "123456" })),
        ("auth/mfa/webauthn/options", json!({ "mfa_token": token })),
        ("auth/mfa/webauthn", json!({ "mfa_token": token, "credential": credential })),
        ("auth/passkey", json!({ "credential": credential })),
        ("auth/passkey/options", json!({ "tenant_id": name })),
        ("auth/password-reset", json!({ "tenant_id": "demo", "email": format!("{name}@demo.example") })),
        ("auth/password-reset/confirm", json!({ "token": token, "new_password": "a new passphrase" })),
        ("auth/invitation/accept", json!({ "token": token, "password": "a new passphrase" })),
        ("account/email/confirm", json!({ "token": token })),
    ]
}

/// Rows of each table.
async fn rows(test: &TestApp) -> BTreeMap<String, usize> {
    let mut rows: BTreeMap<String, BTreeMap<String, usize>> = BTreeMap::new();
    for cell in test.cells().await {
        let (table, column) = cell.place.split_once('.').unwrap();
        *rows.entry(table.to_owned()).or_default().entry(column.to_owned()).or_default() += 1;
    }
    rows.into_iter().map(|(table, columns)| (table, columns.into_values().max().unwrap_or(0))).collect()
}

/// attacks.md rows 3 and 61: however much junk comes from one address, what it leaves in each table is bounded.
#[tokio::test]
async fn a_flood_of_junk_leaves_a_bounded_number_of_rows() {
    let test = TestApp::start().await;
    let before = rows(&test).await;
    for n in 0..250 {
        for (path, body) in junk(n) {
            let answer = test.anonymous().call(Method::POST, &format!("/api/v1/{path}"), &body).await;
            assert!(answer.status.as_u16() < 500, "{path}: {}", answer.text());
        }
    }
    test.app.settle().await;
    audit_log::flush(&test.app).await.unwrap();
    let after = rows(&test).await;
    for (table, count) in &after {
        let more = count - before.get(table).copied().unwrap_or(0);
        let most = match table.as_str() {
            "audit_events" => 20,
            // Names and passwords are counted for a hundred failures; then the address waits.
            "throttles" => 320,
            // Open challenges of one address.
            "webauthn_challenges" => 500,
            _ => 0,
        };
        assert!(more <= most, "{table}: {more} rows more");
    }
    // And it is told in full.
    assert!(
        test.times(EventKind::SignInKeyRefused).await + test.times(EventKind::SignInThrottled).await >= 250
    );
}

/// attacks.md row 61: junk is refused with 429 after a while, and a person at the same address still gets in.
#[tokio::test]
async fn junk_answers_of_passkeys_wait_and_honest_ones_do_not() {
    let test = TestApp::start().await;
    let (_, mut key) = with_passkey(&test, "mia").await;
    let stale = key.authenticate(&passkey_options(&test).await, ORIGIN);
    send_passkey(&test, &stale).await.expect(200);
    let mut answers = Vec::new();
    for _ in 0..100 {
        answers.push(send_passkey(&test, &stale).await);
    }
    assert!(answers[..60].iter().all(|answer| answer.status == 401));
    assert!(
        answers[60..].iter().all(|answer| answer.status == 429 && !answer.header("retry-after").is_empty())
    );
    let honest = key.authenticate(&passkey_options(&test).await, ORIGIN);
    send_passkey(&test, &honest).await.expect(200);
    test.clock.advance_secs(60);
    send_passkey(&test, &stale).await.refused(401, "invalid_webauthn_response");
    assert_eq!(test.events(EventKind::SignInThrottled).await.len(), 1);
}

/// attacks.md row 1: sign-ins that were throttled, and names that nobody has, are in the tenant's log with a count.
#[tokio::test]
async fn administrators_see_failed_and_throttled_sign_ins_of_their_organisation() {
    let test = TestApp::start().await;
    let olga = test.sign_in("olga").await;
    for name in ["bob", "nobody"] {
        for _ in 0..15 {
            test.anonymous().at("203.0.113.9").guess("demo", name).await;
        }
    }
    let told = async |kind: &str| {
        let path = format!("/api/v1/tenants/demo/audit?type={kind}");
        let items = olga.get(&path).await.expect(200).json()["items"].as_array().unwrap().clone();
        let row = |item: &Value| (item["user_id"].is_string(), item["detail"]["count"].as_u64().unwrap());
        let mut rows: Vec<_> = items.iter().map(row).collect();
        rows.sort_unstable();
        rows
    };
    assert_eq!(told("sign_in.password_refused").await, [(false, 10), (true, 10)]);
    assert_eq!(told("sign_in.throttled").await, [(false, 5), (true, 5)]);
    // Nothing of it in clear, for a name may be a password in the wrong field.
    assert!(test.cells().await.iter().all(|cell| !cell.bytes.windows(6).any(|part| part == b"nobody")));
}

/// attacks.md row 65: who was refused what they are not allowed is told, once a minute with a count.
#[tokio::test]
async fn refused_authorisations_are_in_the_log_once_a_minute() {
    let test = TestApp::start().await;
    let (bob, olga) = (test.sign_in("bob").await, test.sign_in("olga").await);
    for _ in 0..20 {
        bob.get("/api/v1/tenants/demo/users").await.refused(403, "forbidden");
    }
    test.clock.advance_secs(60);
    bob.get("/api/v1/tenants/demo/audit").await.refused(403, "forbidden");
    let path = "/api/v1/tenants/demo/audit?type=access.refused";
    let items = olga.get(path).await.expect(200).json()["items"].as_array().unwrap().clone();
    let counts: Vec<_> = items.iter().map(|item| item["detail"]["count"].as_u64().unwrap()).collect();
    assert_eq!(counts, [1, 20]);
    assert_eq!(items[1]["detail"]["code"], "forbidden");
    assert_eq!(items[1]["detail"]["route"], "GET /api/v1/tenants/{tenantID}/users");
    assert_eq!(items[1]["actor"]["username"], "bob");
}

/// The log is kept for its days and no longer.
#[tokio::test]
async fn events_are_forgotten_after_the_days_they_are_kept() {
    let test = TestApp::start().await;
    test.anonymous().login("demo", "bob", PASSWORD, None).await.expect(200);
    test.clock.advance_secs(399 * 86_400);
    maintenance::tick(&test.app).await;
    assert_eq!(test.events(EventKind::SignInSucceeded).await.len(), 1);
    test.clock.advance_secs(2 * 86_400);
    for _ in 0..2 {
        maintenance::tick(&test.app).await;
        test.clock.advance_secs(3600);
    }
    assert!(test.events(EventKind::SignInSucceeded).await.is_empty());
}

/// A clock that is set ten years ahead by mistake takes a day of the log an hour, and nothing once it is corrected.
#[tokio::test]
async fn a_clock_that_is_far_ahead_does_not_take_the_log_with_it() {
    let test = TestApp::start().await;
    for _ in 0..3 {
        maintenance::tick(&test.app).await;
        test.anonymous().login("demo", "bob", PASSWORD, None).await.expect(200);
        test.clock.advance_secs(86_400);
    }
    test.clock.advance_secs(390 * 86_400);
    maintenance::tick(&test.app).await;
    let decade = 3650 * 86_400;
    test.clock.advance_secs(decade);
    for _ in 0..24 {
        maintenance::tick(&test.app).await;
        test.clock.advance_secs(300);
    }
    assert_eq!(test.events(EventKind::SignInSucceeded).await.len(), 3);
    test.clock.advance_secs(-decade);
    for _ in 0..3 {
        maintenance::tick(&test.app).await;
        test.clock.advance_secs(3600);
    }
    assert_eq!(test.events(EventKind::SignInSucceeded).await.len(), 3);
}
