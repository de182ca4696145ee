//! Certificates of authenticators (W3C WebAuthn L3 §8.2.1; RFC 5280).

use std::time::Duration;

use rustls_pki_types::{CertificateDer, SignatureVerificationAlgorithm, TrustAnchor, UnixTime};
use twinlock_core::clock::Timestamp;
use uuid::Uuid;
use webpki::{EndEntityCert, ExtendedKeyUsageValidator, KeyPurposeIdIter, ring as algorithms};

use super::Roots;
use crate::webauthn::{cbor::Value, cose::Algorithm};

/// How many certificates a statement may bring.
const MAX_CERTIFICATES: usize = 6;

/// What certificates may be signed with.
static SIGNED_WITH: &[&dyn SignatureVerificationAlgorithm] = &[
    algorithms::ECDSA_P256_SHA256,
    algorithms::ECDSA_P256_SHA384,
    algorithms::ECDSA_P384_SHA256,
    algorithms::ECDSA_P384_SHA384,
    algorithms::ED25519,
    algorithms::RSA_PKCS1_2048_8192_SHA256,
    algorithms::RSA_PKCS1_2048_8192_SHA384,
    algorithms::RSA_PKCS1_2048_8192_SHA512,
];

/// Contents of OBJECT IDENTIFIERs (X.690 §8.19).
const AAGUID: &[u8] = &[0x2b, 0x06, 0x01, 0x04, 0x01, 0x82, 0xe5, 0x1c, 0x01, 0x01, 0x04];
const COUNTRY: &[u8] = &[0x55, 0x04, 0x06];
const ORGANISATION: &[u8] = &[0x55, 0x04, 0x0a];
const UNIT: &[u8] = &[0x55, 0x04, 0x0b];
const COMMON_NAME: &[u8] = &[0x55, 0x04, 0x03];

// Tags (X.690 §8.1.2).
const SEQUENCE: u8 = 0x30;
const OBJECT_IDENTIFIER: u8 = 0x06;
const OCTET_STRING: u8 = 0x04;
const EXTENSIONS: u8 = 0xa3;

/// The certificates of a statement: the authenticator's first, then those above it.
pub(super) struct Chain<'a>(Vec<CertificateDer<'a>>);

impl<'a> Chain<'a> {
    pub(super) fn read(x5c: &Value<'a>) -> Option<Self> {
        let items = x5c.array()?;
        if items.is_empty() || items.len() > MAX_CERTIFICATES {
            return None;
        }
        items.iter().map(|item| item.bytes().map(CertificateDer::from)).collect::<Option<_>>().map(Self)
    }

    pub(super) fn is_single(&self) -> bool {
        self.0.len() == 1
    }

    pub(super) fn leaf(&self) -> Option<Leaf<'_>> {
        let der = self.0.first()?;
        EndEntityCert::try_from(der).ok().map(|certificate| Leaf { certificate, der })
    }

    /// Whether a trusted authority stands at its end, at `now`.
    pub(super) fn leads_to(&self, roots: &Roots, now: Timestamp) -> bool {
        let Some(leaf) = self.leaf() else { return false };
        let anchors: Vec<TrustAnchor<'_>> = roots
            .certificates()
            .iter()
            .filter_map(|root| webpki::anchor_from_trusted_cert(root).ok())
            .collect();
        let time = UnixTime::since_unix_epoch(Duration::from_secs(now.secs().unsigned_abs()));
        let above = self.0.get(1..).unwrap_or_default();
        leaf.certificate.verify_for_usage(SIGNED_WITH, &anchors, above, time, AnyPurpose, None, None).is_ok()
    }
}

/// Attestation has no extended key usage of its own.
struct AnyPurpose;

impl ExtendedKeyUsageValidator for AnyPurpose {
    fn validate(&self, _: KeyPurposeIdIter<'_, '_>) -> Result<(), webpki::Error> {
        Ok(())
    }
}

