//! A ceremony, open to be bent.

use data_encoding::BASE64URL_NOPAD;
use serde_json::{Value, json};

use super::{Attestation, AuthenticatorData, ClientData, Signature, json};

/// Everything a ceremony is made of, honest until the closure changes it.
pub struct Bent {
    /// What the browser says.
    pub client_data: ClientData,
    /// What the authenticator says.
    pub authenticator_data: AuthenticatorData,
    /// How a new credential is attested; nothing at authentication.
    pub attestation: Attestation,
    /// `alg` of a packed attestation statement, if not that of the key that signs it.
    pub attestation_algorithm: Option<i64>,
    /// How the signature is made, of the assertion or of the attestation statement.
    pub signature: Signature,
    /// What nobody signs.
    pub envelope: Envelope,
}

/// The members of the credential that are under no signature.
pub struct Envelope {
    /// `id`, if not the credential's.
    pub id: Option<Value>,
    /// `rawId`, if not the credential's.
    pub raw_id: Option<Value>,
    /// `type`.
    pub kind: Value,
    /// `response.userHandle`; only at authentication, and none if the credential is not discoverable.
    pub user_handle: Option<Vec<u8>>,
    /// `response.transports`; only at registration.
    pub transports: Value,
    /// `authenticatorAttachment`.
    pub attachment: Value,
    /// `clientExtensionResults`.
    pub extension_results: Value,
    /// JSON pointers to members that are left out, such as `/response/signature`.
    pub removed: Vec<&'static str>,
}

impl Envelope {
    /// Sends this credential id in place of the own one, as `id` and `rawId`.
    pub fn set_id(&mut self, id: &[u8]) {
        let text = json!(BASE64URL_NOPAD.encode(id));
        (self.id, self.raw_id) = (Some(text.clone()), Some(text));
    }

    /// Leaves out a member.
    pub fn remove(&mut self, pointer: &'static str) {
        self.removed.push(pointer);
    }

    /// The credential around a response.
    pub(super) fn wrap(self, credential_id: &[u8], response: Value) -> Value {
        let id = json!(BASE64URL_NOPAD.encode(credential_id));
        let mut credential = json!({
            "id": self.id.unwrap_or_else(|| id.clone()),
            "rawId": self.raw_id.unwrap_or(id),
            "type": self.kind,
            "authenticatorAttachment": self.attachment,
            "clientExtensionResults": self.extension_results,
            "response": response,
        });
        for pointer in self.removed {
            json::remove_at(&mut credential, pointer);
        }
        credential
    }
}
