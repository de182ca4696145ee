//! Security keys and passkeys over the API.

mod assertion;
mod attestation;
mod bent_assertion;
mod bent_registration;
mod boundaries;
mod challenges;
mod costs;
mod counter;
mod honest;
mod managing;
mod passkey;
mod registration;
pub mod support;
