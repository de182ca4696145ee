//! What every use case is done with.

#[macro_use]
mod fault;
mod acceptance;
mod app;
mod client;
mod own;
mod transact;
mod work;

pub(crate) use acceptance::Acceptance;
pub use app::{App, Config, Internal, Parts, WebauthnConfig};
pub use client::Client;
pub(crate) use own::OwnWork;
pub(crate) use work::Work;
