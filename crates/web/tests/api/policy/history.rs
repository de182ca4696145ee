//! Enrollment over time.

use serde_json::{Value, json};
use twinlock_service::maintenance;
use twinlock_testkit::{Caller, TestApp, security_key::SecurityKey};

use super::{DAY, SETTINGS, newcomer};
use crate::keys::support::register;

const HISTORY: &str = "/api/v1/tenants/demo/mfa/history";

async fn days(by: &Caller<'_>, query: &str) -> Vec<Value> {
    by.get(&format!("{HISTORY}{query}")).await.expect(200).json()["days"].as_array().unwrap().clone()
}

fn day(day: &str, total: u64, enrolled: u64) -> Value {
    json!({ "day": day, "users_total": total, "users_enrolled": enrolled })
}

/// Midnight and a minute of the next day, as the server sees it.
async fn next_day(test: &TestApp) {
    let passed = test.app.now().secs().rem_euclid(DAY);
    test.clock.advance_secs(DAY - passed + 60);
    maintenance::tick(&test.app).await;
}

#[tokio::test]
async fn every_day_is_kept_and_today_is_as_it_is_now() {
    let test = TestApp::start().await;
    let mut olga = test.sign_in("olga").await;
    assert_eq!(days(&olga, "").await, [day("2026-03-02", 4, 0)]);
    maintenance::tick(&test.app).await;
    let phone = olga.enrol().await;
    next_day(&test).await;
    let olga = test.anonymous().sign_in_with_code("olga", &phone.next_code()).await;
    test.sign_in("mia").await.enrol().await;
    newcomer(&test, "nina", None).await;
    maintenance::tick(&test.app).await;
    let two = [day("2026-03-02", 4, 0), day("2026-03-03", 5, 2)];
    assert_eq!(days(&olga, "").await, two);
    next_day(&test).await;
    let mut olga = test.anonymous().sign_in_with_code("olga", &phone.next_code()).await;
    // The day before was written at its beginning.
    let three = [two[0].clone(), day("2026-03-03", 4, 1), day("2026-03-04", 5, 2)];
    assert_eq!(days(&olga, "").await, three);
    assert_eq!(days(&olga, "?days=2").await, three[1..]);
    assert_eq!(days(&olga, "?days=1").await, three[2..]);
    // By the kinds that count now, as in the status.
    register(&mut olga, &mut SecurityKey::new(1), "security_key").await;
    olga.patch(SETTINGS, json!({ "mfa_allowed_methods": ["webauthn"] })).await.expect(200);
    let enrolled: Vec<_> = days(&olga, "").await.iter().map(|day| day["users_enrolled"].clone()).collect();
    assert_eq!(enrolled, [0, 0, 1]);
}

/// A day on which no server ran is missing, and four hundred days are kept, however many nodes look.
#[tokio::test]
async fn days_are_written_once_and_not_for_ever() {
    let test = TestApp::start().await;
    let other = test.second_node().await;
    for _ in 0..3 {
        next_day(&test).await;
        maintenance::tick(&other.app).await;
        maintenance::tick(&test.app).await;
    }
    test.clock.advance_secs(398 * DAY);
    maintenance::tick(&other.app).await;
    let olga = test.sign_in("olga").await;
    let found = days(&olga, "?days=400").await;
    assert_eq!(found, [day("2026-03-04", 4, 0), day("2026-03-05", 4, 0), day("2027-04-07", 4, 0)]);
    let otto = test.anonymous().sign_in("other", "otto", twinlock_testkit::app::PASSWORD).await;
    let others = otto.get("/api/v1/tenants/other/mfa/history?days=400").await.expect(200).json();
    assert_eq!(others["days"].as_array().unwrap().len(), 3);
}

#[tokio::test]
async fn it_is_for_who_sees_people_and_bounded() {
    let test = TestApp::start().await;
    let olga = test.sign_in("olga").await;
    for wrong in ["days=0", "days=401", "days=-1", "days=1.5", "days=", "limit=2", "days=1&days=2"] {
        olga.get(&format!("{HISTORY}?{wrong}")).await.refused(422, "validation_failed");
    }
    test.sign_in("bob").await.get(HISTORY).await.refused(403, "forbidden");
    test.sign_in("bob").await.get("/api/v1/tenants/other/mfa/history").await.refused(404, "not_found");
    test.anonymous().get(HISTORY).await.refused(401, "unauthenticated");
}
