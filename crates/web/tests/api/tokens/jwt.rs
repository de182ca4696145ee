//! Taking tokens apart and putting them together, without the product's help.

use data_encoding::BASE64URL_NOPAD;
use ed25519_dalek::{Signer, SigningKey};
use hmac::{Hmac, KeyInit, Mac};
use serde_json::Value;
use sha2::Sha256;

/// A token in its parts.
#[derive(Clone)]
pub struct Parts {
    pub header: Value,
    pub claims: Value,
    pub signature: Vec<u8>,
}

pub fn take_apart(token: &str) -> Parts {
    let parts: Vec<Vec<u8>> =
        token.split('.').map(|part| BASE64URL_NOPAD.decode(part.as_bytes()).unwrap()).collect();
    let json = |bytes: &[u8]| serde_json::from_slice(bytes).unwrap();
    Parts { header: json(&parts[0]), claims: json(&parts[1]), signature: parts[2].clone() }
}

impl Parts {
    /// The same with a member of the header exchanged; null removes it.
    pub fn header(mut self, name: &str, value: Value) -> Self {
        exchange(&mut self.header, name, value);
        self
    }

    /// The same with a claim exchanged; null removes it.
    pub fn claim(mut self, name: &str, value: Value) -> Self {
        exchange(&mut self.claims, name, value);
        self
    }

    /// With the signature it has.
    pub fn unsigned(&self) -> String {
        self.with_signature(&self.signature)
    }

    pub fn with_signature(&self, signature: &[u8]) -> String {
        format!("{}.{}", self.signing_input(), BASE64URL_NOPAD.encode(signature))
    }

    /// Signed with an Ed25519 key.
    pub fn signed(&self, seed: &[u8; 32]) -> String {
        let signature = SigningKey::from_bytes(seed).sign(self.signing_input().as_bytes());
        self.with_signature(&signature.to_bytes())
    }

    /// Signed with HMAC-SHA-256.
    pub fn maced(&self, key: &[u8]) -> String {
        let mut mac = Hmac::<Sha256>::new_from_slice(key).unwrap();
        mac.update(self.signing_input().as_bytes());
        self.with_signature(&mac.finalize().into_bytes())
    }

    pub fn signing_input(&self) -> String {
        let part = |json: &Value| BASE64URL_NOPAD.encode(json.to_string().as_bytes());
        format!("{}.{}", part(&self.header), part(&self.claims))
    }
}

fn exchange(json: &mut Value, name: &str, value: Value) {
    let members = json.as_object_mut().unwrap();
    if value.is_null() {
        members.remove(name);
    } else {
        members.insert(name.to_owned(), value);
    }
}
