//! One relying party, its challenge, and what comes of an answer.

use serde_json::Value;
use twinlock_core::{
    clock::Timestamp,
    factor::webauthn::{Asserted, KeyKind, UserVerification},
};
use twinlock_testkit::security_key::{Bent, SecurityKey};
use twinlock_webauthn::{
    AssertionCeremony, AssertionResponse, AttestationPolicy, Check, Descriptor, NewCredential,
    RegistrationCeremony, RegistrationResponse, RelyingParty, StoredCredential, UserEntity, Wanted,
    creation_options, request_options, verify_assertion, verify_registration,
};

pub const ORIGIN: &str = "https://example.org";
pub const HANDLE: &[u8; 16] = b"0123456789abcdef";
pub const CHALLENGE: &[u8; 32] = b"a challenge is of 32 random byte";
pub const NOW: i64 = 1_800_000_000;

pub fn relying_party() -> RelyingParty {
    RelyingParty {
        id: "example.org".into(),
        name: "Example".into(),
        origins: vec![ORIGIN.into(), "https://keys.example.org:8443".into()],
    }
}

pub fn wanted(kind: KeyKind, attestation: bool) -> Wanted {
    let user_verification = match kind {
        KeyKind::Passkey => UserVerification::Required,
        KeyKind::SecurityKey => UserVerification::Preferred,
    };
    Wanted { kind, user_verification, attestation }
}

pub fn creation(wanted: Wanted) -> Value {
    let user = UserEntity { handle: HANDLE, name: "maria", display_name: "Maria" };
    creation_options(&relying_party(), user, CHALLENGE, &wanted, &[])
}

/// The ceremony that an answer to [`CHALLENGE`] is held to.
pub fn judge_registration(
    answer: &Value,
    user_verification: UserVerification,
    attestation: AttestationPolicy<'_>,
) -> Result<NewCredential, Check> {
    let ceremony = RegistrationCeremony {
        relying_party: &relying_party(),
        challenge: CHALLENGE,
        user_verification,
        attestation,
        now: Timestamp::from_secs(NOW),
    };
    verify_registration(&ceremony, &RegistrationResponse::read(answer).unwrap())
}

/// Registers a key that lies as the closure wants; nothing is asked but a touch.
pub fn register_bent(key: &mut SecurityKey, bend: impl FnOnce(&mut Bent)) -> Result<NewCredential, Check> {
    let options = creation(wanted(KeyKind::SecurityKey, false));
    let answer = key.register_bent(&options, ORIGIN, bend);
    judge_registration(&answer, UserVerification::Preferred, AttestationPolicy::None)
}

/// An honest key with its registered credential.
pub fn registered() -> (SecurityKey, NewCredential) {
    let mut key = SecurityKey::new(1);
    let credential = register_bent(&mut key, |_| {}).unwrap();
    (key, credential)
}

/// What the key answers to [`CHALLENGE`], bent.
pub fn answer_bent(key: &mut SecurityKey, bend: impl FnOnce(&mut Bent)) -> Value {
    let id = key.credential_id();
    let allow = [Descriptor { id: &id, transports: &[] }];
    let options = request_options(&relying_party(), CHALLENGE, UserVerification::Preferred, &allow);
    key.authenticate_bent(&options, ORIGIN, bend)
}

/// What comes of an answer, as the second step of a sign-in.
pub fn judge_assertion(credential: &NewCredential, answer: &Value) -> Result<Asserted, Check> {
    let stored = StoredCredential {
        credential_id: &credential.credential_id,
        public_key: &credential.public_key,
        algorithm: credential.algorithm,
    };
    let allowed = [credential.credential_id.clone()];
    let ceremony = AssertionCeremony {
        relying_party: &relying_party(),
        challenge: CHALLENGE,
        allowed: Some(&allowed),
        user_handle: HANDLE,
        user_handle_required: false,
    };
    let response = AssertionResponse::read(answer).unwrap();
    verify_assertion(&ceremony, &stored, &response).map(|assertion| assertion.asserted)
}

/// Signs in with a key that lies as the closure wants.
pub fn authenticate_bent(bend: impl FnOnce(&mut Bent)) -> Result<Asserted, Check> {
    let (mut key, credential) = registered();
    judge_assertion(&credential, &answer_bent(&mut key, bend))
}
