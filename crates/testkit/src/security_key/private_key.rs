//! The private keys of credentials.

use data_encoding::BASE64URL_NOPAD;
use ed25519_dalek::pkcs8::EncodePublicKey as _;
use p256::ecdsa::signature::Signer as _;
use twinlock_core::entropy::{Entropy, random_bytes};

use super::{
    Cbor, CoseKey, cose,
    rsa_keys::{self, RsaKey},
};
use crate::SeededEntropy;

/// What a credential signs with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Algorithm {
    /// ECDSA on P-256 with SHA-256.
    Es256,
    /// ECDSA on P-384 with SHA-384.
    Es384,
    /// RSASSA-PKCS1-v1_5 with SHA-256. Every such credential has the same fixed key of 2048 bits.
    Rs256,
    /// Ed25519.
    EdDsa,
}

impl Algorithm {
    /// Every algorithm there is.
    pub const ALL: [Self; 4] = [Self::Es256, Self::Es384, Self::Rs256, Self::EdDsa];

    /// The number of the COSE registry.
    pub fn cose(self) -> i64 {
        match self {
            Self::Es256 => -7,
            Self::EdDsa => -8,
            Self::Es384 => -35,
            Self::Rs256 => -257,
        }
    }
}

/// A private key.
#[derive(Clone)]
pub(super) enum PrivateKey {
    Es256(p256::ecdsa::SigningKey),
    Es384(p384::ecdsa::SigningKey),
    Rs256(&'static RsaKey),
    EdDsa(ed25519_dalek::SigningKey),
}

impl PrivateKey {
    /// A new key; RSA's is not new.
    pub(super) fn generate(algorithm: Algorithm, entropy: &dyn Entropy) -> Self {
        match algorithm {
            Algorithm::Es256 => Self::Es256(generate_p256(entropy)),
            Algorithm::Es384 => Self::Es384(generate_p384(entropy)),
            Algorithm::Rs256 => Self::Rs256(&rsa_keys::CREDENTIAL),
            Algorithm::EdDsa => Self::EdDsa(ed25519_dalek::SigningKey::from_bytes(&random_bytes(entropy))),
        }
    }

    /// A key that no credential has.
    pub(super) fn of_a_stranger(algorithm: Algorithm) -> Self {
        match algorithm {
            Algorithm::Rs256 => Self::Rs256(&rsa_keys::STRANGER),
            _ => Self::generate(algorithm, &SeededEntropy::new(u64::MAX)),
        }
    }

    pub(super) fn algorithm(&self) -> Algorithm {
        match self {
            Self::Es256(_) => Algorithm::Es256,
            Self::Es384(_) => Algorithm::Es384,
            Self::Rs256(_) => Algorithm::Rs256,
            Self::EdDsa(_) => Algorithm::EdDsa,
        }
    }

    /// The signature in the form of WebAuthn §6.5.5: ECDSA's in DER.
    pub(super) fn sign(&self, data: &[u8]) -> Vec<u8> {
        match self {
            Self::Es256(key) => {
                let signature: p256::ecdsa::Signature = key.sign(data);
                signature.to_der().as_bytes().to_vec()
            }
            Self::Es384(key) => {
                let signature: p384::ecdsa::Signature = key.sign(data);
                signature.to_der().as_bytes().to_vec()
            }
            Self::Rs256(key) => sign_rs256(key, data),
            Self::EdDsa(key) => ed25519_dalek::Signer::sign(key, data).to_vec(),
        }
    }

    /// The public key for the authenticator data.
    pub(super) fn cose(&self) -> CoseKey {
        let algorithm = (cose::ALG, Cbor::Int(self.algorithm().cose()));
        let bytes = |bytes: &[u8]| Cbor::Bytes(bytes.to_vec());
        let elliptic = |curve: i64, point: &[u8]| {
            let (x, y) = point[1..].split_at(point.len() / 2);
            let curve = [(cose::CRV, Cbor::Int(curve)), (cose::X, bytes(x)), (cose::Y, bytes(y))];
            [vec![(cose::KTY, Cbor::Int(2)), algorithm.clone()], curve.to_vec()].concat()
        };
        CoseKey::new(match self {
            Self::Es256(key) => elliptic(1, key.verifying_key().to_encoded_point(false).as_bytes()),
            Self::Es384(key) => elliptic(2, key.verifying_key().to_encoded_point(false).as_bytes()),
            Self::Rs256(key) => vec![
                (cose::KTY, Cbor::Int(3)),
                algorithm,
                (cose::N, Cbor::Bytes(key.modulus())),
                (cose::E, bytes(&rsa_keys::EXPONENT)),
            ],
            Self::EdDsa(key) => vec![
                (cose::KTY, Cbor::Int(1)),
                algorithm,
                (cose::CRV, Cbor::Int(6)),
                (cose::X, bytes(key.verifying_key().as_bytes())),
            ],
        })
    }

    /// The public key as a SubjectPublicKeyInfo, which browsers put beside it (WebAuthn §5.2.1).
    pub(super) fn public_der(&self) -> Vec<u8> {
        match self {
            Self::Es256(key) => spki_p256(key),
            Self::Es384(key) => {
                use p384::pkcs8::EncodePublicKey as _;
                key.verifying_key().to_public_key_der().unwrap().into_vec()
            }
            Self::Rs256(key) => spki_rsa(key),
            Self::EdDsa(key) => key.verifying_key().to_public_key_der().unwrap().into_vec(),
        }
    }
}

/// A new key on P-256.
pub(super) fn generate_p256(entropy: &dyn Entropy) -> p256::ecdsa::SigningKey {
    let mut draw = || p256::ecdsa::SigningKey::from_bytes(&random_bytes::<32>(entropy).into());
    std::iter::repeat_with(&mut draw).find_map(Result::ok).unwrap()
}

fn generate_p384(entropy: &dyn Entropy) -> p384::ecdsa::SigningKey {
    let mut draw = || p384::ecdsa::SigningKey::from_bytes(&random_bytes::<48>(entropy).into());
    std::iter::repeat_with(&mut draw).find_map(Result::ok).unwrap()
}

fn spki_p256(key: &p256::ecdsa::SigningKey) -> Vec<u8> {
    use p256::pkcs8::EncodePublicKey as _;
    key.verifying_key().to_public_key_der().unwrap().into_vec()
}

/// The head of a SubjectPublicKeyInfo around a modulus of 2048 bits and a three-byte exponent: only the
/// modulus and the exponent after it vary.
const RSA_SPKI_HEAD: &str = "30820122300d06092a864886f70d01010105000382010f003082010a0282010100";

fn spki_rsa(key: &RsaKey) -> Vec<u8> {
    let head = data_encoding::HEXLOWER.decode(RSA_SPKI_HEAD.as_bytes()).unwrap();
    [head, key.modulus(), vec![2, 3], rsa_keys::EXPONENT.to_vec()].concat()
}

/// RSA comes with `jsonwebtoken`, and from nowhere else (`deny.toml`).
fn sign_rs256(key: &RsaKey, data: &[u8]) -> Vec<u8> {
    let key = jsonwebtoken::EncodingKey::from_rsa_der(&key.private_der());
    let signature = jsonwebtoken::crypto::sign(data, &key, jsonwebtoken::Algorithm::RS256).unwrap();
    BASE64URL_NOPAD.decode(signature.as_bytes()).unwrap()
}
