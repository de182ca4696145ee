//! The REST API: `/api/v1`, one verb per file, and the document that describes it.
//!
//! Depends on `http`, `service` and `core`, never on `store` and never on `pages`: the compiler keeps the arrow.

pub mod document;
mod routes;
pub mod v1;

pub use routes::api;
