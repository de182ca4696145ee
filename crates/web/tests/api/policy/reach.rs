//! Whom reminders would reach.

use serde_json::json;
use twinlock_testkit::TestApp;

use super::{REMINDERS, STATUS, enforced, newcomer};

/// What is counted beside the button is what one press then sends.
#[tokio::test]
async fn the_count_of_reminders_is_what_is_sent() {
    let test = TestApp::start().await;
    let (olga, _) = enforced(&test, 7).await;
    newcomer(&test, "nina", None).await;
    let reach = async || olga.get(STATUS).await.expect(200).json()["reminders"].clone();
    let before = reach().await;
    assert_eq!(before, json!({ "reachable": 3, "reminded_recently": 0, "no_email": 1 }));
    let sent = olga.post(REMINDERS, json!({})).await.expect(202).json();
    assert_eq!(sent["queued"], before["reachable"]);
    assert_eq!(reach().await, json!({ "reachable": 0, "reminded_recently": 3, "no_email": 1 }));
}
