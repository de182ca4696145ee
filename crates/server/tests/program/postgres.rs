//! The program on a PostgreSQL of its own: databases that do not do, a failover, and PgBouncer in between.
//!
//! Nothing here runs on SQLite.

mod database;
mod failover;
mod pgbouncer;
mod pooled;
mod refused;
mod wire;
