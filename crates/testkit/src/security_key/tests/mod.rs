//! The authenticator's own tests: honest answers are well-formed, and a bend changes what it says
//! and nothing else.

mod attestation;
mod authentication;
mod bends;
mod registration;
mod vectors;

use serde_json::{Value, json};

use super::{Algorithm, authenticator_data::sha256, json::bytes_at, rsa_keys};

const ORIGIN: &str = "https://login.example.org";

/// Options that ask for anything at all.
fn creation() -> Value {
    json!({
        "rp": {"id": "example.org", "name": "Example"},
        "user": {"id": "AAECAwQFBgcICQoLDA0ODw", "name": "alice", "displayName": "Alice"},
        "challenge": "EBESExQVFhcYGRobHB0eHw",
        "pubKeyCredParams": Algorithm::ALL.map(|it| json!({"type": "public-key", "alg": it.cose()})),
        "excludeCredentials": [],
        "authenticatorSelection": {"residentKey": "preferred", "userVerification": "preferred"},
        "attestation": "none",
    })
}

/// Options that allow these credentials, or any discoverable one.
fn request(allowed: &[&Value]) -> Value {
    let allowed: Vec<_> = allowed.iter().map(|it| json!({"type": "public-key", "id": it["id"]})).collect();
    json!({
        "rpId": "example.org",
        "challenge": "ICEiIyQlJicoKSorLC0uLw",
        "allowCredentials": allowed,
        "userVerification": "preferred",
    })
}

fn with(mut options: Value, pointer: &str, value: Value) -> Value {
    *options.pointer_mut(pointer).unwrap() = value;
    options
}

fn flags(credential: &Value) -> u8 {
    bytes_at(credential, "/response/authenticatorData")[32]
}

fn counter(credential: &Value) -> u32 {
    let data = bytes_at(credential, "/response/authenticatorData");
    u32::from_be_bytes(data[33..37].try_into().unwrap())
}

/// What a signature of the ceremony is over.
fn signed(credential: &Value) -> Vec<u8> {
    let data = bytes_at(credential, "/response/authenticatorData");
    [data, sha256(&bytes_at(credential, "/response/clientDataJSON"))].concat()
}

/// Whether the assertion was signed by the key that was registered.
fn is_signed(assertion: &Value, registered: &Value) -> bool {
    let key = bytes_at(registered, "/response/publicKey");
    let signature = bytes_at(assertion, "/response/signature");
    let algorithm = registered["response"]["publicKeyAlgorithm"].as_i64().unwrap();
    verifies(algorithm, &key, (&signed(assertion), &signature))
}

/// Whether a signature fits data and a key, which is a SubjectPublicKeyInfo.
fn verifies(algorithm: i64, key: &[u8], (data, signature): (&[u8], &[u8])) -> bool {
    use p256::{ecdsa::signature::Verifier as _, pkcs8::DecodePublicKey as _};
    match algorithm {
        -7 => {
            let key = p256::ecdsa::VerifyingKey::from_public_key_der(key).unwrap();
            p256::ecdsa::Signature::from_der(signature).is_ok_and(|it| key.verify(data, &it).is_ok())
        }
        -35 => {
            let key = p384::ecdsa::VerifyingKey::from_public_key_der(key).unwrap();
            p384::ecdsa::Signature::from_der(signature).is_ok_and(|it| key.verify(data, &it).is_ok())
        }
        -257 => is_rs256(key, (data, signature)),
        -8 => is_ed25519(key, (data, signature)),
        other => panic!("algorithm {other}"),
    }
}

fn is_rs256(key: &[u8], (data, signature): (&[u8], &[u8])) -> bool {
    // The modulus stands before the exponent (a head of 2 bytes, and 3 bytes) at the end.
    let modulus = &key[key.len() - 261..key.len() - 5];
    let key = jsonwebtoken::DecodingKey::from_rsa_raw_components(modulus, &rsa_keys::EXPONENT);
    let signature = data_encoding::BASE64URL_NOPAD.encode(signature);
    jsonwebtoken::crypto::verify(&signature, data, &key, jsonwebtoken::Algorithm::RS256).unwrap()
}

fn is_ed25519(key: &[u8], (data, signature): (&[u8], &[u8])) -> bool {
    use ed25519_dalek::pkcs8::DecodePublicKey as _;
    let key = ed25519_dalek::VerifyingKey::from_public_key_der(key).unwrap();
    ed25519_dalek::Signature::from_slice(signature).is_ok_and(|it| key.verify_strict(data, &it).is_ok())
}
