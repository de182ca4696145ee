//! Honest registrations, and the steps about flags and ids.

use twinlock_core::factor::webauthn::{KeyKind, UserVerification};
use twinlock_testkit::security_key::{Algorithm, SecurityKey, flag};
use twinlock_webauthn::{AttestationPolicy, Check, NewCredential};
use uuid::Uuid;

use super::world::{ORIGIN, creation, judge_registration, register_bent, wanted};

fn register(key: &mut SecurityKey, kind: KeyKind) -> NewCredential {
    let answer = key.register(&creation(wanted(kind, false)), ORIGIN);
    judge_registration(&answer, wanted(kind, false).user_verification, AttestationPolicy::None).unwrap()
}

#[test]
fn what_a_key_says_is_kept() {
    let mut key = SecurityKey::new(1);
    let credential = register(&mut key, KeyKind::SecurityKey);
    assert_eq!(credential.credential_id, key.credential_id());
    assert_eq!(credential.algorithm, -7);
    assert_eq!(credential.aaguid, Uuid::from_bytes(*b"twinlock-testkey"));
    assert_eq!(credential.transports, ["usb"]);
    assert_eq!(credential.discoverable, Some(false));
    assert_eq!(credential.attestation, "none");
    assert!(!credential.user_verified && !credential.backup_eligible && !credential.backed_up);
}

#[test]
fn a_synced_passkey_is_told_from_one_that_stays() {
    let stays = register(&mut SecurityKey::platform(1), KeyKind::Passkey);
    assert!(stays.user_verified && !stays.backup_eligible && !stays.backed_up);
    assert_eq!(stays.discoverable, Some(true));
    let synced = register(&mut SecurityKey::synced(1), KeyKind::Passkey);
    assert!(synced.user_verified && synced.backup_eligible && synced.backed_up);
    assert_eq!(synced.transports, ["hybrid", "internal"]);
}

#[test]
fn every_algorithm_that_is_offered_registers() {
    for (algorithm, id) in
        [(Algorithm::Es256, -7), (Algorithm::EdDsa, -8), (Algorithm::Es384, -35), (Algorithm::Rs256, -257)]
    {
        let mut key = SecurityKey::new(1).algorithm(algorithm);
        assert_eq!(register(&mut key, KeyKind::SecurityKey).algorithm, id);
    }
}

/// attacks.md row 57: step 15.
#[test]
fn somebody_must_touch_the_key() {
    let mut key = SecurityKey::platform(1);
    let absent = register_bent(&mut key, |bent| bent.authenticator_data.clear(flag::USER_PRESENT));
    assert_eq!(absent, Err(Check::UserPresence));
}

/// attacks.md row 57: step 16; what the options asked counts, not what the browser made of it.
#[test]
fn the_person_must_be_verified_where_that_was_asked() {
    let register = |mut key: SecurityKey| {
        let answer = key.register_bent(&creation(wanted(KeyKind::Passkey, false)), ORIGIN, |_| {});
        judge_registration(&answer, UserVerification::Required, AttestationPolicy::None)
    };
    assert!(register(SecurityKey::platform(1)).unwrap().user_verified);
    assert_eq!(register(SecurityKey::new(1)), Err(Check::UserVerification));
}

/// attacks.md row 57: step 17.
#[test]
fn backed_up_without_being_eligible_is_a_contradiction() {
    let mut key = SecurityKey::new(1);
    let bent = register_bent(&mut key, |bent| bent.authenticator_data.set(flag::BACKED_UP));
    assert_eq!(bent, Err(Check::BackupFlags));
}

/// attacks.md row 53: step 14.
#[test]
fn the_key_must_answer_for_this_relying_party() {
    for other in ["org", "sub.example.org", "example.com", "EXAMPLE.ORG", "https://example.org", ""] {
        let bent = register_bent(&mut SecurityKey::new(1), |bent| bent.authenticator_data.set_rp_id(other));
        assert_eq!(bent, Err(Check::RpId), "{other}");
    }
}

#[test]
fn the_id_around_the_data_must_be_the_one_inside() {
    let bent = register_bent(&mut SecurityKey::new(1), |bent| bent.envelope.set_id(b"somebody else's"));
    assert_eq!(bent, Err(Check::CredentialId));
}

/// attacks.md row 64: unasked extensions change nothing.
#[test]
fn reserved_bits_and_extension_outputs_are_accepted() {
    use twinlock_testkit::security_key::Cbor;
    let bent = register_bent(&mut SecurityKey::new(1), |bent| {
        bent.authenticator_data.set(flag::RESERVED_1 | flag::RESERVED_2);
        let outputs = Cbor::named(vec![("credProtect", Cbor::Int(2)), ("x", Cbor::Bool(true))]);
        bent.authenticator_data.set_extensions(outputs);
    });
    assert_eq!(bent.unwrap().algorithm, -7);
}
