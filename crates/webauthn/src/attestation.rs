//! What an authenticator says about its make (W3C WebAuthn L3 §8), and whether to believe it.
//!
//! `packed` and `fido-u2f` are verified wherever they come, as security keys send them. Other formats are
//! worth as much as none: they are not read, and refused where a proof is asked.

mod certificate;
mod roots;

use super::{
    AttestationPolicy, Check, RegistrationCeremony,
    authenticator_data::Attested,
    cbor::Value,
    cose::{Algorithm, PublicKey},
};
use certificate::Chain;
pub use roots::{Roots, RootsError};

/// A statement with all that it speaks about.
pub(super) struct Statement<'a> {
    pub(super) format: &'a str,
    pub(super) content: &'a Value<'a>,
    pub(super) authenticator_data: &'a [u8],
    pub(super) rp_id_hash: &'a [u8],
    pub(super) client_data_hash: [u8; 32],
    pub(super) attested: &'a Attested<'a>,
    pub(super) key: &'a PublicKey,
}

/// What a statement that is in itself right comes to.
enum Proof<'a> {
    Nothing,
    /// Signed with the new credential itself: says nothing about the make.
    SelfSigned,
    Certified(&'static str, Chain<'a>),
}

/// Checks the statement (steps 21 and 22) and holds it to the policy (steps 23 and 24). Answers how the
/// make was shown: `none`, `self`, or the format whose chain was verified.
pub(super) fn judge(
    statement: &Statement<'_>,
    ceremony: &RegistrationCeremony<'_>,
) -> Result<&'static str, Check> {
    let proof = verify(statement)?;
    let AttestationPolicy::Required { roots, aaguids } = ceremony.attestation else {
        return Ok(if matches!(proof, Proof::SelfSigned) { "self" } else { "none" });
    };
    let Proof::Certified(format, chain) = proof else {
        return Err(Check::Unattested);
    };
    if !chain.leads_to(roots, ceremony.now) {
        return Err(Check::AttestationUntrusted);
    }
    if !aaguids.is_empty() && !aaguids.contains(&statement.attested.aaguid) {
        return Err(Check::MakeNotAllowed);
    }
    Ok(format)
}

fn verify<'a>(statement: &Statement<'a>) -> Result<Proof<'a>, Check> {
    let proof = match statement.format {
        "none" => statement.content.map().filter(|entries| entries.is_empty()).map(|_| Proof::Nothing),
        "packed" => packed(statement),
        "fido-u2f" => fido_u2f(statement),
        _ => Some(Proof::Nothing),
    };
    proof.ok_or(Check::AttestationStatement)
}

/// §8.2.
fn packed<'a>(statement: &Statement<'a>) -> Option<Proof<'a>> {
    let algorithm = Algorithm::from_id(statement.content.get("alg")?.int()?)?;
    let signature = statement.content.get("sig")?.bytes()?;
    let signed = [statement.authenticator_data, statement.client_data_hash.as_slice()].concat();
    let Some(certificates) = statement.content.get("x5c") else {
        if algorithm != statement.key.algorithm() {
            return None;
        }
        return statement.key.verify(&signed, signature).ok().map(|()| Proof::SelfSigned);
    };
    let chain = Chain::read(certificates)?;
    let leaf = chain.leaf()?;
    leaf.verify(algorithm, &signed, signature)?;
    leaf.is_of_an_authenticator(statement.attested.aaguid)?;
    Some(Proof::Certified("packed", chain))
}

/// §8.6. The signature does not cover the AAGUID: one that is not zero is only a claim.
fn fido_u2f<'a>(statement: &Statement<'a>) -> Option<Proof<'a>> {
    let PublicKey::P256(key) = statement.key else { return None };
    let chain = Chain::read(statement.content.get("x5c")?).filter(Chain::is_single)?;
    let point = key.to_encoded_point(false);
    let signed = [
        &[0],
        statement.rp_id_hash,
        statement.client_data_hash.as_slice(),
        statement.attested.credential_id,
        point.as_bytes(),
    ]
    .concat();
    let signature = statement.content.get("sig")?.bytes()?;
    chain.leaf()?.verify(Algorithm::Es256, &signed, signature)?;
    let unclaimed = statement.attested.aaguid.is_nil();
    Some(if unclaimed { Proof::Certified("fido-u2f", chain) } else { Proof::Nothing })
}
