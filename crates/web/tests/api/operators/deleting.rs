//! An organisation is deleted after a week in which it can be kept.

use serde_json::{Value, json};
use twinlock_core::audit::EventKind;
use twinlock_service::maintenance;
use twinlock_testkit::{TestApp, app};

use super::*;
use crate::support::{enrolled, mail_about};

const WEEK: i64 = 7 * 86_400;
const RESTORE: &str = "/api/v1/tenants/demo/restore";

#[tokio::test]
async fn it_is_suspended_for_a_week_and_then_gone() {
    let test = TestApp::start().await;
    let (mut ona, phone) = operator(&test, "ona").await;
    let mia = test.sign_in("mia").await;
    ona.delete(DEMO).await.expect(204);
    let planned = ona.get(DEMO).await.expect(200).json();
    assert_eq!(
        (&planned["suspended"], &planned["delete_at"]),
        (&json!(true), &json!("2026-03-09T10:00:07Z"))
    );
    mia.get("/api/v1/account").await.refused(401, "unauthenticated");
    test.anonymous().login("demo", "mia", app::PASSWORD, None).await.refused(401, "invalid_credentials");
    // Asking again does not put it off, and it cannot be let in while it is to go.
    test.clock.advance_secs(600);
    ona.delete(DEMO).await.expect(204);
    assert_eq!(ona.get(DEMO).await.json()["delete_at"], planned["delete_at"]);
    ona.patch(DEMO, json!({ "suspended": false })).await.refused(409, "conflict");
    ona.patch(DEMO, json!({ "name": "Gone soon" })).await.expect(200);

    test.clock.advance_secs(WEEK - 601);
    maintenance::tick(&test.app).await;
    let mut ona = again(&test, &mut ona, &phone).await;
    ona.get(DEMO).await.expect(200);
    test.clock.advance_secs(1);
    ona.post(RESTORE, json!({})).await.refused(409, "conflict");
    maintenance::tick(&test.app).await;
    ona.get(DEMO).await.refused(404, "not_found");
    assert_eq!(ids(&ona.get(TENANTS).await.json()), ["other"]);
    test.anonymous().login("demo", "mia", app::PASSWORD, None).await.refused(401, "invalid_credentials");
    let gone = test.events(EventKind::TenantDeleted).await;
    assert_eq!((gone.len(), &gone[0].detail), (1, &json!({ "id": "demo", "name": "Gone soon" })));
    let system = ona.get("/api/v1/tenants/system/audit?type=tenant.deleted").await.expect(200).json();
    assert_eq!(system["items"].as_array().unwrap().len(), 1);
    ona.token = None;
}

/// Signed in once more: sessions do not last for a week.
async fn again<'a>(test: &'a TestApp, ona: &mut Caller<'a>, phone: &Authenticator<'_>) -> Caller<'a> {
    ona.token = None;
    let done = test.anonymous().login("system", "ona", PASSWORD, Some(&phone.code())).await.expect(200);
    test.anonymous().with_token(&done.string("token"))
}

#[tokio::test]
async fn it_can_be_kept_and_stays_suspended_until_it_is_let_in() {
    let test = TestApp::start().await;
    let (ona, _) = operator(&test, "ona").await;
    ona.post(RESTORE, json!({})).await.refused(409, "conflict");
    ona.delete(DEMO).await.expect(204);
    let kept = ona.post(RESTORE, json!({})).await.expect(200).json();
    assert_eq!((&kept["suspended"], &kept["delete_at"]), (&json!(true), &Value::Null));
    test.anonymous().login("demo", "mia", app::PASSWORD, None).await.refused(401, "invalid_credentials");
    ona.patch(DEMO, json!({ "suspended": false })).await.expect(200);
    test.sign_in("mia").await;
    test.clock.advance_secs(2 * WEEK);
    maintenance::tick(&test.app).await;
    test.sign_in("mia").await;
}

/// attacks.md row 69: whoever gets the id next gets nothing of what was there.
#[tokio::test]
async fn nothing_carries_over_to_whoever_gets_the_id_next() {
    let test = TestApp::start().await;
    let (mut ona, operators_phone) = operator(&test, "ona").await;
    let (mia, phone) = enrolled(&test, "mia").await;
    let old_id = mia.get("/api/v1/account").await.expect(200).string("id");
    for _ in 0..8 {
        test.anonymous().guess("demo", "mia").await;
    }
    ona.delete(DEMO).await.expect(204);
    let taken =
        json!({ "id": "demo", "name": "New", "owner": { "username": "mia", "email": "mia@demo.example" } });
    ona.post(TENANTS, taken.clone()).await.refused(409, "conflict");
    test.clock.advance_secs(WEEK);
    maintenance::tick(&test.app).await;
    let ona = again(&test, &mut ona, &operators_phone).await;
    let made = ona.post(TENANTS, taken).await.expect(201).json();
    assert_ne!(made["owner"]["id"], json!(old_id));
    assert_eq!((&made["users_total"], &made["owner"]["mfa_enabled"]), (&json!(1), &json!(false)));

    mia.get("/api/v1/account").await.refused(401, "unauthenticated");
    test.anonymous().login("demo", "mia", app::PASSWORD, None).await.refused(401, "invalid_credentials");
    test.anonymous().login("demo", "olga", app::PASSWORD, None).await.refused(401, "invalid_credentials");
    let mail = mail_about(&test, "mia@demo.example", "Your new account at New").await;
    let done = accept(&test, &token_of(&mail.link())).await;
    assert!(done["mfa_required"].is_null(), "{done}");
    let mut mia = test.anonymous().with_token(done["enrollment_token"].as_str().unwrap());
    let mfa = mia.get("/api/v1/mfa").await.expect(200).json();
    assert_eq!((&mfa["methods"], &mfa["recovery_codes_remaining"]), (&json!([]), &json!(0)));
    for code in [phone.code(), phone.recovery_codes[0].clone()] {
        let shown = mia.post("/api/v1/auth/step-up", json!({ "code": code })).await;
        shown.refused(403, "mfa_enrollment_required");
    }
    mia.enrol().await;
    let log = mia.get("/api/v1/tenants/demo/audit?limit=100").await.expect(200).json();
    let mut kinds: Vec<_> =
        log["items"].as_array().unwrap().iter().map(|item| item["type"].as_str().unwrap()).collect();
    kinds.sort_unstable();
    kinds.dedup();
    let since = [
        "access.refused",
        "account.invitation_accepted",
        "mfa.enabled",
        "mfa.setup_started",
        "sign_in.enrollment_due",
        "sign_in.password_refused",
        "sign_in.succeeded",
        "tenant.created",
    ];
    assert_eq!(kinds, since);
    let about = mia.get(&format!("/api/v1/tenants/demo/audit?user_id={old_id}")).await.expect(200).json();
    assert_eq!(about["items"], json!([]));
    mia.get("/api/v1/tenants/demo/settings").await.expect(200);
}
