//! The keys that sign: made, sealed, opened, published.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use ed25519_dalek::{SigningKey as Ed25519, pkcs8::EncodePrivateKey};
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey};
use p256::ecdsa::SigningKey as P256;
use serde::Serialize;
use twinlock_core::{
    clock::Timestamp,
    entropy::{Entropy, random_bytes},
    ids::new_uuid,
};
use twinlock_store::{
    seal::{Keyring, Purpose},
    signing_keys::{SigningAlgorithm, SigningKey},
};
use zeroize::Zeroizing;

use super::BROKEN;
use crate::Internal;

/// A key, opened.
pub(super) struct Key {
    pub(super) kid: String,
    pub(super) algorithm: SigningAlgorithm,
    pub(super) signing: EncodingKey,
    pub(super) verifying: DecodingKey,
    pub(super) public: Jwk,
    pub(super) created_at: Timestamp,
}

/// One public key as a JWK (RFC 7517; RFC 8037 for Ed25519, RFC 7518 section 6.2 for P-256).
#[derive(Debug, Clone, Serialize)]
pub struct Jwk {
    kty: &'static str,
    crv: &'static str,
    x: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    y: Option<String>,
    kid: String,
    alg: &'static str,
    #[serde(rename = "use")]
    usage: &'static str,
}

/// The name that the library has for an algorithm.
pub(super) fn algorithm(algorithm: SigningAlgorithm) -> Algorithm {
    match algorithm {
        SigningAlgorithm::EdDsa => Algorithm::EdDSA,
        SigningAlgorithm::Es256 => Algorithm::ES256,
    }
}

/// A new private key, sealed: 32 bytes for both curves.
pub(super) fn generate(
    algorithm: SigningAlgorithm,
    keyring: &Keyring,
    now: Timestamp,
    entropy: &dyn Entropy,
) -> Result<SigningKey, Internal> {
    let secret = match algorithm {
        SigningAlgorithm::EdDsa => Zeroizing::new(random_bytes::<32>(entropy)),
        SigningAlgorithm::Es256 => scalar(entropy),
    };
    let id = new_uuid(now, entropy);
    let sealed = keyring.seal(Purpose::SigningKey, id, secret.as_slice(), entropy)?;
    Ok(SigningKey { id, algorithm, sealed, created_at: now, retired_at: None })
}

/// A private key of P-256. Of 2^32 draws one is none and is drawn again (FIPS 186-5, A.2.2).
fn scalar(entropy: &dyn Entropy) -> Zeroizing<[u8; 32]> {
    loop {
        let drawn = Zeroizing::new(random_bytes::<32>(entropy));
        if P256::from_slice(drawn.as_slice()).is_ok() {
            return drawn;
        }
    }
}

pub(super) fn open_all(keyring: &Keyring, stored: &[SigningKey]) -> Result<Vec<Key>, Internal> {
    stored.iter().map(|key| open(keyring, key)).collect()
}

fn open(keyring: &Keyring, stored: &SigningKey) -> Result<Key, Internal> {
    let secret = keyring.open(Purpose::SigningKey, stored.id, &stored.sealed)?;
    let secret = Zeroizing::new(<[u8; 32]>::try_from(secret.as_slice()).map_err(|_| BROKEN)?);
    match stored.algorithm {
        SigningAlgorithm::EdDsa => ed25519(stored, &secret),
        SigningAlgorithm::Es256 => p256(stored, &secret),
    }
}

fn ed25519(stored: &SigningKey, seed: &[u8; 32]) -> Result<Key, Internal> {
    let key = Ed25519::from_bytes(seed);
    let public = key.verifying_key().to_bytes();
    let private = key.to_pkcs8_der().map_err(|_| BROKEN)?;
    let jwk = Jwk { kty: "OKP", crv: "Ed25519", x: URL_SAFE_NO_PAD.encode(public), ..Jwk::of(stored) };
    Ok(Key {
        kid: stored.id.to_string(),
        algorithm: stored.algorithm,
        signing: EncodingKey::from_ed_der(private.as_bytes()),
        verifying: DecodingKey::from_ed_der(&public),
        public: jwk,
        created_at: stored.created_at,
    })
}

fn p256(stored: &SigningKey, scalar: &[u8; 32]) -> Result<Key, Internal> {
    let key = P256::from_slice(scalar).map_err(|_| BROKEN)?;
    let point = key.verifying_key().to_encoded_point(false);
    let (x, y) = (point.x().ok_or(BROKEN)?, point.y().ok_or(BROKEN)?);
    let private = p256::pkcs8::EncodePrivateKey::to_pkcs8_der(&key).map_err(|_| BROKEN)?;
    let jwk = Jwk {
        kty: "EC",
        crv: "P-256",
        x: URL_SAFE_NO_PAD.encode(x),
        y: Some(URL_SAFE_NO_PAD.encode(y)),
        ..Jwk::of(stored)
    };
    Ok(Key {
        kid: stored.id.to_string(),
        algorithm: stored.algorithm,
        signing: EncodingKey::from_ec_der(private.as_bytes()),
        verifying: DecodingKey::from_ec_der(point.as_bytes()),
        public: jwk,
        created_at: stored.created_at,
    })
}

impl Jwk {
    /// What is said of a key of any kind.
    fn of(stored: &SigningKey) -> Self {
        Self {
            kty: "",
            crv: "",
            x: String::new(),
            y: None,
            kid: stored.id.to_string(),
            alg: stored.algorithm.as_str(),
            usage: "sig",
        }
    }
}
