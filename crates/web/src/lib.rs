//! HTTP: the API, the pages, and what both stand on.
//!
//! Depends on `service` and `core`, never on `store`: the compiler keeps the arrow.

#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used, clippy::panic))]

pub mod api;
pub mod assets;
mod clock;
mod count;
mod export;
pub mod extract;
pub mod guide;
pub mod http;
pub mod operations;
pub mod pages;
mod place;
pub mod problem;
pub mod qr;
mod refusals;
mod reply;
mod router;
mod state;
pub mod view;

pub use router::{api, operations, router};
pub use state::{Demo, WebState};
