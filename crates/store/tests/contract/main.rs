//! What every aggregate of the store promises, on whichever database the environment names.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod audit;
mod backup;
mod clock;
mod enrollment_days;
mod epoch;
mod failover;
mod lacking;
mod links;
mod logins;
mod mail_codes;
mod meta;
mod migrations;
mod organisations;
mod outbox;
mod people;
mod plans;
mod readiness;
mod recovery;
mod security_keys;
mod sessions;
mod short_lived;
mod signing_keys;
mod stale;
mod tenants;
mod throttles;
mod totp;
mod transactions;
mod user_counts;
mod users;
mod world;
