//! Security keys and passkeys over the API.

mod alone;
mod assertion;
mod attestation;
mod bent_assertion;
mod bent_registration;
mod boundaries;
mod challenges;
mod costs;
mod counter;
mod honest;
mod junk;
mod managing;
mod passkey;
mod registration;
pub mod support;
