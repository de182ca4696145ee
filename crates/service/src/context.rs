//! What every use case is done with.

#[macro_use]
mod fault;
mod app;
mod client;
mod own;
mod transact;
mod verdict;
mod work;

pub use app::{App, Config, Internal, Parts, WebauthnConfig};
pub use client::Client;
pub(crate) use own::OwnWork;
pub(crate) use verdict::Verdict;
pub(crate) use work::Work;
