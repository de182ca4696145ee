//! The operators of the server, and the server for them. To everybody else these routes do not exist.

pub mod approve;
pub mod health;
pub mod list;
pub mod mail;
