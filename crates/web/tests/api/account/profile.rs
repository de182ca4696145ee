//! What is on file, and the name for people.

use serde_json::json;
use twinlock_testkit::TestApp;

use super::ACCOUNT;
use crate::support::names;

#[tokio::test]
async fn the_profile_is_shown_and_changed() {
    let test = TestApp::start().await;
    let mia = test.sign_in("mia").await;
    let before = mia.get(ACCOUNT).await.expect(200).json();
    let documented = [
        "created_at",
        "display_name",
        "email",
        "id",
        "mfa_enabled",
        "pending_email",
        "role",
        "status",
        "tenant_id",
        "username",
    ];
    assert_eq!(names(&before), documented);
    let changed = mia.patch(ACCOUNT, json!({ "display_name": " Mía 🦊 López " })).await.expect(200).json();
    assert_eq!(changed["display_name"], "Mía 🦊 López");
    assert_eq!(mia.get(ACCOUNT).await.json(), changed);
    for bad in ["a\r\nBcc: x@y.example", "\u{202e}", &"x".repeat(101)] {
        let answer =
            mia.patch(ACCOUNT, json!({ "display_name": bad })).await.refused(422, "validation_failed");
        assert_eq!(answer.json()["errors"][0]["field"], "display_name");
    }
    for nothing in [json!({}), json!({ "display_name": null, "email": null })] {
        assert_eq!(mia.patch(ACCOUNT, nothing).await.expect(200).json(), changed);
    }
    assert!(test.mails().await.is_empty());
}

/// Whoever wants no other name has the user name, as when the account was made.
#[tokio::test]
async fn an_empty_display_name_makes_room_for_the_user_name() {
    let test = TestApp::start().await;
    let mia = test.sign_in("mia").await;
    assert_eq!(mia.get(ACCOUNT).await.expect(200).json()["display_name"], "mia");
    for empty in ["", "  "] {
        mia.patch(ACCOUNT, json!({ "display_name": "Mía" })).await.expect(200);
        let cleared = mia.patch(ACCOUNT, json!({ "display_name": empty })).await.expect(200).json();
        assert_eq!(cleared["display_name"], "mia");
        assert_eq!(mia.get(ACCOUNT).await.json(), cleared);
    }
}
