//! Placeholder.

#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used, clippy::panic))]

pub mod assets;
pub mod http;
pub mod qr;
pub mod view;
