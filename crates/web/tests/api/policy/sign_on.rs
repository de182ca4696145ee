//! Single sign-on and what an organisation trusts it with.

use serde_json::json;
use twinlock_testkit::{TestApp, app::PASSWORD};

use super::{SETTINGS, enforced, led_into_enrollment, login};

/// attacks.md row 73: trusting an identity provider exempts nobody who signs in here, with a factor or without, and
/// what a sign-on elsewhere would have proven cannot be claimed along with a password.
#[tokio::test]
async fn trusting_an_identity_provider_exempts_nobody_who_signs_in_here() {
    let test = TestApp::start().await;
    test.enrolled("mia").await;
    let (olga, _) = enforced(&test, 0).await;
    olga.patch(SETTINGS, json!({ "mfa_sso_policy": "trust_idp" })).await.expect(200);
    test.clock.advance_secs(1);
    let asked = login(&test, "mia").await.expect(200).json();
    assert!(asked["mfa_required"] == true && asked.get("token").is_none(), "{asked}");
    let (bob, _) = led_into_enrollment(&test, "bob").await;
    bob.get(SETTINGS).await.refused(403, "mfa_enrollment_required");
    for (claim, value) in [
        ("amr", json!(["mfa"])),
        ("acr", json!("aal2")),
        ("id_token", json!("e30.e30.")),
        ("sso", json!(true)),
    ] {
        let mut body = json!({ "tenant_id": "demo", "username": "mia", "password": PASSWORD });
        body[claim] = value;
        test.anonymous().post("/api/v1/auth/login", body).await.refused(422, "validation_failed");
    }
}
