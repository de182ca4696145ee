//! What a browser is asked of a key: the API and the pages answer the same.

use serde::Serialize;
use utoipa::ToSchema;

/// A challenge for a security key or passkey.
#[derive(Debug, Serialize, ToSchema)]
pub struct KeyOptions {
    /// `PublicKeyCredentialCreationOptionsJSON` or `PublicKeyCredentialRequestOptionsJSON` (W3C WebAuthn
    /// Level 3, §5.1), for `parseCreationOptionsFromJSON` or `parseRequestOptionsFromJSON` as it is.
    #[serde(rename = "publicKey")]
    #[schema(value_type = Object)]
    pub public_key: serde_json::Value,
}
