//! Security keys and passkeys (W3C WebAuthn Level 3): registering them, and what they open.
//!
//! `challenge` gives and keeps challenges; `assertion` checks what a key answers, whatever it is for;
//! [`register`], [`second_step`](crate::second_step), [`step_up`](crate::step_up) and [`passkey`] are the
//! use cases. The ceremonies themselves are in [`webauthn`](crate::webauthn).

pub mod alone;
pub(crate) mod assertion;
pub(crate) mod challenge;
pub mod device;
mod examined_registration;
mod list;
pub mod passkey;
mod question;
pub mod register;

pub use assertion::KeyRefusal;
pub use challenge::CHALLENGE_SECS;
pub use list::{KeyView, list};
pub(crate) use question::{AskError, ask, descriptor, nothing_to_ask, ration};
