use sha2::{Digest, Sha256};
use twinlock_core::factor::webauthn::UserVerification;
use uuid::Uuid;

use super::{
    Check, RegistrationCeremony,
    attestation::{self, Statement},
    authenticator_data::{Attested, AuthenticatorData, Flags},
    cbor,
    client_data::{self, Expected},
    cose::PublicKey,
    response::RegistrationResponse,
};

/// A credential that was registered, ready to be stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewCredential {
    /// Its id, 1 to 1023 bytes. Whether another account has it is for the database to say.
    pub credential_id: Vec<u8>,
    /// COSE-encoded, exactly the bytes that were sent.
    pub public_key: Vec<u8>,
    /// The number of its COSE algorithm, one of [`super::Algorithm::OFFERED`].
    pub algorithm: i64,
    /// Its signature counter.
    pub sign_count: u32,
    /// Whether it verified the person now.
    pub user_verified: bool,
    /// Whether it may be copied to other devices.
    pub backup_eligible: bool,
    /// Whether it was copied.
    pub backed_up: bool,
    /// The make; a hint unless [`Self::attestation`] names a format.
    pub aaguid: Uuid,
    /// How it is reached, as the browser says: a hint.
    pub transports: Vec<String>,
    /// Whether it is discoverable, where the browser says so (`credProps`): a hint.
    pub discoverable: Option<bool>,
    /// How its make was shown: `none`, `self`, or the format whose chain was verified.
    pub attestation: &'static str,
}

/// Verifies a registration (W3C WebAuthn L3 §7.1). The caller has consumed the challenge, and stores the
/// credential under a unique id (step 26).
pub fn verify_registration(
    ceremony: &RegistrationCeremony<'_>,
    response: &RegistrationResponse,
) -> Result<NewCredential, Check> {
    let relying_party = ceremony.relying_party;
    client_data::check(
        &response.client_data,
        &Expected { kind: "webauthn.create", challenge: ceremony.challenge, origins: &relying_party.origins },
    )?;
    let object = cbor::whole(&response.attestation_object).map_err(|_| Check::AttestationObject)?;
    let member = |name| object.get(name).ok_or(Check::AttestationObject);
    let format = member("fmt")?.text().ok_or(Check::AttestationObject)?;
    let content = member("attStmt")?;
    let authenticator_data = member("authData")?.bytes().ok_or(Check::AttestationObject)?;

    let data = AuthenticatorData::read(authenticator_data)?;
    let attested = data.attested.as_ref().ok_or(Check::AuthenticatorData)?;
    if data.rp_id_hash != Sha256::digest(&relying_party.id).as_slice() {
        return Err(Check::RpId);
    }
    check_flags(data.flags, ceremony.user_verification)?;
    if attested.credential_id != response.credential_id {
        return Err(Check::CredentialId);
    }
    let key = PublicKey::from_cose(attested.public_key)?;
    let statement = Statement {
        format,
        content,
        authenticator_data,
        rp_id_hash: data.rp_id_hash,
        client_data_hash: Sha256::digest(&response.client_data).into(),
        attested,
        key: &key,
    };
    let attestation = attestation::judge(&statement, ceremony)?;
    Ok(credential(&data, attested, &key, response, attestation))
}

/// Steps 15 to 17.
fn check_flags(flags: Flags, user_verification: UserVerification) -> Result<(), Check> {
    if !flags.user_present() {
        return Err(Check::UserPresence);
    }
    if !flags.user_verified() && user_verification == UserVerification::Required {
        return Err(Check::UserVerification);
    }
    if flags.backed_up() && !flags.backup_eligible() {
        return Err(Check::BackupFlags);
    }
    Ok(())
}

fn credential(
    data: &AuthenticatorData<'_>,
    attested: &Attested<'_>,
    key: &PublicKey,
    response: &RegistrationResponse,
    attestation: &'static str,
) -> NewCredential {
    NewCredential {
        credential_id: attested.credential_id.to_vec(),
        public_key: attested.public_key.to_vec(),
        algorithm: key.algorithm().id(),
        sign_count: data.sign_count,
        user_verified: data.flags.user_verified(),
        backup_eligible: data.flags.backup_eligible(),
        backed_up: data.flags.backed_up(),
        aaguid: attested.aaguid,
        transports: response.transports.clone(),
        discoverable: response.discoverable,
        attestation,
    }
}
