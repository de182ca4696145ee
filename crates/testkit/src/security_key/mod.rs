//! A software authenticator and the browser around it, for tests: honest by default, and a liar in
//! exactly the way a test asks for.
//!
//! [`SecurityKey::register`] and [`SecurityKey::authenticate`] take the `publicKey` member of what
//! the server answered (W3C WebAuthn Level 3 §5.1.9 `PublicKeyCredentialCreationOptionsJSON`,
//! §5.1.10 `PublicKeyCredentialRequestOptionsJSON`) and the page's origin, and return the JSON that
//! `PublicKeyCredential.toJSON()` gives the page (§5.1.8). They refuse what a browser would refuse.
//! The `…_bent` variants refuse nothing, and hand a closure everything that is about to be signed:
//!
//! ```
//! # use serde_json::json;
//! # let options = json!({"challenge": "AAAAAAAAAAAAAAAAAAAAAA", "rp": {"id": "example.org", "name": "E"},
//! #   "user": {"id": "AQ", "name": "a", "displayName": "A"},
//! #   "pubKeyCredParams": [{"type": "public-key", "alg": -7}]});
//! use twinlock_testkit::security_key::{SecurityKey, flag};
//!
//! let mut key = SecurityKey::new(1);
//! let honest = key.register(&options, "https://example.org");
//! let absent = key.register_bent(&options, "https://example.org", |bent| {
//!     bent.authenticator_data.clear(flag::USER_PRESENT);
//! });
//! ```
//!
//! The signature is made after the closure, so that whatever was bent is signed, and one step of
//! the verification fails, not the signature as well. [`Signature`] bends the signature itself.
//! What nobody signs (members of the JSON, the attestation object around the authenticator data) is
//! changed in the finished JSON, for which [`json`] has a few helpers.

mod attestation;
mod authenticate;
mod authenticator_data;
mod bent;
pub mod cbor;
mod certificates;
mod client_data;
pub mod cose;
pub mod json;
mod key;
mod options;
mod private_key;
mod register;
mod rsa_keys;
mod signature;
#[cfg(test)]
mod tests;

pub use attestation::Attestation;
pub use authenticator_data::{AttestedCredential, AuthenticatorData, flag};
pub use bent::{Bent, Envelope};
pub use cbor::Cbor;
pub use certificates::{AttestationAuthority, Certified, Leaf};
pub use client_data::ClientData;
pub use cose::CoseKey;
pub use key::{Refused, SecurityKey};
pub use private_key::Algorithm;
pub use signature::Signature;
