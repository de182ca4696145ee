//! The real program on a PostgreSQL of its own: databases that do not do, a failover, and PgBouncer in between.
//!
//! Nothing here runs on SQLite.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

#[path = "postgres/database.rs"]
mod database;
#[path = "postgres/failover.rs"]
mod failover;
#[path = "postgres/pgbouncer.rs"]
mod pgbouncer;
#[path = "postgres/pooled.rs"]
mod pooled;
#[path = "postgres/refused.rs"]
mod refused;
mod support;
#[path = "postgres/wire.rs"]
mod wire;
