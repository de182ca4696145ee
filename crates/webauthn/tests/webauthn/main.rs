//! The WebAuthn adapter from the outside: W3C's own vectors, honest keys, and keys that lie in one thing.
//! Steps are those of W3C Web Authentication Level 3, §7.1 (registration) and §7.2 (authentication).

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod assertion;
mod attestation;
mod authenticator_data;
mod certificates;
mod client_data;
mod malformed;
mod options;
mod public_key;
mod registration;
mod shape;
mod vectors;
mod world;
