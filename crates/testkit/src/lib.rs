//! What tests of every crate share: a clock that is moved by hand, randomness that repeats, and a
//! database of each test's own.
//!
//! A helper that cannot do its work ends the test: panics are this crate's way to report.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::missing_panics_doc)]

pub mod actor;
pub mod answer;
pub mod app;
pub mod browser;
pub mod clock;
pub mod crossing;
pub mod database;
pub mod entropy;
pub mod honest_passkey;
pub mod inspect;
pub mod invariants;
pub mod mail;
pub mod race;
pub mod secrets;
pub mod security_key;

pub use actor::{Authenticator, Caller};
pub use answer::Answer;
pub use app::{TestApp, TestSettings};
pub use browser::Browser;
pub use clock::FakeClock;
pub use database::TestDatabase;
pub use entropy::SeededEntropy;
pub use honest_passkey::HonestPasskey;
pub use mail::Mail;
pub use race::at_once;
pub use secrets::Secrets;
pub use security_key::SecurityKey;
