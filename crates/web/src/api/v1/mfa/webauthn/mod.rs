//! One's own security keys and passkeys.

pub mod list;
pub mod register;
pub mod register_options;
