//! What the API and the pages both stand on: everything between the socket and a handler, who asks, and how an
//! error is answered.
//!
//! Depends on `service` and `core`, never on `store`: the compiler keeps the arrow. It knows no route.

#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used, clippy::panic))]

pub mod clock;
pub mod count;
pub mod export;
pub mod extract;
pub mod http;
mod key_options;
pub mod operations;
pub mod place;
pub mod problem;
pub mod qr;
pub mod refusals;
pub mod reply;
mod state;

pub use key_options::KeyOptions;
pub use state::{Demo, Shared, WebState};
