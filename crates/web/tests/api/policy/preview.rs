//! What a change would do, said before it is done.

use serde_json::json;
use twinlock_testkit::TestApp;

use super::{SETTINGS, STATUS, enforced, led_into_enrollment, login, newcomer};
use crate::support::together;

/// The numbers of the preview are what then happens.
#[tokio::test]
async fn the_preview_says_what_then_happens() {
    for days in [0, 7] {
        let test = TestApp::start().await;
        newcomer(&test, "nina", None).await;
        let mut bob = test.sign_in("bob").await;
        bob.enrol().await;
        test.sign_in("mia").await;
        test.sign_in("mia").await;
        let mut olga = test.sign_in("olga").await;
        olga.enrol().await;
        let wanted = json!({ "mfa_required": true, "mfa_grace_period_days": days });
        let path = format!("{SETTINGS}?dry_run=true");
        let impact = olga.patch(&path, wanted.clone()).await.expect(200).json()["impact"].clone();
        assert_eq!(impact["sessions_ended"], 3);
        assert_eq!(impact["users_without_email"], 1);
        assert_eq!(olga.get(SETTINGS).await.expect(200).json()["mfa_required"], false);
        bob.get("/api/v1/account").await.expect(200);

        olga.patch(SETTINGS, wanted).await.expect(200);
        let status = olga.get(STATUS).await.expect(200).json();
        assert_eq!(impact["users_total"], status["users_total"]);
        let lacking = status["users_not_enrolled"].clone();
        let (blocked, waiting) = if days == 0 { (lacking, json!(0)) } else { (json!(0), lacking) };
        assert_eq!((&impact["users_blocked_now"], &impact["users_in_grace"]), (&blocked, &waiting));
        bob.get("/api/v1/account").await.refused(401, "unauthenticated");
        let answer = login(&test, "mia").await.expect(200).json();
        assert_eq!(answer["mfa_enrollment_required"].as_bool().unwrap_or_default(), days == 0);
    }
}

#[tokio::test]
async fn a_shorter_grace_period_is_previewed_as_well() {
    let test = TestApp::start().await;
    let (olga, _) = enforced(&test, 30).await;
    test.clock.advance_secs(5 * 60);
    let path = format!("{SETTINGS}?dry_run=true");
    let impact = olga.patch(&path, json!({ "mfa_grace_period_days": 0 })).await.expect(200).json();
    let impact = &impact["impact"];
    assert_eq!((&impact["users_in_grace"], &impact["sessions_ended"]), (&json!(0), &json!(0)));
    assert!(impact["users_blocked_now"].as_u64().unwrap() > 0);
    olga.patch(SETTINGS, json!({ "mfa_grace_period_days": 0 })).await.expect(200);
    led_into_enrollment(&test, "bob").await;
}

/// Settings carry a version: of two who change the policy at once, one gets a conflict.
#[tokio::test]
async fn two_who_change_the_policy_at_once_do_not_overwrite_each_other() {
    let test = TestApp::start().await;
    let mut olga = test.sign_in("olga").await;
    olga.enrol().await;
    let version = olga.get(SETTINGS).await.expect(200).json()["version"].clone();
    let change =
        |days: u32| json!({ "mfa_required": true, "mfa_grace_period_days": days, "version": version });
    let answers = together((1..=10).map(|days| olga.patch(SETTINGS, change(days)))).await;
    let won = answers.iter().filter(|answer| answer.status == 200).count();
    let lost = answers.iter().filter(|answer| answer.status == 409 && answer.code() == "conflict").count();
    assert_eq!((won, lost), (1, 9));
}

/// attacks.md row 70: values out of range, of a wrong type, or unknown are refused, and nothing changes.
#[tokio::test]
async fn nonsense_is_refused() {
    let test = TestApp::start().await;
    let mut olga = test.sign_in("olga").await;
    olga.enrol().await;
    let before = olga.get(SETTINGS).await.expect(200).json();
    for wrong in [
        json!({ "mfa_grace_period_days": -1 }),
        json!({ "mfa_grace_period_days": 366 }),
        json!({ "mfa_grace_period_days": 1e9 }),
        json!({ "mfa_grace_period_days": 0.5 }),
        json!({ "mfa_grace_period_days": "7" }),
        json!({ "mfa_required": "true" }),
        json!({ "mfa_requierd": true }),
        json!({ "mfa_enforced_at": "2026-01-01T00:00:00Z" }),
        json!({ "mfa_sso_policy": "trust" }),
        json!({ "mfa_allowed_methods": [] }),
    ] {
        olga.patch(SETTINGS, wrong).await.refused(422, "validation_failed");
    }
    olga.patch(&format!("{SETTINGS}?dry_run=maybe"), json!({})).await.refused(422, "validation_failed");
    assert_eq!(olga.get(SETTINGS).await.expect(200).json(), before);
}
