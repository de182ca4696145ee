//! Security keys and passkeys: the one adapter for WebAuthn ceremonies (W3C WebAuthn Level 3).
//!
//! Pure of database and clock: a use case gives the challenge, remembers what it asked, and hands both
//! back with what the browser sent. What a verified assertion is worth is decided in
//! [`twinlock_core::factor::webauthn`].

mod assertion;
mod attestation;
mod authenticator_data;
mod cbor;
mod client_data;
mod cose;
mod error;
mod options;
mod registration;
mod response;

pub use assertion::{Assertion, StoredCredential, verify_assertion};
pub use attestation::{Roots, RootsError};
pub use cose::Algorithm;
pub use error::{Check, Shape};
pub use options::{Descriptor, UserEntity, Wanted, creation_options, request_options};
pub use registration::{NewCredential, verify_registration};
pub use response::{AssertionResponse, RegistrationResponse};

use twinlock_core::{clock::Timestamp, factor::webauthn::UserVerification};
use uuid::Uuid;

/// The longest credential id that is accepted, in bytes (§7.1 step 25).
pub const MAX_CREDENTIAL_ID: usize = 1023;
/// How long a browser may wait for the person, in milliseconds: as long as a challenge lives.
const TIMEOUT_MILLIS: u32 = 300_000;

/// Who asks: the name that credentials are bound to, and the pages that may answer.
#[derive(Debug, Clone)]
pub struct RelyingParty {
    /// RP ID, a domain (§4).
    pub id: String,
    /// The name that authenticators show.
    pub name: String,
    /// The origins that are accepted, exactly as browsers write them.
    pub origins: Vec<String>,
}

/// What an authenticator must show of its make.
#[derive(Debug, Clone, Copy)]
pub enum AttestationPolicy<'a> {
    /// Nothing.
    None,
    /// A statement that leads to one of the roots.
    Required {
        /// Whose word is taken.
        roots: &'a Roots,
        /// The makes that are accepted; empty for all.
        aaguids: &'a [Uuid],
    },
}

/// What a registration was asked for.
#[derive(Debug, Clone, Copy)]
pub struct RegistrationCeremony<'a> {
    /// Who asked.
    pub relying_party: &'a RelyingParty,
    /// The challenge that was given.
    pub challenge: &'a [u8],
    /// What was asked about the person.
    pub user_verification: UserVerification,
    /// What was asked about the make.
    pub attestation: AttestationPolicy<'a>,
    /// When certificates must be valid.
    pub now: Timestamp,
}

/// What an assertion was asked for.
#[derive(Debug, Clone, Copy)]
pub struct AssertionCeremony<'a> {
    /// Who asked.
    pub relying_party: &'a RelyingParty,
    /// The challenge that was given.
    pub challenge: &'a [u8],
    /// The credentials that were asked for; none for any discoverable one.
    pub allowed: Option<&'a [Vec<u8>]>,
    /// The owner's user handle.
    pub user_handle: &'a [u8],
    /// Whether the answer must name its owner: where no password did.
    pub user_handle_required: bool,
}
