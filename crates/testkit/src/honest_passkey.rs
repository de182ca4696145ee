//! The honest authenticator: the `passkey` crates, which others wrote and people use, as a passkey
//! manager with user verification.
//!
//! It knows nothing of ours. What it is refused, real users are refused.

use async_trait::async_trait;
use passkey_authenticator::{
    Authenticator, CredentialStore, DiscoverabilitySupport, StoreInfo, UiHint, UserCheck,
    UserValidationMethod,
};
use passkey_client::{Client, DefaultClientData, WebauthnError};
use passkey_crypto::AvailableBackend;
use passkey_types::{
    Passkey,
    ctap2::{
        Aaguid, Ctap2Error, StatusCode,
        make_credential::{Options, PublicKeyCredentialRpEntity, PublicKeyCredentialUserEntity},
    },
    webauthn::{CredentialCreationOptions, CredentialRequestOptions, PublicKeyCredentialDescriptor},
};
use serde_json::{Value, json};
use url::Url;

/// A passkey manager and the browser it sits in. Its keys and ids are random, not seeded.
pub struct HonestPasskey(Client<Keychain, Owner, AvailableBackend, public_suffix::PublicSuffixList, ()>);

impl HonestPasskey {
    /// An empty passkey manager.
    pub fn new() -> Self {
        let authenticator =
            Authenticator::new(Aaguid(*b"twinlock-honest!"), Keychain::default(), Owner, AvailableBackend);
        Self(Client::new(authenticator).allows_insecure_localhost(true))
    }

    /// Registers a passkey: from `PublicKeyCredentialCreationOptionsJSON` to `RegistrationResponseJSON`.
    pub async fn register(&mut self, options: &Value, origin: &str) -> Result<Value, WebauthnError> {
        let options: CredentialCreationOptions =
            serde_json::from_value(json!({"publicKey": options})).expect("creation options");
        let credential = self.0.register(&url(origin), options, DefaultClientData).await?;
        Ok(serde_json::to_value(credential).expect("a credential is JSON"))
    }

    /// Signs in: from `PublicKeyCredentialRequestOptionsJSON` to `AuthenticationResponseJSON`.
    pub async fn authenticate(&mut self, options: &Value, origin: &str) -> Result<Value, WebauthnError> {
        let options: CredentialRequestOptions =
            serde_json::from_value(json!({"publicKey": options})).expect("request options");
        let credential = self.0.authenticate(&url(origin), options, DefaultClientData).await?;
        Ok(serde_json::to_value(credential).expect("a credential is JSON"))
    }
}

impl Default for HonestPasskey {
    fn default() -> Self {
        Self::new()
    }
}

fn url(origin: &str) -> Url {
    Url::parse(origin).expect("an origin is a URL")
}

/// The passkeys, oldest first.
#[derive(Default)]
struct Keychain(Vec<Passkey>);

#[async_trait]
impl CredentialStore for Keychain {
    type PasskeyItem = Passkey;

    async fn find_credentials(
        &self,
        ids: Option<&[PublicKeyCredentialDescriptor]>,
        rp_id: &str,
        _user_handle: Option<&[u8]>,
    ) -> Result<Vec<Passkey>, StatusCode> {
        let named = |held: &&Passkey| match ids {
            Some(ids) => ids.iter().any(|id| id.id == held.credential_id),
            None => held.user_handle.is_some(),
        };
        Ok(self.0.iter().rev().filter(|held| held.rp_id == rp_id).filter(named).cloned().collect())
    }

    async fn save_credential(
        &mut self,
        passkey: Passkey,
        _user: PublicKeyCredentialUserEntity,
        _rp: PublicKeyCredentialRpEntity,
        _options: Options,
    ) -> Result<(), StatusCode> {
        self.0.push(passkey);
        Ok(())
    }

    async fn update_credential(&mut self, passkey: &Passkey) -> Result<(), StatusCode> {
        let same = self.0.iter_mut().find(|held| held.credential_id == passkey.credential_id);
        *same.ok_or(Ctap2Error::NoCredentials)? = passkey.clone();
        Ok(())
    }

    async fn get_info(&self) -> StoreInfo {
        StoreInfo { discoverability: DiscoverabilitySupport::Full }
    }
}

/// Somebody who always agrees, and shows the finger when asked.
struct Owner;

#[async_trait]
impl UserValidationMethod for Owner {
    type PasskeyItem = Passkey;

    async fn check_user<'a>(
        &self,
        hint: UiHint<'a, Passkey>,
        presence: bool,
        verification: bool,
    ) -> Result<UserCheck, Ctap2Error> {
        match hint {
            UiHint::InformExcludedCredentialFound(_) => Err(Ctap2Error::CredentialExcluded),
            _ => Ok(UserCheck { presence, verification }),
        }
    }

    fn is_presence_enabled(&self) -> bool {
        true
    }

    fn is_verification_enabled(&self) -> Option<bool> {
        Some(true)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::security_key::json::bytes_at;

    const ORIGIN: &str = "http://localhost:8080";

    fn creation() -> Value {
        json!({
            "rp": {"id": "localhost", "name": "Example"},
            "user": {"id": "AAECAwQFBgcICQoLDA0ODw", "name": "alice", "displayName": "Alice"},
            "challenge": "EBESExQVFhcYGRobHB0eHw",
            "pubKeyCredParams": [{"type": "public-key", "alg": -7}, {"type": "public-key", "alg": -257}],
            "excludeCredentials": [],
            "authenticatorSelection": {"residentKey": "required", "userVerification": "required"},
            "attestation": "none",
        })
    }

    fn request(allowed: Value) -> Value {
        json!({
            "rpId": "localhost",
            "challenge": "ICEiIyQlJicoKSorLC0uLw",
            "allowCredentials": allowed,
            "userVerification": "required",
        })
    }

    #[tokio::test]
    async fn what_it_registers_signs_in_by_name_and_without() {
        let mut passkeys = HonestPasskey::new();
        let registered = passkeys.register(&creation(), ORIGIN).await.unwrap();
        assert_eq!(registered["response"]["publicKeyAlgorithm"], -7);
        assert_eq!(bytes_at(&registered, "/response/authenticatorData")[32], 0x5d);
        let named = json!([{"type": "public-key", "id": registered["id"]}]);
        for allowed in [json!([]), named] {
            let assertion = passkeys.authenticate(&request(allowed), ORIGIN).await.unwrap();
            assert_eq!(assertion["id"], registered["id"]);
            assert_eq!(assertion["response"]["userHandle"], creation()["user"]["id"]);
            assert_eq!(bytes_at(&assertion, "/response/authenticatorData")[32], 0x1d);
        }
    }

    #[tokio::test]
    async fn it_does_not_register_twice_nor_answer_another_site() {
        let mut passkeys = HonestPasskey::new();
        let registered = passkeys.register(&creation(), ORIGIN).await.unwrap();
        let mut again = creation();
        again["excludeCredentials"] = json!([{"type": "public-key", "id": registered["id"]}]);
        assert!(passkeys.register(&again, ORIGIN).await.is_err());
        let mut elsewhere = request(json!([]));
        elsewhere["rpId"] = json!("example.org");
        assert!(passkeys.authenticate(&elsewhere, ORIGIN).await.is_err());
        assert!(passkeys.authenticate(&elsewhere, "https://example.org").await.is_err());
    }
}
