//! One's own security keys and passkeys.

pub mod alone;
pub mod list;
pub mod register;
pub mod register_options;
