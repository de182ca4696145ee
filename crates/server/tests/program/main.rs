//! The program as people run it: started, asked, and ended.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::print_stderr)]

mod admin;
mod backup;
mod bootstrap;
mod clock;
mod demo;
mod faults;
mod identities;
mod keys;
mod killed;
mod postgres;
mod serving;
mod settings;
mod support;
