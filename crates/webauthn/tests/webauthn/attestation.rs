//! What keys say about their make, and whether it is believed (§7.1 steps 21 to 24, §8).

use twinlock_core::factor::webauthn::{KeyKind, UserVerification};
use twinlock_testkit::security_key::{
    Algorithm, Attestation, AttestationAuthority, Bent, Cbor, Certified, Leaf, SecurityKey, Signature,
};
use twinlock_webauthn::{AttestationPolicy, Check, Roots, RootsError};
use uuid::Uuid;

use super::world::{ORIGIN, creation, judge_registration, wanted};

const MAKE: [u8; 16] = *b"make of this key";

fn authority() -> AttestationAuthority {
    AttestationAuthority::new(1)
}

fn roots(authority: &AttestationAuthority) -> Roots {
    Roots::from_pem(authority.root_pem().as_bytes()).unwrap()
}

/// What comes of a bent registration where nothing is asked about the make, and where a proof is.
fn outcomes(bend: impl Fn(&mut Bent)) -> [Result<&'static str, Check>; 2] {
    let roots = roots(&authority());
    let required = AttestationPolicy::Required { roots: &roots, aaguids: &[] };
    [AttestationPolicy::None, required].map(|policy| {
        let mut key = SecurityKey::new(1).aaguid(MAKE).attested_by(&authority());
        let answer = key.register_bent(&creation(wanted(KeyKind::SecurityKey, true)), ORIGIN, &bend);
        let outcome = judge_registration(&answer, UserVerification::Preferred, policy);
        outcome.map(|credential| credential.attestation)
    })
}

fn certified(leaf: &Leaf) -> Attestation {
    Attestation::Packed(authority().certify(leaf))
}

fn chained(bend: impl Fn(&mut Certified)) -> [Result<&'static str, Check>; 2] {
    outcomes(|bent| {
        let Attestation::Packed(certified) = &mut bent.attestation else { panic!("not certified") };
        bend(certified);
    })
}

const NOT_WRONG: Result<&str, Check> = Ok("none");
const WRONG: [Result<&str, Check>; 2] = [Err(Check::AttestationStatement), Err(Check::AttestationStatement)];

#[test]
fn a_make_is_proven_by_a_chain_to_a_trusted_root() {
    assert_eq!(outcomes(|_| {}), [NOT_WRONG, Ok("packed")]);
    let direct = |bent: &mut Bent| {
        bent.attestation = Attestation::Packed(authority().certify_directly(&Leaf::of(MAKE)));
    };
    assert_eq!(outcomes(direct), [NOT_WRONG, Ok("packed")]);
    let silent = |bent: &mut Bent| bent.attestation = certified(&Leaf { aaguid: None, ..Leaf::of(MAKE) });
    assert_eq!(outcomes(silent), [NOT_WRONG, Ok("packed")]);
}

/// attacks.md row 63: only makes on the list.
#[test]
fn a_list_of_makes_is_held_to() {
    let roots = roots(&authority());
    let judge = |aaguids: &[Uuid]| {
        let mut key = SecurityKey::new(1).aaguid(MAKE).attested_by(&authority());
        let answer = key.register(&creation(wanted(KeyKind::SecurityKey, true)), ORIGIN);
        let policy = AttestationPolicy::Required { roots: &roots, aaguids };
        judge_registration(&answer, UserVerification::Preferred, policy).map(|credential| credential.aaguid)
    };
    let make = Uuid::from_bytes(MAKE);
    assert_eq!(judge(&[make]), Ok(make));
    assert_eq!(judge(&[Uuid::from_u128(1)]), Err(Check::MakeNotAllowed));
}

