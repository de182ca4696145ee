//! Certificates of authenticators (W3C WebAuthn L3 §8.2.1; RFC 5280).

use std::time::Duration;

use rustls_pki_types::{CertificateDer, SignatureVerificationAlgorithm, TrustAnchor, UnixTime};
use twinlock_core::clock::Timestamp;
use uuid::Uuid;
use webpki::{EndEntityCert, ExtendedKeyUsageValidator, KeyPurposeIdIter, ring as algorithms};
use x509_cert::{
    Certificate,
    der::{
        Decode, Tag, Tagged,
        asn1::{Any, OctetString},
        oid::{
            ObjectIdentifier,
            db::rfc4519::{COMMON_NAME, COUNTRY_NAME, ORGANIZATION_NAME, ORGANIZATIONAL_UNIT_NAME},
        },
    },
    ext::Extension,
    name::Name,
};

use super::Roots;
use crate::{cbor::Value, cose::Algorithm};

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

/// The extension that names the make, `id-fido-gen-ce-aaguid` (§8.2.1).
const AAGUID: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.6.1.4.1.45724.1.1.4");
/// The unit that the subject of an authenticator's certificate must name (§8.2.1).
const UNIT: &[u8] = b"Authenticator Attestation";

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
        let certificate = Certificate::from_der(self.der).ok()?;
        let signed = certificate.tbs_certificate;
        let extensions = signed.extensions.unwrap_or_default();
        let honest = names_an_authenticator(&signed.subject) && says_no_other_make(&extensions, aaguid);
        honest.then_some(())
    }
}

fn names_an_authenticator(subject: &Name) -> bool {
    let is_text = |value: &Any| {
        let tags = [Tag::Utf8String, Tag::PrintableString, Tag::TeletexString, Tag::BmpString];
        tags.contains(&value.tag()) && !value.value().is_empty()
    };
    [COUNTRY_NAME, ORGANIZATION_NAME, COMMON_NAME]
        .iter()
        .all(|kind| attribute(subject, kind).is_some_and(is_text))
        && attribute(subject, &ORGANIZATIONAL_UNIT_NAME)
            .is_some_and(|value| is_text(value) && value.value() == UNIT)
}

/// The value of the first such attribute (RFC 5280 §4.1.2.4).
fn attribute<'a>(name: &'a Name, kind: &ObjectIdentifier) -> Option<&'a Any> {
    let mut attributes = name.0.iter().flat_map(|part| part.0.iter());
    attributes.find(|attribute| attribute.oid == *kind).map(|attribute| &attribute.value)
}

/// The extension may be missing; it must not stand there twice (RFC 5280 §4.2). Its value is itself an OCTET STRING.
fn says_no_other_make(extensions: &[Extension], aaguid: Uuid) -> bool {
    let mut said = extensions.iter().filter(|extension| extension.extn_id == AAGUID);
    match (said.next(), said.next()) {
        (None, _) => true,
        (Some(only), None) => OctetString::from_der(only.extn_value.as_bytes())
            .is_ok_and(|value| value.as_bytes() == aaguid.as_bytes()),
        (Some(_), Some(_)) => false,
    }
}