/// The authenticator's own certificate.
pub(super) struct Leaf<'a> {
    certificate: EndEntityCert<'a>,
    der: &'a [u8],
}

impl Leaf<'_> {
    pub(super) fn verify(&self, algorithm: Algorithm, message: &[u8], signature: &[u8]) -> Option<()> {
        let algorithm = match algorithm {
            Algorithm::Es256 => algorithms::ECDSA_P256_SHA256,
            Algorithm::EdDsa => algorithms::ED25519,
            Algorithm::Es384 => algorithms::ECDSA_P384_SHA384,
            Algorithm::Rs256 => algorithms::RSA_PKCS1_2048_8192_SHA256,
        };
        self.certificate.verify_signature(algorithm, message, signature).ok()
    }

    /// §8.2.1: a subject with country, organisation, the prescribed unit and a name; the same AAGUID,
    /// where it says one. That it is no authority itself is seen when the chain is built.
    pub(super) fn is_of_an_authenticator(&self, aaguid: Uuid) -> Option<()> {
        let subject = self.certificate.subject();
        let complete = [COUNTRY, ORGANISATION, COMMON_NAME]
            .iter()
            .all(|part| attribute(subject, part).is_some_and(|text| !text.is_empty()));
        if !complete || attribute(subject, UNIT)? != b"Authenticator Attestation" {
            return None;
        }
        match extension(self.der, AAGUID) {
            None => Some(()),
            Some(value) => (tagged(value, OCTET_STRING)? == aaguid.as_bytes()).then_some(()),
        }
    }
}

/// The text of the first such attribute of a Name (RFC 5280 §4.1.2.4), without its outer tag.
fn attribute<'a>(name: &'a [u8], wanted: &[u8]) -> Option<&'a [u8]> {
    Elements(name).find_map(|(_, set)| {
        Elements(set).find_map(|(_, pair)| {
            let mut parts = Elements(pair);
            let (_, kind) = parts.next().filter(|(tag, _)| *tag == OBJECT_IDENTIFIER)?;
            let (_, text) = parts.next()?;
            (kind == wanted).then_some(text)
        })
    })
}

/// The content of an extension's OCTET STRING (RFC 5280 §4.1).
fn extension<'a>(certificate: &'a [u8], wanted: &[u8]) -> Option<&'a [u8]> {
    let signed = tagged(tagged(certificate, SEQUENCE)?, SEQUENCE)?;
    let (_, extensions) = Elements(signed).find(|(tag, _)| *tag == EXTENSIONS)?;
    Elements(tagged(extensions, SEQUENCE)?).find_map(|(_, extension)| {
        let mut parts = Elements(extension);
        let (_, kind) = parts.next()?;
        if kind != wanted {
            return None;
        }
        parts.find(|(tag, _)| *tag == OCTET_STRING).map(|(_, value)| value)
    })
}

/// The content of the first element, where it has this tag.
fn tagged(bytes: &[u8], wanted: u8) -> Option<&[u8]> {
    Elements(bytes).next().filter(|(tag, _)| *tag == wanted).map(|(_, content)| content)
}

/// The elements of a DER encoding one after the other, as tag and content; ends at the first that cannot
/// be read. For certificates that were parsed already: it finds, it does not check.
struct Elements<'a>(&'a [u8]);

impl<'a> Iterator for Elements<'a> {
    type Item = (u8, &'a [u8]);

    fn next(&mut self) -> Option<Self::Item> {
        let (tag, rest) = self.0.split_first()?;
        let (first, rest) = rest.split_first()?;
        let (length, rest) = match first {
            0..=0x7f => (usize::from(*first), rest),
            0x81..=0x83 => {
                let (bytes, rest) = rest.split_at_checked(usize::from(first & 0x7f))?;
                (bytes.iter().fold(0, |length, byte| length << 8 | usize::from(*byte)), rest)
            }
            _ => return None,
        };
        let (content, rest) = rest.split_at_checked(length)?;
        self.0 = rest;
        Some((*tag, content))
    }
}
