//! What the browser is asked.

use serde_json::json;
use twinlock_core::factor::webauthn::{KeyKind, UserVerification};
use twinlock_webauthn::{Descriptor, UserEntity, creation_options, request_options};

use super::world::{CHALLENGE, HANDLE, creation, relying_party, wanted};

const CHALLENGE_TEXT: &str = "YSBjaGFsbGVuZ2UgaXMgb2YgMzIgcmFuZG9tIGJ5dGU";

#[test]
fn a_security_key_is_asked_for_a_touch_and_not_to_be_discoverable() {
    let expected = json!({
        "rp": { "id": "example.org", "name": "Example" },
        "user": { "id": "MDEyMzQ1Njc4OWFiY2RlZg", "name": "maria", "displayName": "Maria" },
        "challenge": CHALLENGE_TEXT,
        "pubKeyCredParams": [
            { "type": "public-key", "alg": -7 },
            { "type": "public-key", "alg": -8 },
            { "type": "public-key", "alg": -35 },
            { "type": "public-key", "alg": -257 },
        ],
        "timeout": 300_000,
        "excludeCredentials": [],
        "authenticatorSelection": {
            "residentKey": "discouraged", "requireResidentKey": false, "userVerification": "preferred",
        },
        "attestation": "none",
        "extensions": { "credProps": true },
    });
    assert_eq!(creation(wanted(KeyKind::SecurityKey, false)), expected);
}

#[test]
fn a_passkey_must_be_discoverable_and_verify_the_person() {
    let options = creation(wanted(KeyKind::Passkey, true));
    let selection = json!({
        "residentKey": "required", "requireResidentKey": true, "userVerification": "required",
    });
    assert_eq!(options["authenticatorSelection"], selection);
    assert_eq!(options["attestation"], "direct");
}

#[test]
fn keys_that_a_person_has_are_named_with_how_they_are_reached() {
    let transports = ["nfc".to_owned(), "usb".to_owned()];
    let keys =
        [Descriptor { id: &[0xff, 0xfe], transports: &transports }, Descriptor { id: &[1], transports: &[] }];
    let expected = json!([
        { "type": "public-key", "id": "__4", "transports": ["nfc", "usb"] },
        { "type": "public-key", "id": "AQ" },
    ]);
    let user = UserEntity { handle: HANDLE, name: "maria", display_name: "Maria" };
    let wanted = wanted(KeyKind::SecurityKey, false);
    let creation = creation_options(&relying_party(), user, CHALLENGE, &wanted, &keys);
    assert_eq!(creation["excludeCredentials"], expected);
    let request = request_options(&relying_party(), CHALLENGE, UserVerification::Required, &keys);
    let expected = json!({
        "challenge": CHALLENGE_TEXT,
        "timeout": 300_000,
        "rpId": "example.org",
        "allowCredentials": expected,
        "userVerification": "required",
    });
    assert_eq!(request, expected);
}

#[test]
fn nobody_known_means_any_discoverable_credential() {
    let request = request_options(&relying_party(), CHALLENGE, UserVerification::Required, &[]);
    assert_eq!(request["allowCredentials"], json!([]));
}
