//! The pure heart of Twinlock: rules without I/O.
//!
//! No async, no SQL, no HTTP, and neither a clock nor a random generator of its own: time and
//! randomness are arguments ([`clock`], [`entropy`]).

#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used, clippy::panic))]

pub mod agent;
pub mod assurance;
pub mod audit;
pub mod client_key;
pub mod clock;
pub mod enrollment;
pub mod entropy;
pub mod factor;
pub mod ids;
pub mod login;
pub mod login_name;
pub mod mail_rate;
pub mod name;
pub mod password;
pub mod policy;
pub mod readiness;
pub mod session;
pub mod spreadsheet;
pub mod tenant;
pub mod throttle;
pub mod timeline;
pub mod user;
