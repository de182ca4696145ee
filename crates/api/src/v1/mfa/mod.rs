//! One's own second factors.

pub mod disable;
pub mod enrollment_proof;
pub mod enrollment_proof_verify;
pub mod overview;
pub mod preferred;
pub mod readiness;
pub mod recovery_codes;
pub mod recovery_codes_saved;
pub mod remove;
pub mod rename;
pub mod setup;
pub mod verify;
pub mod webauthn;
