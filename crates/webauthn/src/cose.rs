//! Public keys as authenticators send them (COSE_Key, RFC 9052 §7; W3C WebAuthn L3 §6.5.1.1), and what
//! is signed with them (§6.5.5).

use ed25519_dalek as ed25519;
use p256::ecdsa::signature::Verifier;
use rsa::{BigUint, RsaPublicKey, pkcs1v15};

use super::{
    Check,
    cbor::{self, Value},
};

/// The sizes of RSA keys that are accepted, in bits.
const RSA_BITS: std::ops::RangeInclusive<usize> = 2048..=4096;
/// The least public exponent of RSA keys (FIPS 186-5 §A.1.1).
const RSA_LEAST_EXPONENT: u32 = 65_537;

// Labels of COSE_Key.
const KTY: i64 = 1;
const ALG: i64 = 3;
const CRV: i64 = -1;
const X: i64 = -2;
const Y: i64 = -3;
const N: i64 = -1;
const E: i64 = -2;

/// A signature algorithm (IANA's registry of COSE algorithms).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Algorithm {
    /// ECDSA with P-256 and SHA-256, DER-encoded.
    Es256,
    /// Ed25519.
    EdDsa,
    /// ECDSA with P-384 and SHA-384, DER-encoded.
    Es384,
    /// RSASSA-PKCS1-v1_5 with SHA-256.
    Rs256,
}

impl Algorithm {
    /// All that is offered, the preferred one first. Each can be verified; no other is accepted.
    pub const OFFERED: [Self; 4] = [Self::Es256, Self::EdDsa, Self::Es384, Self::Rs256];

    /// Its number.
    pub fn id(self) -> i64 {
        match self {
            Self::Es256 => -7,
            Self::EdDsa => -8,
            Self::Es384 => -35,
            Self::Rs256 => -257,
        }
    }

    /// The offered algorithm of this number.
    pub fn from_id(id: i64) -> Option<Self> {
        Self::OFFERED.into_iter().find(|algorithm| algorithm.id() == id)
    }
}

/// A public key that was found valid: on its curve, large enough.
#[derive(Debug)]
pub(super) enum PublicKey {
    P256(p256::ecdsa::VerifyingKey),
    P384(p384::ecdsa::VerifyingKey),
    Ed25519(ed25519::VerifyingKey),
    Rsa(pkcs1v15::VerifyingKey<rsa::sha2::Sha256>),
}

impl PublicKey {
    /// Reads a COSE_Key that says its algorithm and has the members of its type and no other.
    pub(super) fn from_cose(bytes: &[u8]) -> Result<Self, Check> {
        let key = cbor::whole(bytes).map_err(|_| Check::PublicKey)?;
        let id = key.at(ALG).and_then(Value::int).ok_or(Check::PublicKey)?;
        let read = match Algorithm::from_id(id).ok_or(Check::Algorithm)? {
            Algorithm::Es256 => p256(&key),
            Algorithm::EdDsa => ed25519(&key),
            Algorithm::Es384 => p384(&key),
            Algorithm::Rs256 => rsa(&key),
        };
        read.ok_or(Check::PublicKey)
    }

    pub(super) fn algorithm(&self) -> Algorithm {
        match self {
            Self::P256(_) => Algorithm::Es256,
            Self::P384(_) => Algorithm::Es384,
            Self::Ed25519(_) => Algorithm::EdDsa,
            Self::Rsa(_) => Algorithm::Rs256,
        }
    }

