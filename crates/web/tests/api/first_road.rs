//! The whole road over the API: enrol, sign out, sign in with both locks, lose the phone, come back,
//! switch off.

use serde_json::json;
use twinlock_testkit::{TestApp, app::PASSWORD};

#[tokio::test]
async fn a_member_enrols_signs_in_with_both_locks_loses_the_phone_and_comes_back() {
    let test = TestApp::start().await;
    let mut mia = test.sign_in("mia").await;
    let phone = mia.enrol().await;
    assert_eq!(phone.recovery_codes.len(), 10);
    mia.post("/api/v1/auth/logout", json!({})).await.expect(204);
    mia.get("/api/v1/auth/session").await.refused(401, "unauthenticated");

    test.clock.advance_secs(30);
    let first = test.anonymous().login("demo", "mia", PASSWORD, None).await.expect(200).json();
    assert_eq!(first["mfa_required"], true);
    assert_eq!(first["methods"], json!(["totp", "recovery_code"]));
    assert!(first["token"].is_null());
    let finish = json!({ "mfa_token": first["mfa_token"], "mfa_code": phone.code() });
    let done = test.anonymous().post("/api/v1/auth/mfa", finish).await.expect(200).json();
    assert_eq!(done["user"]["mfa_enabled"], true);

    let code = &phone.recovery_codes[0];
    let mia = test.anonymous().login("demo", "mia", PASSWORD, Some(code)).await.expect(200);
    assert_eq!(mia.json()["recovery_codes_remaining"], 9);
    let mia = test.anonymous().with_token(&mia.string("token"));
    let session = mia.get("/api/v1/auth/session").await.expect(200).json();
    assert_eq!(session["session"]["amr"], json!(["pwd", "rc", "mfa"]));
    let off = mia.post("/api/v1/mfa/disable", json!({})).await.expect(200).json();
    assert_eq!(off["enabled"], false);
    test.anonymous().sign_in("demo", "mia", PASSWORD).await;
}