/// attacks.md row 63: nothing, itself, or a format that is not known proves no make.
#[test]
fn what_proves_no_make_is_refused_where_a_proof_is_asked() {
    let itself = |bent: &mut Bent| bent.attestation = Attestation::PackedSelf;
    assert_eq!(outcomes(itself), [Ok("self"), Err(Check::Unattested)]);
    let none = |bent: &mut Bent| bent.attestation = Attestation::None;
    assert_eq!(outcomes(none), [NOT_WRONG, Err(Check::Unattested)]);
    for format in ["tpm", "android-key", "android-safetynet", "apple", "compound", "new-in-2040", ""] {
        let other = |bent: &mut Bent| bent.attestation = Attestation::empty(format);
        assert_eq!(outcomes(other), [NOT_WRONG, Err(Check::Unattested)], "{format}");
    }
}

/// attacks.md row 63: a statement of a known format must be right even where nobody asked.
#[test]
fn a_wrong_statement_is_refused_whoever_asked() {
    let written = |format: &str, statement: Cbor| {
        let written = Attestation::Written { format: format.into(), statement };
        outcomes(move |bent| bent.attestation = written.clone())
    };
    assert_eq!(written("none", Cbor::named(vec![("x", Cbor::Int(1))])), WRONG);
    assert_eq!(written("none", Cbor::Array(vec![])), WRONG);
    for format in ["packed", "fido-u2f"] {
        assert_eq!(written(format, Cbor::Map(vec![])), WRONG, "{format}");
        assert_eq!(written(format, Cbor::Null), WRONG, "{format}");
    }
    for signature in [Signature::OfOtherData, Signature::ByAnotherKey, Signature::Written(vec![])] {
        assert_eq!(outcomes(|bent| bent.signature = signature.clone()), WRONG, "{signature:?}");
        let itself = |bent: &mut Bent| {
            bent.attestation = Attestation::PackedSelf;
            bent.signature = signature.clone();
        };
        assert_eq!(outcomes(itself), WRONG, "{signature:?}");
    }
    for algorithm in [-8, -35, -257, -36, 0] {
        assert_eq!(outcomes(|bent| bent.attestation_algorithm = Some(algorithm)), WRONG, "{algorithm}");
        let itself = |bent: &mut Bent| {
            bent.attestation = Attestation::PackedSelf;
            bent.attestation_algorithm = Some(algorithm);
        };
        assert_eq!(outcomes(itself), WRONG, "{algorithm}");
    }
}

/// attacks.md row 63: certificates of other makes, of no authenticator, or that are none.
#[test]
fn a_certificate_must_be_of_this_authenticator() {
    let other_make = |bent: &mut Bent| bent.attestation = certified(&Leaf::of([9; 16]));
    assert_eq!(outcomes(other_make), WRONG);
    let unit = Leaf { organizational_unit: "Authenticator".into(), ..Leaf::of(MAKE) };
    assert_eq!(outcomes(|bent| bent.attestation = certified(&unit)), WRONG);
    let honest = Leaf::of(MAKE).subject;
    for part in 0..honest.len() {
        for said in [None, Some("")] {
            let mut subject = honest;
            subject[part] = said;
            let leaf = Leaf { subject, ..Leaf::of(MAKE) };
            assert_eq!(outcomes(|bent| bent.attestation = certified(&leaf)), WRONG, "{subject:?}");
        }
    }
    assert_eq!(chained(|certified| certified.chain.reverse()), WRONG);
    assert_eq!(chained(|certified| certified.chain.clear()), WRONG);
    assert_eq!(chained(|certified| certified.chain = vec![vec![0x30, 0]]), WRONG);
    assert_eq!(chained(|certified| certified.chain = vec![certified.chain[0].clone(); 7]), WRONG);
}

