//! Accounts from the outside of the crate: what people and the operator do, what is mailed, and what
//! the database keeps of it. Runs on either database.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod address;
mod bootstrap;
mod invitation;
mod mail;
mod operator;
mod password;
mod reset;
mod settings;
mod setup;
mod smtp;
mod smtp_tls;
mod upkeep;
mod world;