    /// Whether `signature` is this key's over `message`.
    pub(super) fn verify(&self, message: &[u8], signature: &[u8]) -> Result<(), Check> {
        let verified = match self {
            Self::P256(key) => p256::ecdsa::Signature::from_der(signature)
                .and_then(|signature| key.verify(message, &signature))
                .is_ok(),
            Self::P384(key) => p384::ecdsa::Signature::from_der(signature)
                .and_then(|signature| key.verify(message, &signature))
                .is_ok(),
            Self::Ed25519(key) => ed25519::Signature::from_slice(signature)
                .and_then(|signature| key.verify_strict(message, &signature))
                .is_ok(),
            Self::Rsa(key) => pkcs1v15::Signature::try_from(signature)
                .and_then(|signature| key.verify(message, &signature))
                .is_ok(),
        };
        if verified { Ok(()) } else { Err(Check::Signature) }
    }
}

fn p256(key: &Value<'_>) -> Option<PublicKey> {
    let point = point(key, 1, 32)?;
    p256::ecdsa::VerifyingKey::from_sec1_bytes(&point).ok().map(PublicKey::P256)
}

fn p384(key: &Value<'_>) -> Option<PublicKey> {
    let point = point(key, 2, 48)?;
    p384::ecdsa::VerifyingKey::from_sec1_bytes(&point).ok().map(PublicKey::P384)
}

/// An uncompressed point (SEC 1 §2.3.3) from an EC2 key of this curve and coordinate size.
fn point(key: &Value<'_>, curve: i64, size: usize) -> Option<Vec<u8>> {
    only(key, &[KTY, ALG, CRV, X, Y])?;
    is(key, KTY, 2)?;
    is(key, CRV, curve)?;
    let (x, y) = (key.at(X)?.bytes()?, key.at(Y)?.bytes()?);
    (x.len() == size && y.len() == size).then(|| [&[0x04], x, y].concat())
}

fn ed25519(key: &Value<'_>) -> Option<PublicKey> {
    only(key, &[KTY, ALG, CRV, X])?;
    is(key, KTY, 1)?;
    is(key, CRV, 6)?;
    let x = key.at(X)?.bytes()?.try_into().ok()?;
    let key = ed25519::VerifyingKey::from_bytes(x).ok()?;
    // Of small order: such a key "signs" anything.
    (is_reduced(x) && !key.is_weak()).then_some(PublicKey::Ed25519(key))
}

/// Whether the coordinate is below the field's prime, 2^255 - 19: its only spelling (RFC 8032 §5.1.3).
fn is_reduced([least, middle @ .., most]: &[u8; 32]) -> bool {
    most & 0x7f < 0x7f || middle.iter().any(|byte| *byte < 0xff) || *least < 0xed
}

fn rsa(key: &Value<'_>) -> Option<PublicKey> {
    only(key, &[KTY, ALG, N, E])?;
    is(key, KTY, 3)?;
    let modulus = odd_number(key.at(N)?.bytes()?)?;
    let exponent = odd_number(key.at(E)?.bytes()?)?;
    if !RSA_BITS.contains(&modulus.bits()) || exponent < BigUint::from(RSA_LEAST_EXPONENT) {
        return None;
    }
    // Refuses exponents that are too large.
    let key = RsaPublicKey::new(modulus, exponent).ok()?;
    Some(PublicKey::Rsa(pkcs1v15::VerifyingKey::new(key)))
}

/// A number without leading zeros (RFC 8230 §4), odd as the parts of an RSA key are, no longer than the
/// largest modulus.
fn odd_number(bytes: &[u8]) -> Option<BigUint> {
    let (first, last) = (bytes.first()?, bytes.last()?);
    let well_formed = *first != 0 && last & 1 == 1 && bytes.len() <= RSA_BITS.end() / 8;
    well_formed.then(|| BigUint::from_bytes_be(bytes))
}

fn is(key: &Value<'_>, label: i64, value: i64) -> Option<()> {
    (key.at(label)?.int()? == value).then_some(())
}

/// Exactly these members: no private part, no other parameter (§6.5.1.1). No label comes twice
/// ([`cbor`]), so the number decides.
fn only(key: &Value<'_>, labels: &[i64]) -> Option<()> {
    (key.map()?.len() == labels.len() && labels.iter().all(|label| key.at(*label).is_some())).then_some(())
}
