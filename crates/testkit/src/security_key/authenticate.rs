//! Authentication: `navigator.credentials.get()` (WebAuthn Level 3 §5.1.4, §6.3.3).

use data_encoding::BASE64URL_NOPAD;
use serde_json::{Value, json};

use super::{
    Attestation, AuthenticatorData, Bent, ClientData, Envelope, Refused, SecurityKey, Signature,
    authenticator_data::sha256,
    key::{Credential, check_rp_id, rp_id_of},
    options::RequestOptions,
};

impl SecurityKey {
    /// Signs in and returns the `AuthenticationResponseJSON`. Ends the test if an honest browser would refuse.
    pub fn authenticate(&mut self, options: &Value, origin: &str) -> Value {
        self.try_authenticate(options, origin).unwrap_or_else(|refused| panic!("{refused:?}: {options}"))
    }

    /// Signs in, unless an honest browser would refuse.
    pub fn try_authenticate(&mut self, options: &Value, origin: &str) -> Result<Value, Refused> {
        let read = RequestOptions::read(options);
        let rp_id = rp_id_of(read.rp_id.as_deref(), origin);
        check_rp_id(&rp_id, origin)?;
        self.check_verification(read.user_verification)?;
        self.usable(&read, &rp_id).ok_or(Refused::NoCredential)?;
        Ok(self.authenticate_bent(options, origin, |_| {}))
    }

    /// Signs in whatever the options say, and lies as the closure wants. With none of its credentials allowed
    /// it uses the newest.
    pub fn authenticate_bent(
        &mut self,
        options: &Value,
        origin: &str,
        bend: impl FnOnce(&mut Bent),
    ) -> Value {
        let options = RequestOptions::read(options);
        let rp_id = rp_id_of(options.rp_id.as_deref(), origin);
        let newest = self.credentials.len().checked_sub(1).expect("no credential to sign with");
        let chosen = self.usable(&options, &rp_id).unwrap_or(newest);
        let (flags, counts, attachment) =
            (self.flags(options.user_verification), self.counts, self.attachment);
        let credential = &mut self.credentials[chosen];
        if counts {
            credential.counter = credential.counter.wrapping_add(1);
        }
        let mut bent = Bent {
            client_data: ClientData::new("webauthn.get", &options.challenge, origin),
            authenticator_data: AuthenticatorData::new(&rp_id, flags, credential.counter),
            attestation: Attestation::None,
            attestation_algorithm: None,
            signature: Signature::Honest,
            envelope: assertion_envelope(credential, attachment),
        };
        bend(&mut bent);
        assertion_answer(bent, credential)
    }

    /// The credential an honest authenticator would use: one that is allowed, or the newest discoverable one
    /// where the server names none.
    fn usable(&self, options: &RequestOptions, rp_id: &str) -> Option<usize> {
        let fits = |held: &Credential| {
            let named = options.allowed.contains(&held.id);
            held.rp_id == rp_id && if options.allowed.is_empty() { held.discoverable } else { named }
        };
        self.credentials.iter().rposition(fits)
    }
}

fn assertion_envelope(credential: &Credential, attachment: &str) -> Envelope {
    Envelope {
        id: None,
        raw_id: None,
        kind: json!("public-key"),
        user_handle: credential.discoverable.then(|| credential.user_handle.clone()),
        transports: Value::Null,
        attachment: json!(attachment),
        extension_results: json!({}),
        removed: vec![],
    }
}

fn assertion_answer(bent: Bent, credential: &Credential) -> Value {
    let client_data = bent.client_data.bytes();
    let data = bent.authenticator_data.bytes();
    let signature = bent.signature.make(&credential.key, &[data.clone(), sha256(&client_data)].concat());
    let mut response = json!({
        "clientDataJSON": BASE64URL_NOPAD.encode(&client_data),
        "authenticatorData": BASE64URL_NOPAD.encode(&data),
        "signature": BASE64URL_NOPAD.encode(&signature),
    });
    if let Some(handle) = &bent.envelope.user_handle {
        response["userHandle"] = json!(BASE64URL_NOPAD.encode(handle));
    }
    bent.envelope.wrap(&credential.id, response)
}
