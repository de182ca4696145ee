//! Attestation objects (WebAuthn Level 3 §6.5.4, §8).

use super::{Cbor, Certified, bent::Bent, private_key::PrivateKey};

/// How a new credential is attested.
#[derive(Clone)]
pub enum Attestation {
    /// Format `none` (§8.7).
    None,
    /// Format `packed`, signed by the credential's own key (§8.2).
    PackedSelf,
    /// Format `packed`, signed by a certified key (§8.2).
    Packed(Certified),
    /// Format `fido-u2f` (§8.6); the AAGUID of such a key is zero, which the test sees to.
    FidoU2f(Certified),
    /// This format with this statement.
    Written {
        /// `fmt`.
        format: String,
        /// `attStmt`: a map when honest.
        statement: Cbor,
    },
}

impl Attestation {
    /// This format, with an empty statement.
    pub fn empty(format: &str) -> Self {
        Self::Written { format: format.into(), statement: Cbor::Map(vec![]) }
    }

    fn format(&self) -> &str {
        match self {
            Self::None => "none",
            Self::PackedSelf | Self::Packed(_) => "packed",
            Self::FidoU2f(_) => "fido-u2f",
            Self::Written { format, .. } => format,
        }
    }
}

/// The attestation object of a ceremony, after it was bent.
pub(super) fn object(bent: &Bent, client_data_hash: &[u8], key: &PrivateKey) -> Vec<u8> {
    let data = bent.authenticator_data.bytes();
    let signed = [&data[..], client_data_hash].concat();
    let statement = match &bent.attestation {
        Attestation::None => Cbor::Map(vec![]),
        Attestation::PackedSelf => packed(bent, &signed, (key, None)),
        Attestation::Packed(certified) => packed(bent, &signed, (&certified.key, Some(certified))),
        Attestation::FidoU2f(certified) => u2f(bent, client_data_hash, (key, certified)),
        Attestation::Written { statement, .. } => statement.clone(),
    };
    let format = Cbor::text(bent.attestation.format());
    Cbor::named(vec![("fmt", format), ("attStmt", statement), ("authData", Cbor::Bytes(data))]).encode()
}

fn packed(bent: &Bent, signed: &[u8], (key, certified): (&PrivateKey, Option<&Certified>)) -> Cbor {
    let algorithm = bent.attestation_algorithm.unwrap_or_else(|| key.algorithm().cose());
    let signature = bent.signature.make(key, signed);
    let mut members = vec![("alg", Cbor::Int(algorithm)), ("sig", Cbor::Bytes(signature))];
    members.extend(certified.map(|certified| ("x5c", x5c(certified))));
    Cbor::named(members)
}

fn u2f(bent: &Bent, client_data_hash: &[u8], (key, certified): (&PrivateKey, &Certified)) -> Cbor {
    let PrivateKey::Es256(key) = key else { panic!("fido-u2f knows P-256 only") };
    let data = &bent.authenticator_data;
    let id = &data.attested.as_ref().expect("a new credential").id;
    let point = key.verifying_key().to_encoded_point(false);
    let signed = [&[0][..], &data.rp_id_hash, client_data_hash, id, point.as_bytes()].concat();
    let signature = bent.signature.make(&certified.key, &signed);
    Cbor::named(vec![("sig", Cbor::Bytes(signature)), ("x5c", x5c(certified))])
}

fn x5c(certified: &Certified) -> Cbor {
    Cbor::Array(certified.chain.iter().cloned().map(Cbor::Bytes).collect())
}
