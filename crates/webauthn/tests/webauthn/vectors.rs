//! W3C's own test vectors (`tests/data/webauthn-l3-vectors.json`): fifteen pairs of a registration and an
//! authentication. What policy accepts is accepted, what it does not is refused by name.

use data_encoding::{BASE64, BASE64URL_NOPAD, HEXLOWER};
use serde_json::{Value, json};
use twinlock_core::{clock::Timestamp, factor::webauthn::UserVerification};
use twinlock_webauthn::{
    Algorithm, Assertion, AssertionCeremony, AssertionResponse, AttestationPolicy, Check, NewCredential,
    RegistrationCeremony, RegistrationResponse, RelyingParty, Roots, StoredCredential, verify_assertion,
    verify_registration,
};
use uuid::Uuid;

use super::world::NOW;

struct Pair {
    name: String,
    registration: Value,
    authentication: Value,
}

struct Signed {
    client_data: Vec<u8>,
    authenticator_data: Vec<u8>,
    signature: Vec<u8>,
}

/// What comes of each pair: how the make was shown, or why it is refused. `tpm`, `android-key` and `apple`
/// are statements that are not read.
const VERDICTS: [(&str, Result<&str, Check>); 15] = [
    ("none-es256", Ok("none")),
    ("packed-self-es256", Ok("self")),
    ("none-es256-crossOrigin", Err(Check::CrossOrigin)),
    ("none-es256-topOrigin", Err(Check::TopOrigin)),
    ("none-es256-long-credential-id", Ok("none")),
    ("packed-es256", Ok("none")),
    ("packed-es384", Ok("none")),
    ("packed-es512", Err(Check::Algorithm)),
    ("packed-rs256", Ok("none")),
    ("packed-eddsa", Ok("none")),
    ("packed-ed448", Err(Check::Algorithm)),
    ("tpm-es256", Ok("none")),
    ("android-key-es256", Ok("none")),
    ("apple-es256", Ok("none")),
    ("fido-u2f-es256", Ok("none")),
];

/// With attestation required: what leads to the vectors' root. The `fido-u2f` one claims a make that its
/// signature does not cover.
const PROVEN: [(&str, &str); 4] = [
    ("packed-es256", "packed"),
    ("packed-es384", "packed"),
    ("packed-rs256", "packed"),
    ("packed-eddsa", "packed"),
];

fn file() -> Value {
    serde_json::from_str(include_str!("../data/webauthn-l3-vectors.json")).unwrap()
}

fn pairs() -> Vec<Pair> {
    let file = file();
    let pairs = file["vectors"].as_array().unwrap().iter().map(|pair| Pair {
        name: pair["name"].as_str().unwrap().to_owned(),
        registration: pair["registration"].clone(),
        authentication: pair["authentication"].clone(),
    });
    pairs.collect()
}

fn hex(json: &Value, name: &str) -> Vec<u8> {
    HEXLOWER.decode(json[name].as_str().unwrap().as_bytes()).unwrap()
}

fn text(bytes: &[u8]) -> String {
    BASE64URL_NOPAD.encode(bytes)
}

fn relying_party() -> RelyingParty {
    RelyingParty {
        id: "example.org".into(),
        name: "Example".into(),
        origins: vec!["https://example.org".into()],
    }
}

impl Pair {
    fn credential_id(&self) -> Vec<u8> {
        hex(&self.registration, "credential_id")
    }

    fn register(&self, attestation: AttestationPolicy<'_>) -> Result<NewCredential, Check> {
        let id = text(&self.credential_id());
        let answer = json!({
            "id": id, "rawId": id, "type": "public-key", "clientExtensionResults": {},
            "response": {
                "clientDataJSON": text(&hex(&self.registration, "clientDataJSON")),
                "attestationObject": text(&hex(&self.registration, "attestationObject")),
            },
        });
        let ceremony = RegistrationCeremony {
            relying_party: &relying_party(),
            challenge: &hex(&self.registration, "challenge"),
            user_verification: UserVerification::Preferred,
            attestation,
            now: Timestamp::from_secs(NOW),
        };
        verify_registration(&ceremony, &RegistrationResponse::read(&answer).unwrap())
    }

    fn signed(&self) -> Signed {
        Signed {
            client_data: hex(&self.authentication, "clientDataJSON"),
            authenticator_data: hex(&self.authentication, "authenticatorData"),
            signature: hex(&self.authentication, "signature"),
        }
    }

    fn authenticate(&self, stored: &StoredCredential<'_>, signed: &Signed) -> Result<Assertion, Check> {
        let id = text(&self.credential_id());
        let answer = json!({
            "id": id, "rawId": id, "type": "public-key", "clientExtensionResults": {},
            "response": {
                "clientDataJSON": text(&signed.client_data),
                "authenticatorData": text(&signed.authenticator_data),
                "signature": text(&signed.signature),
            },
        });
        let ceremony = AssertionCeremony {
            relying_party: &relying_party(),
            challenge: &hex(&self.authentication, "challenge"),
            allowed: Some(&[self.credential_id()]),
            user_handle: b"somebody",
            user_handle_required: false,
        };
        verify_assertion(&ceremony, stored, &AssertionResponse::read(&answer).unwrap())
    }

    /// The public key out of the attestation object, where it is what follows the credential id.
    fn public_key(&self) -> Vec<u8> {
        let (object, id) = (hex(&self.registration, "attestationObject"), self.credential_id());
        let at = object.windows(id.len()).rposition(|window| window == id).unwrap();
        object[at + id.len()..].to_vec()
    }
}

fn stored(credential: &NewCredential) -> StoredCredential<'_> {
    StoredCredential {
        credential_id: &credential.credential_id,
        public_key: &credential.public_key,
        algorithm: credential.algorithm,
    }
}

