use sha2::{Digest, Sha256};
use twinlock_core::factor::webauthn::Asserted;

use super::{
    AssertionCeremony, Check,
    authenticator_data::AuthenticatorData,
    client_data::{self, Expected},
    cose::PublicKey,
    response::AssertionResponse,
};

/// What must be known of a credential to verify with it, read anew in the transaction.
#[derive(Debug, Clone, Copy)]
pub struct StoredCredential<'a> {
    /// Its id.
    pub credential_id: &'a [u8],
    /// COSE-encoded, as registered.
    pub public_key: &'a [u8],
    /// The number of its COSE algorithm, as registered.
    pub algorithm: i64,
}

/// An assertion whose challenge, origin, credential, owner and signature are right.
#[derive(Debug, Clone)]
pub struct Assertion {
    /// What it said: for `twinlock_core::factor::webauthn::judge`, which must still agree.
    pub asserted: Asserted,
    /// Whether it named its owner. Where it did, it was the right one.
    pub named_owner: bool,
}

/// Verifies an assertion (W3C WebAuthn L3 §7.2) but for flags and counter, which `judge` decides on. The
/// caller has consumed the challenge, and found `stored` by the response's credential id.
pub fn verify_assertion(
    ceremony: &AssertionCeremony<'_>,
    stored: &StoredCredential<'_>,
    response: &AssertionResponse,
) -> Result<Assertion, Check> {
    let relying_party = ceremony.relying_party;
    check_credential(ceremony, stored, response)?;
    check_owner(ceremony, response)?;
    client_data::check(
        &response.client_data,
        &Expected { kind: "webauthn.get", challenge: ceremony.challenge, origins: &relying_party.origins },
    )?;
    let data = AuthenticatorData::read(&response.authenticator_data)?;
    // An assertion brings no new credential (§6.1).
    if data.attested.is_some() {
        return Err(Check::AuthenticatorData);
    }
    if data.rp_id_hash != Sha256::digest(&relying_party.id).as_slice() {
        return Err(Check::RpId);
    }
    let key = PublicKey::from_cose(stored.public_key)?;
    if key.algorithm().id() != stored.algorithm {
        return Err(Check::Algorithm);
    }
    let client_data_hash = Sha256::digest(&response.client_data);
    let signed = [response.authenticator_data.as_slice(), client_data_hash.as_slice()].concat();
    key.verify(&signed, &response.signature)?;
    Ok(Assertion {
        asserted: Asserted {
            user_present: data.flags.user_present(),
            user_verified: data.flags.user_verified(),
            backup_eligible: data.flags.backup_eligible(),
            backed_up: data.flags.backed_up(),
            sign_count: data.sign_count,
        },
        named_owner: response.user_handle.is_some(),
    })
}

/// Step 5, and that the stored credential is the one that answered.
fn check_credential(
    ceremony: &AssertionCeremony<'_>,
    stored: &StoredCredential<'_>,
    response: &AssertionResponse,
) -> Result<(), Check> {
    let allowed = ceremony.allowed.is_none_or(|ids| ids.contains(&response.credential_id));
    if allowed && stored.credential_id == response.credential_id {
        Ok(())
    } else {
        Err(Check::CredentialNotAllowed)
    }
}

/// Step 6.
fn check_owner(ceremony: &AssertionCeremony<'_>, response: &AssertionResponse) -> Result<(), Check> {
    match &response.user_handle {
        Some(handle) if handle == ceremony.user_handle => Ok(()),
        None if !ceremony.user_handle_required => Ok(()),
        _ => Err(Check::UserHandle),
    }
}
