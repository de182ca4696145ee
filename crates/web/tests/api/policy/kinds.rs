//! Which kinds of factor count.

use serde_json::json;
use twinlock_testkit::{Authenticator, TestApp};

use super::{SETTINGS, enforced, led_into_enrollment, login};

#[tokio::test]
async fn a_kind_that_is_not_allowed_cannot_be_enrolled() {
    let test = TestApp::start().await;
    let (olga, _) = enforced(&test, 0).await;
    olga.patch(SETTINGS, json!({ "mfa_allowed_methods": ["totp"] })).await.expect(200);
    let (bob, _) = led_into_enrollment(&test, "bob").await;
    let options = bob.post("/api/v1/mfa/webauthn/register/options", json!({})).await;
    options.refused(409, "kind_not_allowed");
    bob.post("/api/v1/mfa/setup", json!({})).await.expect(200);
}

/// Whoever narrows the kinds has one that is left.
#[tokio::test]
async fn who_narrows_the_kinds_has_an_allowed_one() {
    let test = TestApp::start().await;
    let (olga, _) = enforced(&test, 0).await;
    let keys = json!({ "mfa_allowed_methods": ["webauthn"] });
    olga.patch(SETTINGS, keys.clone()).await.refused(409, "mfa_not_enabled");
    let preview = olga.patch(&format!("{SETTINGS}?dry_run=true"), keys).await.expect(200).json();
    assert_eq!(preview["impact"]["caller_complies"], false);
    for wrong in [json!([]), json!(["sms"]), json!("totp"), json!(null)] {
        let answer = olga.patch(SETTINGS, json!({ "mfa_allowed_methods": wrong })).await;
        assert!([200, 422].contains(&answer.status.as_u16()), "{wrong}");
        assert_eq!(wrong.is_null(), answer.status == 200, "{wrong}");
    }
}

/// Where kinds were narrowed, a person still proves the factor they have, then enrols an allowed kind.
#[tokio::test]
async fn a_factor_that_no_longer_counts_is_still_asked_for() {
    let test = TestApp::start().await;
    let mut bob = test.sign_in("bob").await;
    let phone = bob.enrol().await;
    enforced(&test, 0).await;
    test.by_hand(
        "UPDATE tenants SET settings = replace(settings, '[\"totp\",\"webauthn\"]', '[\"webauthn\"]') \
         WHERE slug = 'demo'",
    )
    .await;
    test.clock.advance_secs(60);
    assert_eq!(login(&test, "bob").await.expect(200).json()["mfa_required"], true);
    let code = phone.next_code();
    let answer = test.anonymous().login("demo", "bob", twinlock_testkit::app::PASSWORD, Some(&code)).await;
    let answer = answer.expect(200).json();
    assert_eq!(answer["mfa_enrollment_required"], true, "{answer}");
    let bob = test.anonymous().with_token(answer["enrollment_token"].as_str().unwrap());
    bob.post("/api/v1/mfa/setup", json!({})).await.refused(409, "kind_not_allowed");
    bob.post("/api/v1/mfa/webauthn/register/options", json!({})).await.expect(200);
}

/// The enrollment shows two consecutive codes where the tenant asks for them.
#[tokio::test]
async fn two_codes_are_asked_in_an_enrollment_that_is_due() {
    let test = TestApp::start().await;
    let (olga, _) = enforced(&test, 0).await;
    olga.patch(SETTINGS, json!({ "totp_enrollment_codes": 2 })).await.expect(200);
    let (bob, _) = led_into_enrollment(&test, "bob").await;
    let setup = bob.post("/api/v1/mfa/setup", json!({})).await.expect(200).json();
    assert_eq!(setup["codes_required"], 2);
    let phone = Authenticator::of(&test, &setup);
    bob.post("/api/v1/mfa/verify", json!({ "code": phone.code() })).await.refused(422, "validation_failed");
    let both = json!({ "code": phone.code(), "second_code": phone.code_at(1) });
    bob.post("/api/v1/mfa/verify", both).await.expect(200);
}
