use super::*;
use crate::security_key::{Attestation, AttestationAuthority, Leaf, SecurityKey, Signature, cose};

fn asking() -> Value {
    with(creation(), "/attestation", json!("direct"))
}

/// The byte string that follows a text in the attestation object.
fn after(credential: &Value, name: &str) -> Vec<u8> {
    let object = bytes_at(credential, "/response/attestationObject");
    let at = object.windows(name.len()).position(|found| found == name.as_bytes()).unwrap() + name.len();
    assert_eq!(object[at], 0x58, "a byte string of 24 to 255 bytes");
    object[at + 2..][..usize::from(object[at + 1])].to_vec()
}

fn contains(credential: &Value, part: &[u8]) -> bool {
    let object = bytes_at(credential, "/response/attestationObject");
    object.windows(part.len()).any(|found| found == part)
}

/// The key in a certificate: a point on P-256 behind the head of its SubjectPublicKeyInfo.
fn key_in(certificate: &[u8]) -> Vec<u8> {
    let head =
        data_encoding::HEXLOWER.decode(b"3059301306072a8648ce3d020106082a8648ce3d030107034200").unwrap();
    let at = certificate.windows(head.len()).position(|found| found == head).unwrap();
    certificate[at..at + 91].to_vec()
}

#[test]
fn a_key_attests_itself_when_asked_and_has_no_certificate() {
    let credential = SecurityKey::new(1).register(&asking(), ORIGIN);
    let key = bytes_at(&credential, "/response/publicKey");
    assert!(contains(&credential, b"packed") && !contains(&credential, b"x5c"));
    assert!(verifies(-7, &key, (&signed(&credential), &after(&credential, "sig"))));
}

#[test]
fn a_certified_key_shows_its_chain_when_asked_and_nothing_when_not() {
    let authority = AttestationAuthority::new(9);
    let mut key = SecurityKey::new(1).algorithm(Algorithm::Es384).attested_by(&authority);
    assert!(contains(&key.register(&creation(), ORIGIN), b"none"));
    let credential = key.register(&asking(), ORIGIN);
    let chain = authority.certify(&Leaf::of(key.aaguid)).chain;
    assert!(chain.iter().all(|certificate| contains(&credential, certificate)));
    let signature = after(&credential, "sig");
    assert!(verifies(-7, &key_in(&chain[0]), (&signed(&credential), &signature)));
}

#[test]
fn a_u2f_attestation_is_over_the_old_layout() {
    let certified = AttestationAuthority::new(9).certify_directly(&Leaf::of([0; 16]));
    let leaf = key_in(&certified.chain[0]);
    let credential = SecurityKey::new(1).aaguid([0; 16]).register_bent(&asking(), ORIGIN, |bent| {
        bent.attestation = Attestation::FidoU2f(certified);
    });
    let data = bytes_at(&credential, "/response/authenticatorData");
    let client_data_hash = sha256(&bytes_at(&credential, "/response/clientDataJSON"));
    let point = bytes_at(&credential, "/response/publicKey")[26..].to_vec();
    let id = bytes_at(&credential, "/id");
    let signed = [&[0], &data[..32], &client_data_hash, &id, &point].concat();
    assert!(contains(&credential, b"fido-u2f") && !contains(&credential, b"alg"));
    assert!(verifies(-7, &leaf, (&signed, &after(&credential, "sig"))));
}

#[test]
fn statements_bend() {
    let bent = |signature: Signature| {
        SecurityKey::new(1).register_bent(&asking(), ORIGIN, |bent| {
            bent.attestation_algorithm = Some(-35);
            bent.signature = signature;
        })
    };
    let credential = bent(Signature::OfOtherData);
    let key = bytes_at(&credential, "/response/publicKey");
    assert!(contains(&credential, b"\x63alg\x38\x22"));
    assert!(!verifies(-7, &key, (&signed(&credential), &after(&credential, "sig"))));
    let honest = bent(Signature::Honest);
    assert!(verifies(-7, &key, (&signed(&honest), &after(&honest, "sig"))));
    let unknown = SecurityKey::new(1).register_bent(&creation(), ORIGIN, |bent| {
        bent.attestation = Attestation::empty("android-safetynet");
        bent.authenticator_data.key().remove(cose::Y);
    });
    assert!(contains(&unknown, b"android-safetynet"));
}

#[test]
fn certificates_say_what_their_leaf_says() {
    let authority = AttestationAuthority::new(9);
    let leaf = Leaf::of([7; 16]);
    let contains = |certificate: &[u8], part: &[u8]| certificate.windows(part.len()).any(|it| it == part);
    let honest = authority.certify(&leaf).chain;
    assert_eq!(honest.len(), 2);
    assert!(contains(&honest[0], b"\x04\x12\x04\x10\x07\x07\x07"));
    assert!(contains(&honest[0], b"Authenticator Attestation"));
    let other = Leaf { aaguid: None, organizational_unit: "Sales".into(), valid_until: 2021, ..leaf };
    let bent = &authority.certify(&other).chain[0];
    assert!(
        !contains(bent, b"\x07\x07\x07\x07") && contains(bent, b"Sales") && contains(bent, b"210101000000Z")
    );
    assert!(authority.root_pem().starts_with("-----BEGIN CERTIFICATE-----\nMII"));
    assert_ne!(AttestationAuthority::new(8).root_der(), authority.root_der());
    assert_eq!(AttestationAuthority::new(9).root_der(), authority.root_der());
}