#[test]
fn each_registration_is_accepted_or_refused_by_name() {
    let pairs = pairs();
    assert_eq!(pairs.len(), VERDICTS.len());
    for (pair, (name, verdict)) in pairs.iter().zip(VERDICTS) {
        assert_eq!(pair.name, name);
        let outcome = pair.register(AttestationPolicy::None);
        assert_eq!(
            outcome.as_ref().map(|credential| credential.attestation).map_err(|c| *c),
            verdict,
            "{name}"
        );
        let Ok(credential) = outcome else { continue };
        assert_eq!(credential.credential_id, pair.credential_id(), "{name}");
        assert_eq!(credential.aaguid.as_bytes().as_slice(), hex(&pair.registration, "aaguid"), "{name}");
        assert_eq!(credential.public_key, pair.public_key(), "{name}");
        assert_eq!(credential.sign_count, 0, "{name}");
    }
}

#[test]
fn each_authentication_is_accepted_or_refused_by_name() {
    for (pair, (name, verdict)) in pairs().iter().zip(VERDICTS) {
        let signed = pair.signed();
        let (key, id) = (pair.public_key(), pair.credential_id());
        let algorithm = pair.register(AttestationPolicy::None).map_or(-7, |credential| credential.algorithm);
        let stored = StoredCredential { credential_id: &id, public_key: &key, algorithm };
        let outcome = pair.authenticate(&stored, &signed);
        assert_eq!(outcome.as_ref().err(), verdict.as_ref().err(), "{name}");
        let Ok(assertion) = outcome else { continue };
        let flags = signed.authenticator_data[32];
        assert_eq!(assertion.asserted.user_present, flags & 1 != 0, "{name}");
        assert_eq!(assertion.asserted.user_verified, flags & 4 != 0, "{name}");
        assert_eq!(assertion.asserted.backup_eligible, flags & 8 != 0, "{name}");
        assert_eq!(assertion.asserted.backed_up, flags & 16 != 0, "{name}");
        assert_eq!(assertion.asserted.sign_count, 0, "{name}");
    }
}

/// attacks.md row 61: every byte counts, of what is signed and of the signature.
#[test]
fn an_authentication_with_any_byte_changed_is_refused() {
    for pair in pairs() {
        let Ok(credential) = pair.register(AttestationPolicy::None) else { continue };
        let honest = pair.signed();
        assert!(pair.authenticate(&stored(&credential), &honest).is_ok(), "{}", pair.name);
        let parts: [fn(&mut Signed) -> &mut Vec<u8>; 3] =
            [|s| &mut s.client_data, |s| &mut s.authenticator_data, |s| &mut s.signature];
        for (part, bytes) in parts.into_iter().enumerate() {
            for index in 0..bytes(&mut pair.signed()).len() {
                let mut signed = pair.signed();
                bytes(&mut signed)[index] ^= 0x01;
                let outcome = pair.authenticate(&stored(&credential), &signed);
                assert!(outcome.is_err(), "{}: byte {index} of part {part}", pair.name);
            }
        }
    }
}

/// attacks.md row 63: with attestation required, what can be proven is, and the rest is refused.
#[test]
fn makes_are_proven_up_to_the_root_where_that_is_asked() {
    let root = hex(&file()["attestation_root"], "certificate_der");
    let pem = format!("-----BEGIN CERTIFICATE-----\n{}\n-----END CERTIFICATE-----\n", BASE64.encode(&root));
    let roots = Roots::from_pem(pem.as_bytes()).unwrap();
    for (pair, (name, verdict)) in pairs().iter().zip(VERDICTS) {
        let aaguid = Uuid::from_slice(&hex(&pair.registration, "aaguid")).unwrap();
        let outcome = |aaguids: &[Uuid]| {
            let policy = AttestationPolicy::Required { roots: &roots, aaguids };
            pair.register(policy).map(|credential| credential.attestation)
        };
        let proven = PROVEN.iter().find(|(proven, _)| *proven == name).map(|(_, format)| *format);
        let expected = match (proven, verdict) {
            (Some(format), _) => Ok(format),
            (None, Ok(_)) => Err(Check::Unattested),
            (None, Err(check)) => Err(check),
        };
        assert_eq!(outcome(&[]), expected, "{name}");
        assert_eq!(outcome(&[Uuid::from_u128(1), aaguid]), expected, "{name}");
        if proven.is_some() {
            assert_eq!(outcome(&[Uuid::from_u128(1)]), Err(Check::MakeNotAllowed), "{name}");
        }
    }
}

/// attacks.md row 62: however a registration is cut or changed, the answer is a verdict.
#[test]
fn a_registration_cut_or_changed_anywhere_never_panics() {
    for mut pair in pairs() {
        let honest = hex(&pair.registration, "attestationObject");
        for index in 0..honest.len() {
            pair.registration["attestationObject"] = HEXLOWER.encode(&honest[..index.max(1)]).into();
            assert!(pair.register(AttestationPolicy::None).is_err(), "{} cut at {index}", pair.name);
            for mask in [0x01, 0x20, 0x80, 0xff] {
                let mut changed = honest.clone();
                changed[index] ^= mask;
                pair.registration["attestationObject"] = HEXLOWER.encode(&changed).into();
                let _ = pair.register(AttestationPolicy::None);
            }
        }
    }
}

#[test]
fn every_algorithm_that_is_offered_has_a_vector() {
    let seen: Vec<i64> = pairs()
        .iter()
        .filter_map(|pair| pair.register(AttestationPolicy::None).ok())
        .map(|credential| credential.algorithm)
        .collect();
    for algorithm in Algorithm::OFFERED {
        assert!(seen.contains(&algorithm.id()), "{algorithm:?}");
    }
}
