//! Assertions: whose they are, what they say, and what is signed.

use serde_json::{Value, json};
use twinlock_core::factor::webauthn::Asserted;
use twinlock_testkit::security_key::{Algorithm, SecurityKey, Signature, flag};
use twinlock_webauthn::{
    AssertionCeremony, AssertionResponse, Check, NewCredential, StoredCredential, verify_assertion,
};

use super::world::{
    CHALLENGE, HANDLE, answer_bent, authenticate_bent, judge_assertion, register_bent, registered,
    relying_party,
};

fn signed(signature: Signature) -> Option<Check> {
    authenticate_bent(|bent| bent.signature = signature).err()
}

#[test]
fn an_honest_key_of_every_algorithm_signs_in() {
    for algorithm in [Algorithm::Es256, Algorithm::EdDsa, Algorithm::Es384, Algorithm::Rs256] {
        let mut key = SecurityKey::new(1).algorithm(algorithm);
        let credential = register_bent(&mut key, |_| {}).unwrap();
        for count in [1, 2] {
            let asserted = judge_assertion(&credential, &answer_bent(&mut key, |_| {})).unwrap();
            assert_eq!(asserted.sign_count, count, "{algorithm:?}");
        }
    }
}

#[test]
fn flags_and_counter_are_told_as_they_are_signed() {
    let said = authenticate_bent(|bent| {
        bent.authenticator_data.flags = flag::USER_VERIFIED | flag::BACKED_UP | flag::RESERVED_1;
        bent.authenticator_data.counter = u32::MAX;
    });
    let Asserted { user_present, user_verified, backup_eligible, backed_up, sign_count } = said.unwrap();
    assert!(!user_present && user_verified && !backup_eligible && backed_up);
    assert_eq!(sign_count, u32::MAX);
}

/// attacks.md row 53: step 15.
#[test]
fn the_key_must_answer_for_this_relying_party() {
    for other in ["org", "sub.example.org", "example.com", ""] {
        let bent = authenticate_bent(|bent| bent.authenticator_data.set_rp_id(other));
        assert_eq!(bent.err(), Some(Check::RpId), "{other}");
    }
}

/// attacks.md row 64: an `appid` result never lets another hash pass.
#[test]
fn an_appid_result_changes_nothing() {
    let bent = authenticate_bent(|bent| {
        bent.authenticator_data.set_rp_id("https://example.org");
        bent.envelope.extension_results = json!({ "appid": true });
    });
    assert_eq!(bent.err(), Some(Check::RpId));
}

/// attacks.md row 61: only the stored key's signature over exactly this (step 21).
#[test]
fn no_other_signature_is_accepted() {
    for (what, signature) in [
        ("empty", Signature::Written(vec![])),
        ("zeros", Signature::Written(vec![0; 72])),
        ("DER of zeros", Signature::Written(vec![0x30, 6, 2, 1, 0, 2, 1, 0])),
        ("side by side", Signature::P1363),
        ("with trailing bytes", Signature::Trailing(vec![0])),
        ("of other data", Signature::OfOtherData),
        ("another key's", Signature::ByAnotherKey),
        ("of Ed25519", Signature::ByAlgorithm(Algorithm::EdDsa)),
        ("of RSA", Signature::ByAlgorithm(Algorithm::Rs256)),
    ] {
        assert_eq!(signed(signature), Some(Check::Signature), "{what}");
    }
}

/// W3C asks for neither half of `s`, and keys send both: a challenge is answered once anyway.
#[test]
fn both_halves_of_s_are_accepted() {
    assert_eq!(signed(Signature::HighS), None);
    assert_eq!(signed(Signature::LowS), None);
}

/// attacks.md row 60: the stored algorithm decides, not what the key's bytes say.
#[test]
fn a_stored_key_of_another_algorithm_is_refused() {
    let (mut key, credential) = registered();
    let answer = answer_bent(&mut key, |_| {});
    let changed = NewCredential { algorithm: -257, ..credential.clone() };
    assert_eq!(judge_assertion(&changed, &answer).err(), Some(Check::Algorithm));
    let changed = NewCredential { public_key: vec![0xa0], ..credential };
    assert_eq!(judge_assertion(&changed, &answer).err(), Some(Check::PublicKey));
}

/// attacks.md row 56: a right signature by a key that was not asked for (step 5).
#[test]
fn a_credential_that_was_not_asked_for_is_refused() {
    let (mut key, credential) = registered();
    let answer = answer_bent(&mut key, |_| {});
    let response = AssertionResponse::read(&answer).unwrap();
    let judge = |allowed: Option<&[Vec<u8>]>, stored_id: &[u8]| {
        let stored = StoredCredential {
            credential_id: stored_id,
            public_key: &credential.public_key,
            algorithm: credential.algorithm,
        };
        let ceremony = AssertionCeremony {
            relying_party: &relying_party(),
            challenge: CHALLENGE,
            allowed,
            user_handle: HANDLE,
            user_handle_required: false,
        };
        verify_assertion(&ceremony, &stored, &response).err()
    };
    let own = credential.credential_id.clone();
    assert_eq!(judge(Some(std::slice::from_ref(&own)), &own), None);
    assert_eq!(judge(None, &own), None);
    assert_eq!(judge(Some(&[]), &own), Some(Check::CredentialNotAllowed));
    assert_eq!(judge(Some(&[b"other".to_vec()]), &own), Some(Check::CredentialNotAllowed));
    assert_eq!(judge(Some(&[own]), b"other"), Some(Check::CredentialNotAllowed));
}

/// attacks.md row 56: whoever is named is the owner, and somebody is named where nobody is known (step 6).
#[test]
fn the_user_handle_must_be_the_owners() {
    let (mut key, credential) = registered();
    let mut judge = |handle: Option<&[u8]>, required: bool| {
        let answer = answer_bent(&mut key, |bent| bent.envelope.user_handle = handle.map(<[u8]>::to_vec));
        let stored = StoredCredential {
            credential_id: &credential.credential_id,
            public_key: &credential.public_key,
            algorithm: credential.algorithm,
        };
        let ceremony = AssertionCeremony {
            relying_party: &relying_party(),
            challenge: CHALLENGE,
            allowed: None,
            user_handle: HANDLE,
            user_handle_required: required,
        };
        verify_assertion(&ceremony, &stored, &AssertionResponse::read(&answer).unwrap()).err()
    };
    assert_eq!(judge(Some(HANDLE), true), None);
    assert_eq!(judge(Some(HANDLE), false), None);
    assert_eq!(judge(None, false), None);
    assert_eq!(judge(None, true), Some(Check::UserHandle));
    for other in [&b""[..], b"somebody else...", b"0123456789abcdef!", b"0123456789abcde"] {
        for required in [true, false] {
            assert_eq!(judge(Some(other), required), Some(Check::UserHandle), "{other:?}");
        }
    }
}

#[test]
fn what_an_answer_claims_is_readable_before_it_is_verified() {
    let (mut key, credential) = registered();
    let answer = answer_bent(&mut key, |bent| bent.envelope.user_handle = Some(HANDLE.to_vec()));
    let response = AssertionResponse::read(&answer).unwrap();
    assert_eq!(response.credential_id(), credential.credential_id);
    assert_eq!(response.user_handle(), Some(&HANDLE[..]));
    assert_eq!(response.claimed_challenge().as_deref(), Some(&CHALLENGE[..]));
    let answer: Value = answer_bent(&mut key, |bent| bent.client_data.write("{}"));
    assert_eq!(AssertionResponse::read(&answer).unwrap().claimed_challenge(), None);
}
