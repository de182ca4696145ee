//! Registration: `navigator.credentials.create()` (WebAuthn Level 3 §5.1.3, §6.3.2).

use data_encoding::BASE64URL_NOPAD;
use serde_json::{Value, json};

use super::{
    Attestation, AttestedCredential, AuthenticatorData, Bent, ClientData, Envelope, Refused, SecurityKey,
    Signature, attestation,
    authenticator_data::sha256,
    flag,
    key::{Credential, check_rp_id, rp_id_of},
    options::{CreationOptions, Wish},
};

impl SecurityKey {
    /// Registers a credential and returns the `RegistrationResponseJSON`. Ends the test if an honest browser
    /// would refuse.
    pub fn register(&mut self, options: &Value, origin: &str) -> Value {
        self.try_register(options, origin).unwrap_or_else(|refused| panic!("{refused:?}: {options}"))
    }

    /// Registers a credential, unless an honest browser would refuse.
    pub fn try_register(&mut self, options: &Value, origin: &str) -> Result<Value, Refused> {
        self.check_creation(&CreationOptions::read(options), origin)?;
        Ok(self.register_bent(options, origin, |_| {}))
    }

    /// Registers a credential whatever the options say, and lies as the closure wants.
    ///
    /// The key keeps the credential under the id that was sent, so that it can authenticate with it.
    pub fn register_bent(&mut self, options: &Value, origin: &str, bend: impl FnOnce(&mut Bent)) -> Value {
        let options = CreationOptions::read(options);
        let discoverable = self.discoverable && options.resident_key != Wish::Discouraged;
        let rp_id = rp_id_of(options.rp_id.as_deref(), origin);
        let mut credential = self.new_credential(rp_id, options.user_id.clone(), discoverable);
        let mut bent = self.creation(&options, origin, &credential);
        bend(&mut bent);
        if let Some(attested) = &bent.authenticator_data.attested {
            credential.id.clone_from(&attested.id);
        }
        let answer = creation_answer(bent, &credential);
        self.credentials.push(credential);
        answer
    }

    fn check_creation(&self, options: &CreationOptions, origin: &str) -> Result<(), Refused> {
        check_rp_id(&rp_id_of(options.rp_id.as_deref(), origin), origin)?;
        if !options.algorithms.contains(&self.algorithm.cose()) {
            return Err(Refused::Algorithm);
        }
        if self.credentials.iter().any(|held| options.excluded.contains(&held.id)) {
            return Err(Refused::Excluded);
        }
        if options.resident_key == Wish::Required && !self.discoverable {
            return Err(Refused::Discoverable);
        }
        self.check_verification(options.user_verification)
    }

    /// The honest ceremony.
    fn creation(&self, options: &CreationOptions, origin: &str, credential: &Credential) -> Bent {
        let flags = self.flags(options.user_verification) | flag::ATTESTED;
        let mut authenticator_data = AuthenticatorData::new(&credential.rp_id, flags, credential.counter);
        authenticator_data.attested = Some(AttestedCredential {
            aaguid: self.aaguid,
            id: credential.id.clone(),
            id_length: None,
            key: credential.key.cose(),
        });
        let attestation = match &self.certified {
            _ if !options.attested => Attestation::None,
            None => Attestation::PackedSelf,
            Some(certified) => Attestation::Packed(certified.clone()),
        };
        Bent {
            client_data: ClientData::new("webauthn.create", &options.challenge, origin),
            authenticator_data,
            attestation,
            attestation_algorithm: None,
            signature: Signature::Honest,
            envelope: self.creation_envelope(options, credential),
        }
    }

    fn creation_envelope(&self, options: &CreationOptions, credential: &Credential) -> Envelope {
        let properties = json!({"credProps": {"rk": credential.discoverable}});
        Envelope {
            id: None,
            raw_id: None,
            kind: json!("public-key"),
            user_handle: None,
            transports: json!(self.transports),
            attachment: json!(self.attachment),
            extension_results: if options.wants_properties { properties } else { json!({}) },
            removed: vec![],
        }
    }
}

fn creation_answer(bent: Bent, credential: &Credential) -> Value {
    let client_data = bent.client_data.bytes();
    let object = attestation::object(&bent, &sha256(&client_data), &credential.key);
    let response = json!({
        "clientDataJSON": BASE64URL_NOPAD.encode(&client_data),
        "authenticatorData": BASE64URL_NOPAD.encode(&bent.authenticator_data.bytes()),
        "transports": bent.envelope.transports,
        "publicKey": BASE64URL_NOPAD.encode(&credential.key.public_der()),
        "publicKeyAlgorithm": credential.key.algorithm().cose(),
        "attestationObject": BASE64URL_NOPAD.encode(&object),
    });
    bent.envelope.wrap(&credential.id, response)
}
