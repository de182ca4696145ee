//! One's own second factors.

pub mod disable;
pub mod overview;
pub mod recovery_codes;
pub mod remove;
pub mod rename;
pub mod setup;
pub mod verify;
