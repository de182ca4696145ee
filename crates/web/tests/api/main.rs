//! The API as actors meet it, over the whole router in process. One module per subject; a test that
//! covers a row of the attack catalogue names it.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod account;
mod audit;
mod clock;
mod codes;
mod cookies_and_csrf;
mod costs;
mod doors;
mod enrollment;
mod enrollment_binding;
mod enrollment_proof;
mod enumeration;
mod faults;
mod first_road;
mod input;
mod international;
mod keys;
mod links;
mod mails;
mod operations;
mod operators;
mod pending;
mod people;
mod policy;
mod readiness;
mod recommendations;
mod recovery;
mod refusals;
mod routes;
mod sessions;
mod settings;
mod step_up;
mod support;
mod switching_off;
mod throttling;
mod tokens;
mod turns;
mod well_known;
