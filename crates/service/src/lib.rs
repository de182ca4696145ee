//! Use cases: one file per thing a person wants to do.
//!
//! A use case reads, asks `core` to decide, writes, and commits once. It knows nothing of HTTP. Its
//! error is a small enum of its own; what is nobody's fault is an [`Internal`].

#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used, clippy::panic))]

// First, for its macro.
#[macro_use]
mod context;

pub mod account;
pub mod admin;
pub mod administration;
pub mod audit_log;
pub mod bootstrap;
pub mod browser;
pub mod clock_guard;
pub mod deadline;
pub mod email;
mod endings;
pub mod enrol;
pub mod enrollment_proof;
pub mod factors;
pub mod guard;
pub mod hasher;
pub mod health;
pub mod invitation;
pub(crate) mod junk;
pub mod jwt;
pub mod keys;
pub mod login;
pub mod mail;
pub mod mail_code;
pub mod maintenance;
pub mod mfa_history;
mod mfa_reset;
pub mod mfa_status;
pub mod note;
pub mod operator;
pub mod operators;
pub mod organisations;
mod password;
mod password_check;
pub mod people;
pub mod pool;
pub mod proxy_notice;
pub mod readiness;
pub mod recommendations;
pub mod recover;
mod recovery_hash;
pub mod remind;
pub mod repeats;
pub mod restore;
pub mod second_factor;
pub mod second_step;
pub mod security_keys;
pub mod seed;
pub mod sessions;
pub mod settings;
pub mod setup;
pub mod shown_codes;
pub mod step_up;
pub mod strangers;
mod tokens;
mod view;

pub use context::{App, Client, Config, Internal, Parts, WebauthnConfig};

pub use sessions::{Caller, Issued};
pub use twinlock_store::sessions::Channel;
pub use twinlock_webauthn as webauthn;
pub use view::{MethodView, UserView};
