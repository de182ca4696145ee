use super::*;
use crate::security_key::{Cbor, Refused, SecurityKey, flag};

fn names(value: &Value) -> Vec<&str> {
    let mut names: Vec<_> = value.as_object().unwrap().keys().map(String::as_str).collect();
    names.sort_unstable();
    names
}

#[test]
fn an_honest_registration_has_the_members_of_the_specification() {
    let credential = SecurityKey::new(1).register(&creation(), ORIGIN);
    let around = ["authenticatorAttachment", "clientExtensionResults", "id", "rawId", "response", "type"];
    assert_eq!(names(&credential), around);
    let response = [
        "attestationObject",
        "authenticatorData",
        "clientDataJSON",
        "publicKey",
        "publicKeyAlgorithm",
        "transports",
    ];
    assert_eq!(names(&credential["response"]), response);
    assert_eq!(credential["id"], credential["rawId"]);
    assert_eq!(credential["type"], "public-key");
    assert_eq!(credential["authenticatorAttachment"], "cross-platform");
    assert_eq!(credential["clientExtensionResults"], json!({}));
    assert_eq!(credential["response"]["transports"], json!(["usb"]));
    assert_eq!(credential["response"]["publicKeyAlgorithm"], -7);
    let client_data: Value =
        serde_json::from_slice(&bytes_at(&credential, "/response/clientDataJSON")).unwrap();
    let expected = json!({
        "type": "webauthn.create",
        "challenge": "EBESExQVFhcYGRobHB0eHw",
        "origin": ORIGIN,
        "crossOrigin": false,
    });
    assert_eq!(client_data, expected);
}

#[test]
fn authenticator_data_is_laid_out_as_in_the_specification() {
    let mut key = SecurityKey::new(1).aaguid([9; 16]);
    let credential = key.register(&creation(), ORIGIN);
    let data = bytes_at(&credential, "/response/authenticatorData");
    let id = bytes_at(&credential, "/id");
    assert_eq!(data[..32], sha256(b"example.org"));
    assert_eq!((flags(&credential), counter(&credential)), (flag::USER_PRESENT | flag::ATTESTED, 0));
    assert_eq!(data[37..53], [9; 16]);
    assert_eq!(data[53..55], [0, 32]);
    assert_eq!(data[55..87], id);
    assert_eq!(id, key.credential_id());
    assert_eq!(data[87], 0xa5);
    let object = bytes_at(&credential, "/response/attestationObject");
    let expected = Cbor::named(vec![
        ("fmt", Cbor::text("none")),
        ("attStmt", Cbor::Map(vec![])),
        ("authData", Cbor::Bytes(data)),
    ]);
    assert_eq!(object, expected.encode());
}

#[test]
fn what_each_kind_of_authenticator_says_of_itself() {
    let said = |mut key: SecurityKey| {
        let credential = key.register(&creation(), ORIGIN);
        (flags(&credential) & !flag::ATTESTED, credential["response"]["transports"].clone())
    };
    let verified = flag::USER_PRESENT | flag::USER_VERIFIED;
    let synced = verified | flag::BACKUP_ELIGIBLE | flag::BACKED_UP;
    assert_eq!(said(SecurityKey::new(1)), (flag::USER_PRESENT, json!(["usb"])));
    assert_eq!(said(SecurityKey::new(1).verifying_user(true)), (verified, json!(["usb"])));
    assert_eq!(said(SecurityKey::platform(1)), (verified, json!(["internal"])));
    assert_eq!(said(SecurityKey::synced(1)), (synced, json!(["hybrid", "internal"])));
}

#[test]
fn an_honest_browser_refuses_what_the_options_forbid() {
    let mut key = SecurityKey::new(1);
    let held = key.register(&creation(), ORIGIN);
    let exclude = json!([{"type": "public-key", "id": held["id"]}]);
    let es384 = json!([{"type": "public-key", "alg": -35}]);
    let verification = "/authenticatorSelection/userVerification";
    let mut refusal = |pointer: &str, value| {
        let refused = key.try_register(&with(creation(), pointer, value), ORIGIN).unwrap_err();
        assert_eq!(key.credentials.len(), 1, "nothing was made");
        refused
    };
    assert_eq!(refusal("/excludeCredentials", exclude), Refused::Excluded);
    assert_eq!(refusal("/pubKeyCredParams", es384), Refused::Algorithm);
    assert_eq!(refusal(verification, json!("required")), Refused::UserVerification);
    for other in ["example.com", "ample.org", "other.login.example.org"] {
        assert_eq!(refusal("/rp/id", json!(other)), Refused::RpId, "{other}");
    }
    let mut old = SecurityKey::new(1).discoverable(false);
    let required = with(creation(), "/authenticatorSelection/residentKey", json!("required"));
    assert_eq!(old.try_register(&required, ORIGIN), Err(Refused::Discoverable));
}

#[test]
fn properties_are_told_when_asked_for() {
    let mut options = creation();
    options["extensions"] = json!({"credProps": true});
    let rk = |key: &mut SecurityKey, options: &Value| {
        key.register(options, ORIGIN)["clientExtensionResults"]["credProps"]["rk"].clone()
    };
    assert_eq!(rk(&mut SecurityKey::new(1), &options), true);
    let discouraged = with(options, "/authenticatorSelection/residentKey", json!("discouraged"));
    assert_eq!(rk(&mut SecurityKey::new(1), &discouraged), false);
}

#[test]
fn a_seed_repeats_and_another_differs() {
    let made = |seed| SecurityKey::new(seed).register(&creation(), ORIGIN);
    assert_eq!(made(1), made(1));
    assert_ne!(made(1)["id"], made(2)["id"]);
    assert_ne!(made(1)["response"]["publicKey"], made(2)["response"]["publicKey"]);
}
