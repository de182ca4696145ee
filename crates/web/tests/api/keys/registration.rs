//! Registering keys: what is asked, what is kept, who may.

use serde_json::json;
use twinlock_testkit::{TestApp, security_key::SecurityKey};

use super::support::*;

#[tokio::test]
async fn the_options_of_a_security_key_are_those_of_the_standard() {
    let test = TestApp::start().await;
    let mia = test.sign_in("mia").await;
    let options = creation_options(&mia, "security_key").await;
    assert_eq!(options["rp"]["id"], "localhost");
    assert_eq!(options["user"]["name"], "mia");
    assert_eq!(options["attestation"], "none");
    let selection = &options["authenticatorSelection"];
    assert_eq!(
        (&selection["residentKey"], &selection["userVerification"]),
        (&json!("discouraged"), &json!("preferred"))
    );
    let bytes = |text: &serde_json::Value| {
        data_encoding::BASE64URL_NOPAD.decode(text.as_str().unwrap().as_bytes()).unwrap().len()
    };
    assert_eq!((bytes(&options["challenge"]), bytes(&options["user"]["id"])), (32, 16));
    assert_eq!(options["excludeCredentials"], json!([]));
    let passkey = creation_options(&mia, "passkey").await;
    let selection = &passkey["authenticatorSelection"];
    assert_eq!(
        (&selection["residentKey"], &selection["userVerification"]),
        (&json!("required"), &json!("required"))
    );
    assert_eq!(passkey["user"]["id"], options["user"]["id"]);
    assert_ne!(passkey["challenge"], options["challenge"]);
}

#[tokio::test]
async fn a_first_key_brings_recovery_codes_and_a_token_that_carries_the_proof() {
    let test = TestApp::start().await;
    let (mut mia, mut key) = (test.sign_in("mia").await, SecurityKey::new(7));
    let answer = register(&mut mia, &mut key, "security_key").await;
    assert_eq!((&answer["type"], &answer["name"]), (&json!("webauthn"), &json!("Blue")));
    assert_eq!(answer["backup_codes"].as_array().unwrap().len(), 10);
    let session = mia.get("/api/v1/auth/session").await.expect(200).json();
    assert_eq!(session["user"]["mfa_enabled"], true);
    assert_eq!(session["session"]["amr"], json!(["pwd", "hwk", "user", "mfa"]));
    let listed = mia.get("/api/v1/mfa/webauthn").await.expect(200).json();
    assert_eq!(listed["items"][0]["key_id"], answer["key_id"]);
    let mfa = mia.get("/api/v1/mfa").await.expect(200).json();
    assert_eq!((&mfa["enabled"], &mfa["methods"][0]["type"]), (&json!(true), &json!("webauthn")));
    // A second one brings none.
    let again = register(&mut mia, &mut SecurityKey::new(9), "security_key").await;
    assert!(again.get("backup_codes").is_none());
}
