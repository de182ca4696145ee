//! Nobody gets in to a suspended organisation.

use serde_json::json;
use twinlock_service::admin::{self, CreateUser};
use twinlock_testkit::{TestApp, app};

use super::*;
use crate::support::enrolled;

/// attacks.md row 46: in a deactivated organisation every way in is closed at once, with the answer of a wrong
/// password; none of what was open before comes back with it.
#[tokio::test]
async fn every_way_in_is_closed_at_once() {
    let test = TestApp::start().await;
    let (ona, _) = operator(&test, "ona").await;
    let (mia, phone) = enrolled(&test, "mia").await;
    test.clock.advance_secs(120);
    let pending =
        test.anonymous().login("demo", "mia", app::PASSWORD, None).await.expect(200).string("mfa_token");
    let reset = test.reset_token("demo", "bob@demo.example").await;
    let invited = CreateUser {
        username: "ines".into(),
        email: Some("ines@demo.example".into()),
        display_name: None,
        role: twinlock_core::user::Role::Member,
        password: None,
    };
    let link = admin::create_user(&test.app, "demo", invited).await.unwrap().invitation.unwrap();
    let mails = test.mails().await.len();

    let answer = ona.patch(DEMO, json!({ "suspended": true })).await.expect(200).json();
    assert_eq!(
        (&answer["suspended"], &answer["suspended_at"]),
        (&json!(true), &json!("2026-03-02T10:02:07Z"))
    );

    let closed = async || {
        mia.get("/api/v1/account").await.refused(401, "unauthenticated");
        let finish = json!({ "mfa_token": pending, "mfa_code": phone.code() });
        test.anonymous().post("/api/v1/auth/mfa", finish).await.refused(401, "mfa_token_invalid");
        let confirm = json!({ "token": reset, "new_password": PASSWORD });
        test.anonymous()
            .post("/api/v1/auth/password-reset/confirm", confirm)
            .await
            .refused(401, "invalid_credentials");
        let join = json!({ "token": token_of(&link), "password": PASSWORD });
        test.anonymous()
            .post("/api/v1/auth/invitation/accept", join)
            .await
            .refused(401, "invalid_credentials");
    };
    closed().await;
    let wrong = test
        .anonymous()
        .login("demo", "nobody", app::PASSWORD, None)
        .await
        .refused(401, "invalid_credentials");
    for (name, code) in [
        ("mia", None),
        ("mia", Some(phone.code())),
        ("mia", Some(phone.recovery_codes[0].clone())),
        ("bob", None),
    ] {
        let refused = test.anonymous().login("demo", name, app::PASSWORD, code.as_deref()).await;
        assert_eq!(refused.refused(401, "invalid_credentials").body, wrong.body);
    }
    let ask = json!({ "tenant_id": "demo", "email": "mia@demo.example" });
    test.anonymous().post("/api/v1/auth/password-reset", ask).await.expect(202);
    assert_eq!(test.mails().await.len(), mails);
    // The neighbours notice nothing.
    test.anonymous().sign_in("other", "otto", app::PASSWORD).await;

    test.clock.advance_secs(1);
    let answer = ona.patch(DEMO, json!({ "suspended": false })).await.expect(200).json();
    assert_eq!(answer["suspended"], false);
    closed().await;
    test.anonymous().sign_in_with_code("mia", &phone.next_code()).await;
    let log = test.sign_in("olga").await.get("/api/v1/tenants/demo/audit?limit=100").await.expect(200).json();
    let acts: Vec<_> =
        log["items"].as_array().unwrap().iter().filter(|item| item["actor"]["kind"] == "operator").collect();
    let kinds: Vec<_> = acts.iter().map(|item| item["type"].as_str().unwrap()).collect();
    assert_eq!(kinds, ["tenant.resumed", "tenant.suspended"]);
    assert_eq!(acts[1]["detail"], json!({ "sessions_ended": 1 }));
}

/// attacks.md row 46: nor does a passkey open it.
#[tokio::test]
async fn a_passkey_does_not_open_it() {
    use crate::keys::support::{ORIGIN, passkey_options, send_passkey, with_passkey};
    let test = TestApp::start().await;
    let (ona, _) = operator(&test, "ona").await;
    let (_, mut key) = with_passkey(&test, "mia").await;
    let options = passkey_options(&test).await;
    ona.patch(DEMO, json!({ "suspended": true })).await.expect(200);
    let credential = key.authenticate(&options, ORIGIN);
    assert_eq!(send_passkey(&test, &credential).await.status, 401);
    let body = json!({ "tenant_id": "demo" });
    test.anonymous().post("/api/v1/auth/passkey/options", body).await.expect(200);
}

#[tokio::test]
async fn suspending_twice_is_suspending_once() {
    let test = TestApp::start().await;
    let (ona, _) = operator(&test, "ona").await;
    let first = ona.patch(DEMO, json!({ "suspended": true })).await.expect(200).json();
    test.clock.advance_secs(60);
    assert_eq!(ona.patch(DEMO, json!({ "suspended": true })).await.expect(200).json(), first);
    ona.patch(DEMO, json!({})).await.expect(200);
    ona.patch(DEMO, json!({ "suspended": false })).await.expect(200);
    let second = ona.patch(DEMO, json!({ "suspended": false })).await.expect(200).json();
    assert_eq!(second["suspended"], false);
}
