//! A maker of security keys: a root, an intermediate, and certificates for models
//! (WebAuthn Level 3 §8.2.1).

use data_encoding::BASE64;
use p256::ecdsa::{SigningKey, signature::Signer as _};
use rcgen::{
    BasicConstraints, CertificateParams, CustomExtension, DistinguishedName, DnType, IsCa, Issuer,
    KeyIdMethod, KeyUsagePurpose, PublicKeyData, SignatureAlgorithm, date_time_ymd,
};

use super::{
    authenticator_data::sha256,
    private_key::{PrivateKey, generate_p256},
};
use crate::SeededEntropy;

/// `id-fido-gen-ce-aaguid`.
const AAGUID_EXTENSION: [u64; 10] = [1, 3, 6, 1, 4, 1, 45724, 1, 1, 4];

/// A root certificate that an operator may trust, with an intermediate below it.
#[derive(Clone)]
pub struct AttestationAuthority {
    root: Party,
    intermediate: Party,
    leaf_key: SigningKey,
}

/// What the certificate of a model says.
#[derive(Clone, Debug)]
pub struct Leaf {
    /// The model named by the extension; none leaves the extension out.
    pub aaguid: Option<[u8; 16]>,
    /// Contents of more extensions of the kind that names the model. An honest maker writes none.
    pub more_about_the_model: Vec<Vec<u8>>,
    /// The subject's OU: `Authenticator Attestation` when honest.
    pub organizational_unit: String,
    /// The rest of its subject: country, organisation, name. An empty text is written as one; none is left out.
    pub subject: [Option<&'static str>; 3],
    /// Whether it claims to be a certificate authority.
    pub is_ca: bool,
    /// Valid from the beginning of this year.
    pub valid_from: i32,
    /// Valid until the beginning of this year.
    pub valid_until: i32,
}

/// A certified attestation key.
#[derive(Clone)]
pub struct Certified {
    /// DER certificates: the leaf, then the intermediate; the root is left out. Bend as you like.
    pub chain: Vec<Vec<u8>>,
    pub(super) key: PrivateKey,
}

impl Leaf {
    /// An honest certificate for the model.
    pub fn of(aaguid: [u8; 16]) -> Self {
        Self {
            aaguid: Some(aaguid),
            more_about_the_model: Vec::new(),
            organizational_unit: "Authenticator Attestation".into(),
            subject: [Some("CH"), Some("Test Makers"), Some("Test Security Key")],
            is_ca: false,
            valid_from: 2020,
            valid_until: 2120,
        }
    }
}

impl AttestationAuthority {
    /// The authority of this seed.
    pub fn new(seed: u64) -> Self {
        let entropy = SeededEntropy::new(seed);
        let (root_key, intermediate_key) =
            (Key::new(generate_p256(&entropy)), Key::new(generate_p256(&entropy)));
        let root_params = authority(&format!("Test Root {seed}"), &root_key);
        let root_der = root_params.self_signed(&root_key).unwrap().der().to_vec();
        let params = authority(&format!("Test Intermediate {seed}"), &intermediate_key);
        let issuer = Issuer::from_params(&root_params, &root_key);
        let der = params.signed_by(&intermediate_key, &issuer).unwrap().der().to_vec();
        Self {
            intermediate: Party { params, key: intermediate_key, der },
            root: Party { params: root_params, key: root_key, der: root_der },
            leaf_key: generate_p256(&entropy),
        }
    }

    /// The root certificate, DER.
    pub fn root_der(&self) -> Vec<u8> {
        self.root.der.clone()
    }

    /// The root certificate, PEM: what an operator puts into a file.
    pub fn root_pem(&self) -> String {
        pem(&self.root.der)
    }

    /// Certifies a model by way of the intermediate.
    pub fn certify(&self, leaf: &Leaf) -> Certified {
        let leaf = self.issue(leaf, &self.intermediate);
        Certified { chain: vec![leaf, self.intermediate.der.clone()], ..self.holder() }
    }

    /// Certifies a model by the root itself: a chain of one.
    pub fn certify_directly(&self, leaf: &Leaf) -> Certified {
        Certified { chain: vec![self.issue(leaf, &self.root)], ..self.holder() }
    }

