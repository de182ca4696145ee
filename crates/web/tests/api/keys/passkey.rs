//! Signing in with a passkey alone.

use twinlock_testkit::{
    TestApp,
    app::TestSettings,
    security_key::{SecurityKey, flag, json},
};

use super::support::*;

#[tokio::test]
async fn a_passkey_alone_opens_both_locks() {
    let test = TestApp::start().await;
    let (_, mut key) = with_passkey(&test, "mia").await;
    let options = passkey_options(&test).await;
    assert_eq!(options["allowCredentials"], serde_json::json!([]));
    assert_eq!(options["userVerification"], "required");
    let credential = key.authenticate(&options, ORIGIN);
    let done = send_passkey(&test, &credential).await.expect(200);
    let mia = test.anonymous().with_token(&done.string("token"));
    let session = mia.get("/api/v1/auth/session").await.expect(200).json();
    assert_eq!(session["session"]["amr"], serde_json::json!(["hwk", "user", "mfa"]));
    assert_eq!(session["session"]["acr"], "aal3");
}

/// NIST SP 800-63B-4: only a key that cannot be exported reaches the third level, with a password or alone.
#[tokio::test]
async fn a_synced_passkey_alone_is_level_two() {
    let test = TestApp::start().await;
    let (mut mia, mut key) = (test.sign_in("mia").await, SecurityKey::synced(8));
    register(&mut mia, &mut key, "passkey").await;
    let options = passkey_options(&test).await;
    let done = send_passkey(&test, &key.authenticate(&options, ORIGIN)).await.expect(200);
    for mia in [mia, test.anonymous().with_token(&done.string("token"))] {
        let session = mia.get("/api/v1/auth/session").await.expect(200).json();
        assert_eq!(session["session"]["acr"], "aal2");
    }
}

/// attacks.md row 57: only a passkey that verified the person at registration and now signs in alone.
#[tokio::test]
async fn less_than_a_verified_passkey_does_not_sign_in_alone() {
    let test = TestApp::start().await;
    let (mut mia, mut second) = (test.sign_in("mia").await, SecurityKey::platform(7));
    register(&mut mia, &mut second, "security_key").await;
    let options = passkey_options(&test).await;
    let by_second = second.authenticate_bent(&options, ORIGIN, |_| {});
    send_passkey(&test, &by_second).await.refused(401, "invalid_webauthn_response");

    let mut passkey = SecurityKey::platform(8);
    register(&mut mia, &mut passkey, "passkey").await;
    let options = passkey_options(&test).await;
    let touched =
        passkey.authenticate_bent(&options, ORIGIN, |b| b.authenticator_data.clear(flag::USER_VERIFIED));
    send_passkey(&test, &touched).await.refused(401, "invalid_webauthn_response");
    let options = passkey_options(&test).await;
    let honest = passkey.authenticate(&options, ORIGIN);
    send_passkey(&test, &honest).await.expect(200);
}

/// attacks.md row 56: without a password the user handle says who, and must be the owner's.
#[tokio::test]
async fn the_user_handle_must_be_the_owners() {
    let test = TestApp::start().await;
    let (_, mut mias) = with_passkey(&test, "mia").await;
    let (mut bob, mut bobs) = (test.sign_in("bob").await, SecurityKey::platform(80));
    register(&mut bob, &mut bobs, "passkey").await;
    let options = passkey_options(&test).await;
    let credential = bobs.authenticate(&options, ORIGIN);
    let bobs_handle = json::bytes_at(&credential, "/response/userHandle");
    for handle in [None, Some(vec![]), Some(bobs_handle)] {
        let options = passkey_options(&test).await;
        let credential =
            mias.authenticate_bent(&options, ORIGIN, |b| b.envelope.user_handle = handle.clone());
        send_passkey(&test, &credential).await.refused(401, "invalid_webauthn_response");
    }
}

/// attacks.md row 55: the passkey of one organisation opens nothing in another; a challenge opens once.
#[tokio::test]
async fn a_passkey_opens_its_own_organisation_once() {
    let test = TestApp::start().await;
    let (_, mut key) = with_passkey(&test, "mia").await;
    for tenant in ["other", "nowhere", ""] {
        let body = serde_json::json!({ "tenant_id": tenant });
        let options = test.anonymous().post("/api/v1/auth/passkey/options", body).await.expect(200).json();
        let credential = key.authenticate(&options["publicKey"], ORIGIN);
        send_passkey(&test, &credential).await.refused(401, "invalid_webauthn_response");
    }
    let options = passkey_options(&test).await;
    let credential = key.authenticate(&options, ORIGIN);
    send_passkey(&test, &credential).await.expect(200);
    send_passkey(&test, &credential).await.refused(401, "invalid_webauthn_response");
}

/// attacks.md row 37: wrong passwords and codes make others wait, never the owner's passkey.
#[tokio::test]
async fn a_passkey_still_gets_in_while_passwords_wait() {
    let test = TestApp::start().await;
    let (_, mut key) = with_passkey(&test, "mia").await;
    for _ in 0..15 {
        test.anonymous().guess("demo", "mia").await;
    }
    test.anonymous().guess("demo", "mia").await.refused(429, "too_many_attempts");
    let options = passkey_options(&test).await;
    let credential = key.authenticate(&options, ORIGIN);
    send_passkey(&test, &credential).await.expect(200);
}

#[tokio::test]
async fn without_a_name_for_the_server_there_are_no_keys() {
    let settings = TestSettings { public_url: "http://127.0.0.1:8080".into(), ..TestSettings::default() };
    let test = TestApp::with(settings).await;
    let body = serde_json::json!({ "tenant_id": "demo" });
    test.anonymous().post("/api/v1/auth/passkey/options", body).await.refused(409, "kind_not_allowed");
    let mia = test.sign_in("mia").await;
    let options = mia.post("/api/v1/mfa/webauthn/register/options", serde_json::json!({})).await;
    options.refused(409, "kind_not_allowed");
}