/// attacks.md row 63: wrong in what a root vouches for, so refused only where that is asked.
#[test]
fn a_chain_must_lead_to_a_trusted_root_today() {
    const UNTRUSTED: [Result<&str, Check>; 2] = [NOT_WRONG, Err(Check::AttestationUntrusted)];
    let stranger = AttestationAuthority::new(2);
    let others = |bent: &mut Bent| bent.attestation = Attestation::Packed(stranger.certify(&Leaf::of(MAKE)));
    assert_eq!(outcomes(others), UNTRUSTED);
    for leaf in [
        Leaf { valid_until: 2022, ..Leaf::of(MAKE) },
        Leaf { valid_from: 2100, ..Leaf::of(MAKE) },
        Leaf { is_ca: true, ..Leaf::of(MAKE) },
    ] {
        assert_eq!(outcomes(|bent| bent.attestation = certified(&leaf)), UNTRUSTED, "{leaf:?}");
    }
    assert_eq!(chained(|certified| certified.chain.truncate(1)), UNTRUSTED);
    let garbage = |certified: &mut Certified| certified.chain[1] = vec![1, 2, 3];
    assert_eq!(chained(garbage), UNTRUSTED);
}

/// A U2F key says nothing about its make; a claim that comes along is not signed.
#[test]
fn a_u2f_key_is_proven_only_where_it_claims_no_make() {
    let u2f = |aaguid: [u8; 16]| {
        outcomes(move |bent| {
            bent.authenticator_data.attested().aaguid = aaguid;
            let leaf = Leaf { aaguid: None, ..Leaf::of(aaguid) };
            bent.attestation = Attestation::FidoU2f(authority().certify_directly(&leaf));
        })
    };
    assert_eq!(u2f([0; 16]), [NOT_WRONG, Ok("fido-u2f")]);
    assert_eq!(u2f(MAKE), [NOT_WRONG, Err(Check::Unattested)]);
    let two = |bent: &mut Bent| {
        bent.authenticator_data.attested().aaguid = [0; 16];
        bent.attestation = Attestation::FidoU2f(authority().certify(&Leaf::of([0; 16])));
    };
    assert_eq!(outcomes(two), WRONG);
}

/// attacks.md row 63: the certificate of a U2F key with a signature that is not its own.
#[test]
fn a_u2f_statement_must_be_signed_by_its_certificate() {
    for signature in [Signature::OfOtherData, Signature::ByAnotherKey, Signature::Written(vec![])] {
        let outcome = outcomes(|bent| {
            bent.authenticator_data.attested().aaguid = [0; 16];
            let leaf = Leaf { aaguid: None, ..Leaf::of([0; 16]) };
            bent.attestation = Attestation::FidoU2f(authority().certify_directly(&leaf));
            bent.signature = signature.clone();
        });
        assert_eq!(outcome, WRONG, "{signature:?}");
    }
}

#[test]
fn a_credential_of_every_algorithm_can_be_certified() {
    let roots = roots(&authority());
    for algorithm in [Algorithm::Es256, Algorithm::EdDsa, Algorithm::Es384, Algorithm::Rs256] {
        let mut key = SecurityKey::new(1).algorithm(algorithm).aaguid(MAKE).attested_by(&authority());
        let answer = key.register(&creation(wanted(KeyKind::SecurityKey, true)), ORIGIN);
        let policy = AttestationPolicy::Required { roots: &roots, aaguids: &[] };
        let outcome = judge_registration(&answer, UserVerification::Preferred, policy);
        assert_eq!(outcome.map(|credential| credential.attestation), Ok("packed"), "{algorithm:?}");
    }
}

#[test]
fn roots_are_read_from_pem_and_nothing_else() {
    let (one, two) = (authority().root_pem(), AttestationAuthority::new(2).root_pem());
    assert!(!Roots::from_pem(format!("{one}{two}").as_bytes()).unwrap().is_empty());
    assert_eq!(Roots::from_pem(b"").err(), Some(RootsError::NoCertificate));
    assert_eq!(Roots::from_pem(b"not a certificate").err(), Some(RootsError::NoCertificate));
    let broken = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
    let second = format!("{one}{broken}");
    assert_eq!(Roots::from_pem(second.as_bytes()).err(), Some(RootsError::Unreadable(2)));
}
