//! What the browser sends: W3C's `RegistrationResponseJSON` and `AuthenticationResponseJSON` (WebAuthn L3
//! §5.1). Members without a meaning here are ignored: browsers and libraries add more of them.

use std::ops::RangeInclusive;

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::Value;

use super::{MAX_CREDENTIAL_ID, Shape, client_data};

// Sizes in bytes, far above what browsers and authenticators send.
const CREDENTIAL_ID: RangeInclusive<usize> = 1..=MAX_CREDENTIAL_ID;
const CLIENT_DATA: RangeInclusive<usize> = 1..=8 * 1024;
const ATTESTATION_OBJECT: RangeInclusive<usize> = 1..=32 * 1024;
const AUTHENTICATOR_DATA: RangeInclusive<usize> = 0..=8 * 1024;
const SIGNATURE: RangeInclusive<usize> = 0..=1024;
const USER_HANDLE: RangeInclusive<usize> = 0..=64;

/// How many ways of transport are kept, and how long a name may be.
const MAX_TRANSPORTS: usize = 8;
const MAX_TRANSPORT_NAME: usize = 32;

/// A registration as it was sent, of the right shape; nothing is verified.
#[derive(Debug)]
pub struct RegistrationResponse {
    pub(super) credential_id: Vec<u8>,
    pub(super) client_data: Vec<u8>,
    pub(super) attestation_object: Vec<u8>,
    pub(super) transports: Vec<String>,
    pub(super) discoverable: Option<bool>,
}

impl RegistrationResponse {
    /// Reads the JSON.
    pub fn read(json: &Value) -> Result<Self, Shape> {
        let credential_id = credential_id(json)?;
        let response = object(json, "response")?;
        let transports = response.get("transports");
        Ok(Self {
            credential_id,
            client_data: bytes(response, "response.clientDataJSON", CLIENT_DATA)?,
            attestation_object: bytes(response, "response.attestationObject", ATTESTATION_OBJECT)?,
            transports: transports.and_then(Value::as_array).map(|names| hints(names)).unwrap_or_default(),
            discoverable: json.pointer("/clientExtensionResults/credProps/rk").and_then(Value::as_bool),
        })
    }
}

/// An assertion as it was sent, of the right shape; nothing is verified.
#[derive(Debug)]
pub struct AssertionResponse {
    pub(super) credential_id: Vec<u8>,
    pub(super) client_data: Vec<u8>,
    pub(super) authenticator_data: Vec<u8>,
    pub(super) signature: Vec<u8>,
    pub(super) user_handle: Option<Vec<u8>>,
}

impl AssertionResponse {
    /// Reads the JSON.
    pub fn read(json: &Value) -> Result<Self, Shape> {
        let credential_id = credential_id(json)?;
        let response = object(json, "response")?;
        Ok(Self {
            credential_id,
            client_data: bytes(response, "response.clientDataJSON", CLIENT_DATA)?,
            authenticator_data: bytes(response, "response.authenticatorData", AUTHENTICATOR_DATA)?,
            signature: bytes(response, "response.signature", SIGNATURE)?,
            user_handle: optional_bytes(response, "response.userHandle", USER_HANDLE)?,
        })
    }

    /// The credential that claims to have signed: look it up to verify.
    pub fn credential_id(&self) -> &[u8] {
        &self.credential_id
    }

    /// The person it claims to belong to.
    pub fn user_handle(&self) -> Option<&[u8]> {
        self.user_handle.as_deref()
    }

    /// The challenge it claims to answer: to find the ceremony where no person is known yet.
    pub fn claimed_challenge(&self) -> Option<Vec<u8>> {
        client_data::claimed_challenge(&self.client_data)
    }
}

/// `id` and `rawId`, which must be one, of a `public-key`.
fn credential_id(json: &Value) -> Result<Vec<u8>, Shape> {
    if !json.is_object() {
        return Err(Shape { field: "credential", message: "must be an object" });
    }
    let id = bytes(json, "id", CREDENTIAL_ID)?;
    if bytes(json, "rawId", CREDENTIAL_ID)? != id {
        return Err(Shape { field: "rawId", message: "must be the same as id" });
    }
    if json.get("type").and_then(Value::as_str) != Some("public-key") {
        return Err(Shape { field: "type", message: "must be \"public-key\"" });
    }
    let results = json.get("clientExtensionResults");
    if results.is_some_and(|results| !results.is_object()) {
        return Err(Shape { field: "clientExtensionResults", message: "must be an object" });
    }
    Ok(id)
}

fn object<'a>(json: &'a Value, field: &'static str) -> Result<&'a Value, Shape> {
    json.get(field).filter(|value| value.is_object()).ok_or(Shape { field, message: "must be an object" })
}

/// The last part of `field` in `parent`: base64url without padding, in its one spelling.
fn bytes(parent: &Value, field: &'static str, size: RangeInclusive<usize>) -> Result<Vec<u8>, Shape> {
    optional_bytes(parent, field, size)?.ok_or(Shape { field, message: "is required" })
}

fn optional_bytes(
    parent: &Value,
    field: &'static str,
    size: RangeInclusive<usize>,
) -> Result<Option<Vec<u8>>, Shape> {
    let name = field.rsplit('.').next().unwrap_or(field);
    let text = match parent.get(name) {
        None | Some(Value::Null) => return Ok(None),
        Some(Value::String(text)) => text,
        Some(_) => return Err(Shape { field, message: "must be text" }),
    };
    let bytes = URL_SAFE_NO_PAD
        .decode(text)
        .map_err(|_| Shape { field, message: "must be base64url without padding" })?;
    if !size.contains(&bytes.len()) {
        return Err(Shape { field, message: "has not a possible length" });
    }
    Ok(Some(bytes))
}

/// Names of transports, known or not (§5.8.4 lets new ones come), that are harmless to repeat.
fn hints(names: &[Value]) -> Vec<String> {
    let harmless = |name: &&str| {
        (1..=MAX_TRANSPORT_NAME).contains(&name.len())
            && name.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-')
    };
    let mut hints: Vec<String> =
        names.iter().filter_map(Value::as_str).filter(harmless).map(str::to_owned).collect();
    hints.sort_unstable();
    hints.dedup();
    hints.truncate(MAX_TRANSPORTS);
    hints
}
