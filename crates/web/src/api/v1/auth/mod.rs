//! Signing in and out.

pub mod invitation;
pub mod login;
pub mod logout;
pub mod mfa;
pub mod password_reset;
pub mod password_reset_confirm;
pub mod session;
pub mod step_up;
