//! Signing in and out.

pub mod invitation;
pub mod login;
pub mod logout;
pub mod mfa;
pub mod mfa_webauthn;
pub mod mfa_webauthn_options;
pub mod passkey;
pub mod passkey_options;
pub mod password_change;
pub mod password_reset;
pub mod password_reset_confirm;
pub mod session;
pub mod step_up;
pub mod step_up_options;
