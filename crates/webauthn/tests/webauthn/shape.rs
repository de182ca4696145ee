//! JSON that is not what W3C's `…ResponseJSON` says.

use serde_json::{Value, json};
use twinlock_core::factor::webauthn::KeyKind;
use twinlock_testkit::security_key::SecurityKey;
use twinlock_webauthn::{AssertionResponse, RegistrationResponse, Shape};

use super::world::{ORIGIN, answer_bent, creation, judge_assertion, registered, wanted};

fn honest_registration() -> Value {
    SecurityKey::new(1).register(&creation(wanted(KeyKind::SecurityKey, false)), ORIGIN)
}

fn honest_assertion() -> Value {
    answer_bent(&mut registered().0, |_| {})
}

type Read = fn(&Value) -> Option<Shape>;

fn ceremonies() -> [(Value, Read); 2] {
    [
        (honest_registration(), |json| RegistrationResponse::read(json).err()),
        (honest_assertion(), |json| AssertionResponse::read(json).err()),
    ]
}

fn field(shape: Option<Shape>) -> Option<&'static str> {
    shape.map(|shape| shape.field)
}

fn changed(json: &Value, pointer: &str, value: Value) -> Value {
    let mut json = json.clone();
    *json.pointer_mut(pointer).unwrap() = value;
    json
}

#[test]
fn honest_answers_have_the_right_shape() {
    for (json, read) in ceremonies() {
        assert_eq!(read(&json), None);
    }
}

/// attacks.md row 61: nothing is assumed for what is missing.
#[test]
fn every_member_that_is_needed_is_missed() {
    let [(registration, register), (assertion, authenticate)] = ceremonies();
    for (json, read, members) in [
        (&registration, register, ["clientDataJSON", "attestationObject", "clientDataJSON"]),
        (&assertion, authenticate, ["clientDataJSON", "authenticatorData", "signature"]),
    ] {
        for member in members {
            let pointer = format!("/response/{member}");
            for value in
                [Value::Null, json!(1), json!([1]), json!({}), json!("a+b/"), json!("AQ=="), json!("A")]
            {
                let shape = field(read(&changed(json, &pointer, value.clone()))).unwrap();
                assert!(shape.ends_with(member), "{member} {value}");
            }
        }
        for (pointer, member) in [("/id", "id"), ("/rawId", "rawId"), ("/response", "response")] {
            for value in [Value::Null, json!(1), json!("="), json!("")] {
                assert_eq!(field(read(&changed(json, pointer, value))), Some(member));
            }
        }
        assert_eq!(field(read(&json!([]))), Some("credential"));
        assert_eq!(field(read(&Value::Null)), Some("credential"));
        assert_eq!(field(read(&json!({ "credentialId": "AQ", "challenge": "AQ" }))), Some("id"));
    }
}

/// attacks.md row 64.
#[test]
fn both_ids_and_the_type_must_agree() {
    for (json, read) in ceremonies() {
        assert_eq!(field(read(&changed(&json, "/rawId", json!("AQID")))), Some("rawId"));
        for kind in [json!("password"), json!("Public-Key"), Value::Null] {
            assert_eq!(field(read(&changed(&json, "/type", kind))), Some("type"));
        }
        let results = changed(&json, "/clientExtensionResults", json!([]));
        assert_eq!(field(read(&results)), Some("clientExtensionResults"));
    }
}

/// attacks.md row 62: sizes are bounded before anything is read.
#[test]
fn members_that_are_too_long_are_refused() {
    let [(registration, register), (assertion, authenticate)] = ceremonies();
    let long = |bytes: usize| json!("AAAA".repeat(bytes / 3 + 1));
    for (pointer, bytes) in
        [("/response/clientDataJSON", 8 * 1024), ("/response/attestationObject", 32 * 1024)]
    {
        assert!(register(&changed(&registration, pointer, long(bytes))).is_some(), "{pointer}");
    }
    for (pointer, bytes) in [
        ("/response/clientDataJSON", 8 * 1024),
        ("/response/authenticatorData", 8 * 1024),
        ("/response/signature", 1024),
    ] {
        assert!(authenticate(&changed(&assertion, pointer, long(bytes))).is_some(), "{pointer}");
    }
    for (json, read) in ceremonies() {
        let json = changed(&changed(&json, "/id", long(1023)), "/rawId", long(1023));
        assert_eq!(field(read(&json)), Some("id"));
    }
    let mut handled = assertion;
    handled["response"]["userHandle"] = long(64);
    assert_eq!(field(authenticate(&handled)), Some("response.userHandle"));
}

/// attacks.md row 64: additions by browsers and libraries, and members that may be absent.
#[test]
fn members_without_a_meaning_are_ignored() {
    for (mut json, read) in ceremonies() {
        json["future"] = json!({ "x": 1 });
        json["response"]["future"] = json!([1]);
        json["response"]["userHandle"] = Value::Null;
        json.as_object_mut().unwrap().remove("clientExtensionResults");
        json.as_object_mut().unwrap().remove("authenticatorAttachment");
        assert_eq!(read(&json), None);
    }
    let (mut key, credential) = registered();
    let mut answer = answer_bent(&mut key, |_| {});
    answer["response"]["publicKey"] = json!("AQ");
    answer["authenticatorAttachment"] = json!("garbage");
    assert!(judge_assertion(&credential, &answer).is_ok());
}

/// attacks.md row 64: transports are hints, and harmless to repeat.
#[test]
fn transports_keep_what_looks_like_a_name() {
    use twinlock_core::factor::webauthn::UserVerification;
    use twinlock_webauthn::AttestationPolicy;
    let mut answer = honest_registration();
    let mut kept = |transports: Value| {
        answer["response"]["transports"] = transports;
        let credential =
            super::world::judge_registration(&answer, UserVerification::Preferred, AttestationPolicy::None);
        credential.unwrap().transports
    };
    assert_eq!(kept(json!(["usb", "nfc", "usb", "smart-card"])), ["nfc", "smart-card", "usb"]);
    assert_eq!(kept(json!(["<b>", "USB", "", 1, null, "x".repeat(33), "in future"])), [""; 0]);
    assert_eq!(kept(json!("usb")), [""; 0]);
    assert_eq!(kept(Value::Null), [""; 0]);
    assert_eq!(kept(json!(["a", "b", "c", "d", "e", "f", "g", "h", "i"])).len(), 8);
}
