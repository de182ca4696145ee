use super::*;
use crate::security_key::{Refused, SecurityKey, flag};

#[test]
fn an_honest_assertion_of_every_algorithm_verifies_with_the_registered_key() {
    for algorithm in Algorithm::ALL {
        let mut key = SecurityKey::new(1).algorithm(algorithm);
        let registered = key.register(&creation(), ORIGIN);
        assert_eq!(registered["response"]["publicKeyAlgorithm"], algorithm.cose());
        let assertion = key.authenticate(&request(&[&registered]), ORIGIN);
        assert!(is_signed(&assertion, &registered), "{algorithm:?}");
    }
}

#[test]
fn an_honest_assertion_has_the_members_of_the_specification() {
    let mut key = SecurityKey::platform(1);
    let registered = key.register(&creation(), ORIGIN);
    let mut assertion = key.authenticate(&request(&[&registered]), ORIGIN);
    let response = assertion["response"].take();
    let around = json!({
        "id": registered["id"],
        "rawId": registered["id"],
        "type": "public-key",
        "authenticatorAttachment": "platform",
        "clientExtensionResults": {},
        "response": null,
    });
    assert_eq!(assertion, around);
    let response = response.as_object().unwrap();
    assert_eq!(response.len(), 4);
    assert_eq!(response["userHandle"], creation()["user"]["id"]);
    let data = data_encoding::BASE64URL_NOPAD
        .decode(response["authenticatorData"].as_str().unwrap().as_bytes())
        .unwrap();
    assert_eq!(data.len(), 37);
    assert_eq!(data[32], flag::USER_PRESENT | flag::USER_VERIFIED);
    let client_data = response["clientDataJSON"].as_str().unwrap();
    let client_data = data_encoding::BASE64URL_NOPAD.decode(client_data.as_bytes()).unwrap();
    let expected = format!(
        r#"{{"type":"webauthn.get","challenge":"ICEiIyQlJicoKSorLC0uLw","origin":"{ORIGIN}","crossOrigin":false}}"#
    );
    assert_eq!(String::from_utf8(client_data).unwrap(), expected);
}

#[test]
fn only_discoverable_credentials_tell_the_user_handle_and_answer_without_a_list() {
    let discouraged = with(creation(), "/authenticatorSelection/residentKey", json!("discouraged"));
    let mut key = SecurityKey::new(1);
    let second_factor = key.register(&discouraged, ORIGIN);
    assert_eq!(key.try_authenticate(&request(&[]), ORIGIN), Err(Refused::NoCredential));
    let listed = key.authenticate(&request(&[&second_factor]), ORIGIN);
    assert_eq!(listed["response"].get("userHandle"), None);
    let passkey = key.register(&creation(), ORIGIN);
    assert_eq!(key.authenticate(&request(&[]), ORIGIN)["id"], passkey["id"]);
    assert_eq!(key.authenticate(&request(&[&second_factor]), ORIGIN)["id"], second_factor["id"]);
}

#[test]
fn user_verification_follows_the_options_and_the_key() {
    let mut key = SecurityKey::new(1);
    let registered = key.register(&creation(), ORIGIN);
    let asking = |wish: &str| with(request(&[&registered]), "/userVerification", json!(wish));
    assert_eq!(key.try_authenticate(&asking("required"), ORIGIN), Err(Refused::UserVerification));
    assert_eq!(flags(&key.authenticate(&asking("preferred"), ORIGIN)), flag::USER_PRESENT);
    let mut key = key.verifying_user(true);
    assert_eq!(flags(&key.authenticate(&asking("discouraged"), ORIGIN)), flag::USER_PRESENT);
    let verified = flag::USER_PRESENT | flag::USER_VERIFIED;
    assert_eq!(flags(&key.authenticate(&asking("required"), ORIGIN)), verified);
}

#[test]
fn counters_count_part_in_a_clone_can_be_set_and_stay_zero_where_there_are_none() {
    let mut key = SecurityKey::new(1);
    let registered = key.register(&creation(), ORIGIN);
    let options = request(&[&registered]);
    let count = |key: &mut SecurityKey| counter(&key.authenticate(&options, ORIGIN));
    assert_eq!((count(&mut key), count(&mut key)), (1, 2));
    let mut clone = key.clone();
    assert_eq!((count(&mut key), count(&mut key), count(&mut clone)), (3, 4, 3));
    key.set_counter(u32::MAX);
    assert_eq!(count(&mut key), 0);

    let mut synced = SecurityKey::synced(1);
    let registered = synced.register(&creation(), ORIGIN);
    assert_eq!(counter(&synced.authenticate(&request(&[&registered]), ORIGIN)), 0);
}

#[test]
fn other_sites_get_nothing() {
    let mut key = SecurityKey::new(1);
    key.register(&creation(), ORIGIN);
    let elsewhere = with(request(&[]), "/rpId", json!("example.com"));
    assert_eq!(key.try_authenticate(&elsewhere, ORIGIN), Err(Refused::RpId));
    assert_eq!(key.try_authenticate(&elsewhere, "https://example.com"), Err(Refused::NoCredential));
}