    fn holder(&self) -> Certified {
        Certified { chain: vec![], key: PrivateKey::Es256(self.leaf_key.clone()) }
    }

    fn issue(&self, leaf: &Leaf, issuer: &Party) -> Vec<u8> {
        let key = Key::new(self.leaf_key.clone());
        let mut params = unnamed(&key);
        let kinds = [DnType::CountryName, DnType::OrganizationName, DnType::CommonName];
        for (kind, text) in kinds.into_iter().zip(leaf.subject) {
            if let Some(text) = text {
                params.distinguished_name.push(kind, text);
            }
        }
        params.distinguished_name.push(DnType::OrganizationalUnitName, leaf.organizational_unit.clone());
        params.is_ca =
            if leaf.is_ca { IsCa::Ca(BasicConstraints::Unconstrained) } else { IsCa::ExplicitNoCa };
        params.not_before = date_time_ymd(leaf.valid_from, 1, 1);
        params.not_after = date_time_ymd(leaf.valid_until, 1, 1);
        params.use_authority_key_identifier_extension = true;
        let honest = leaf.aaguid.map(|aaguid| [&[4, 16][..], &aaguid].concat());
        let contents = honest.into_iter().chain(leaf.more_about_the_model.clone());
        params.custom_extensions.extend(contents.map(aaguid_extension));
        let issuer = Issuer::from_params(&issuer.params, &issuer.key);
        params.signed_by(&key, &issuer).unwrap().der().to_vec()
    }
}

/// An issuer.
#[derive(Clone)]
struct Party {
    params: CertificateParams,
    key: Key,
    der: Vec<u8>,
}

/// A key in the terms of `rcgen`, whose own backends need not be built.
#[derive(Clone)]
struct Key {
    private: SigningKey,
    point: Vec<u8>,
}

impl Key {
    fn new(private: SigningKey) -> Self {
        let point = private.verifying_key().to_encoded_point(false).as_bytes().to_vec();
        Self { private, point }
    }
}

impl PublicKeyData for Key {
    fn der_bytes(&self) -> &[u8] {
        &self.point
    }

    fn algorithm(&self) -> &'static SignatureAlgorithm {
        &rcgen::PKCS_ECDSA_P256_SHA256
    }
}

impl rcgen::SigningKey for Key {
    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, rcgen::Error> {
        let signature: p256::ecdsa::Signature = self.private.sign(message);
        Ok(signature.to_der().as_bytes().to_vec())
    }
}

fn authority(name: &str, key: &Key) -> CertificateParams {
    let mut params = named(name, key);
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params.use_authority_key_identifier_extension = true;
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    params
}

fn named(name: &str, key: &Key) -> CertificateParams {
    let mut params = unnamed(key);
    params.distinguished_name.push(DnType::CountryName, "CH");
    params.distinguished_name.push(DnType::OrganizationName, "Test Makers");
    params.distinguished_name.push(DnType::CommonName, name);
    params
}

fn unnamed(key: &Key) -> CertificateParams {
    let mut params = CertificateParams::default();
    let identifier = sha256(&key.point)[..20].to_vec();
    let mut serial = identifier[..8].to_vec();
    serial[0] &= 0x7f;
    params.serial_number = Some(serial.into());
    params.key_identifier_method = KeyIdMethod::PreSpecified(identifier);
    params.not_before = date_time_ymd(2020, 1, 1);
    params.not_after = date_time_ymd(2120, 1, 1);
    params.distinguished_name = DistinguishedName::new();
    params
}

/// Octets in octets: an honest value is itself an OCTET STRING (§8.2.1).
fn aaguid_extension(value: Vec<u8>) -> CustomExtension {
    CustomExtension::from_oid_content(&AAGUID_EXTENSION, value)
}

fn pem(der: &[u8]) -> String {
    let text = BASE64.encode(der);
    let lines: Vec<_> = text.as_bytes().chunks(64).map(String::from_utf8_lossy).collect();
    format!("-----BEGIN CERTIFICATE-----\n{}\n-----END CERTIFICATE-----\n", lines.join("\n"))
}
