//! SQL, and nothing but SQL: what Twinlock keeps, in SQLite or PostgreSQL.
//!
//! One file per aggregate. A use case opens one [`Tx`], passes it to the functions here, and commits
//! it once. Statements are written so that both databases run the same text (`$1` parameters,
//! `ON CONFLICT`, `RETURNING`); the few differences live in [`db`].

#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used, clippy::panic))]

mod accounts;
pub mod audit;
pub mod backup;
pub mod challenges;
pub mod clock;
pub mod db;
pub mod enrollment_days;
pub mod epoch;
mod error;
pub mod impact;
pub mod in_charge;
pub mod lacking;
pub mod links;
pub mod locks;
pub mod logins;
pub mod mail_budgets;
pub mod mail_codes;
pub mod meta;
mod migration;
pub mod operator_approvals;
pub mod organisations;
pub mod outbox;
pub mod people;
mod pool;
mod postgres_address;
mod probe;
pub mod rations;
pub mod reach;
pub mod recovery;
pub mod row;
mod schema;
pub mod seal;
pub mod security_keys;
pub mod sessions;
pub mod shown_codes;
pub mod signing_keys;
mod stale;
pub mod tenants;
pub mod throttles;
pub mod totp;
pub mod user_counts;
pub mod user_search;
pub mod users;

pub use db::{Run, Store, Tx};
pub use error::{StoreError, refusal, was_undone};
pub use migration::{MigrationState, migrate, migration_state, newest_migration};
pub use postgres_address::PostgresAddress;
pub use stale::Stale;
