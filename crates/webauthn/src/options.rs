//! What the browser is asked: W3C's `PublicKeyCredential…OptionsJSON` (WebAuthn L3 §5.1.9, §5.1.10).

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::{Value, json};
use twinlock_core::factor::webauthn::{KeyKind, UserVerification};

use super::{Algorithm, RelyingParty, TIMEOUT_MILLIS};

/// Whose credential is made.
#[derive(Debug, Clone, Copy)]
pub struct UserEntity<'a> {
    /// The user handle: random, without meaning, the same for all credentials of the person.
    pub handle: &'a [u8],
    /// The name they sign in with.
    pub name: &'a str,
    /// The name people call them.
    pub display_name: &'a str,
}

/// What kind of credential is wanted.
#[derive(Debug, Clone, Copy)]
pub struct Wanted {
    /// What it shall serve: a passkey must be discoverable.
    pub kind: KeyKind,
    /// What is asked about the person.
    pub user_verification: UserVerification,
    /// Whether the authenticator shall prove its make.
    pub attestation: bool,
}

/// A credential that a person has.
#[derive(Debug, Clone, Copy)]
pub struct Descriptor<'a> {
    /// Its id.
    pub id: &'a [u8],
    /// How it is reached.
    pub transports: &'a [String],
}

impl Descriptor<'_> {
    fn json(&self) -> Value {
        let mut json = json!({ "type": "public-key", "id": base64url(self.id) });
        if !self.transports.is_empty() {
            json["transports"] = self.transports.into();
        }
        json
    }
}

/// `PublicKeyCredentialCreationOptionsJSON`.
pub fn creation_options(
    relying_party: &RelyingParty,
    user: UserEntity<'_>,
    challenge: &[u8],
    wanted: &Wanted,
    exclude: &[Descriptor<'_>],
) -> Value {
    let algorithms = Algorithm::OFFERED.map(|offered| json!({ "type": "public-key", "alg": offered.id() }));
    let passkey = wanted.kind == KeyKind::Passkey;
    json!({
        "rp": { "id": relying_party.id, "name": relying_party.name },
        "user": {
            "id": base64url(user.handle),
            "name": user.name,
            "displayName": user.display_name,
        },
        "challenge": base64url(challenge),
        "pubKeyCredParams": algorithms,
        "timeout": TIMEOUT_MILLIS,
        "excludeCredentials": exclude.iter().map(Descriptor::json).collect::<Vec<_>>(),
        "authenticatorSelection": {
            "residentKey": if passkey { "required" } else { "discouraged" },
            "requireResidentKey": passkey,
            "userVerification": demand(wanted.user_verification),
        },
        "attestation": if wanted.attestation { "direct" } else { "none" },
        "extensions": { "credProps": true },
    })
}

/// `PublicKeyCredentialRequestOptionsJSON`. Without `allow`, any discoverable credential serves.
pub fn request_options(
    relying_party: &RelyingParty,
    challenge: &[u8],
    user_verification: UserVerification,
    allow: &[Descriptor<'_>],
) -> Value {
    json!({
        "challenge": base64url(challenge),
        "timeout": TIMEOUT_MILLIS,
        "rpId": relying_party.id,
        "allowCredentials": allow.iter().map(Descriptor::json).collect::<Vec<_>>(),
        "userVerification": demand(user_verification),
    })
}

fn demand(user_verification: UserVerification) -> &'static str {
    match user_verification {
        UserVerification::Preferred => "preferred",
        UserVerification::Required => "required",
    }
}

fn base64url(bytes: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}
