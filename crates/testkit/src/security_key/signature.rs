//! What is done to a signature.

use super::private_key::{Algorithm, PrivateKey};

/// How the ceremony is signed: the assertion at authentication, the attestation statement (if it
/// has a signature) at registration.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Signature {
    /// By the right key, over the right data.
    Honest,
    /// Honest, with one bit flipped; bit 0 is the first byte's lowest.
    FlippedBit(usize),
    /// Honest, with the larger of the two values `s` can have (ECDSA on P-256). Valid: WebAuthn asks for neither.
    HighS,
    /// Honest, with the smaller of the two values `s` can have (ECDSA on P-256). Valid.
    LowS,
    /// Honest, but `r` and `s` side by side (IEEE P1363) in place of DER (ECDSA on P-256).
    P1363,
    /// Honest, with these bytes after its end.
    Trailing(Vec<u8>),
    /// By the right key over other data.
    OfOtherData,
    /// By somebody else's key of the same algorithm.
    ByAnotherKey,
    /// By a key of another algorithm.
    ByAlgorithm(Algorithm),
    /// These bytes: empty, zeros, random.
    Written(Vec<u8>),
}

impl Signature {
    pub(super) fn make(&self, key: &PrivateKey, data: &[u8]) -> Vec<u8> {
        match self {
            Self::Honest => key.sign(data),
            Self::FlippedBit(bit) => {
                let mut signature = key.sign(data);
                signature[bit / 8] ^= 1 << (bit % 8);
                signature
            }
            Self::HighS => with_s(key, data, true),
            Self::LowS => with_s(key, data, false),
            Self::P1363 => parsed(&key.sign(data)).to_bytes().to_vec(),
            Self::Trailing(bytes) => [key.sign(data), bytes.clone()].concat(),
            Self::OfOtherData => key.sign(&[data, &[0]].concat()),
            Self::ByAnotherKey => PrivateKey::of_a_stranger(key.algorithm()).sign(data),
            Self::ByAlgorithm(algorithm) => PrivateKey::of_a_stranger(*algorithm).sign(data),
            Self::Written(bytes) => bytes.clone(),
        }
    }
}

fn parsed(der: &[u8]) -> p256::ecdsa::Signature {
    p256::ecdsa::Signature::from_der(der).expect("this bend is for ES256")
}

fn with_s(key: &PrivateKey, data: &[u8], high: bool) -> Vec<u8> {
    let signature = parsed(&key.sign(data));
    let low = signature.normalize_s().unwrap_or(signature);
    let (r, s) = low.split_scalars();
    let chosen = if high { p256::ecdsa::Signature::from_scalars(r, -s).unwrap() } else { low };
    chosen.to_der().as_bytes().to_vec()
}
