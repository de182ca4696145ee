//! Signature counters (W3C WebAuthn Level 3 §7.2 step 22).

use serde_json::json;
use twinlock_testkit::{TestApp, security_key::SecurityKey};

use super::support::*;
use crate::support::{audit, subjects};

async fn with_counter(test: &TestApp, username: &str, key: &mut SecurityKey, counter: u32) -> u16 {
    let answer = sign_in_bent(test, username, key, |bent| bent.authenticator_data.counter = counter).await;
    answer.status.as_u16()
}

/// attacks.md row 58: it rises or it is refused; zero is no counter; a later higher one opens again.
#[tokio::test]
async fn a_counter_only_rises() {
    let test = TestApp::start().await;
    let (_, mut key) = with_key(&test, "mia").await;
    let run =
        [(100, 200), (101, 200), (101, 401), (50, 401), (0, 401), (102, 200), (u32::MAX, 200), (0, 401)];
    for (counter, status) in run {
        assert_eq!(with_counter(&test, "mia", &mut key, counter).await, status, "counter {counter}");
    }
}

/// attacks.md row 58: keys that keep no counter always send zero.
#[tokio::test]
async fn zero_after_zero_is_accepted() {
    let test = TestApp::start().await;
    let (_, mut key) = with_passkey(&test, "mia").await;
    for counter in [0, 0, 7, 8] {
        assert_eq!(with_counter(&test, "mia", &mut key, counter).await, 200, "counter {counter}");
    }
    assert_eq!(with_counter(&test, "mia", &mut key, 0).await, 401);
}

/// attacks.md row 58: marked in the list and the audit log, the person told, once; the key goes on.
#[tokio::test]
async fn a_counter_that_went_back_is_a_warning_not_a_disabling() {
    let test = TestApp::start().await;
    let (mia, mut key) = with_key(&test, "mia").await;
    for counter in [100, 100, 99] {
        with_counter(&test, "mia", &mut key, counter).await;
    }
    let listed = mia.get("/api/v1/mfa/webauthn").await.expect(200).json();
    assert!(listed["items"][0]["counter_alert_at"].is_string(), "{listed}");
    let marks = audit(&test, &mia).await.into_iter().filter(|(kind, _)| kind == "mfa.key_counter_went_back");
    assert_eq!(marks.count(), 2);
    let told = subjects(&test, "mia@demo.example").await;
    assert_eq!(told.iter().filter(|subject| subject.contains("may have been copied")).count(), 1, "{told:?}");
    assert_eq!(with_counter(&test, "mia", &mut key, 101).await, 200);
    let mfa = mia.get("/api/v1/mfa").await.expect(200).json();
    assert_eq!(mfa["methods"][0]["type"], json!("webauthn"));
}
