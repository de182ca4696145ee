//! The server, for its operators. To everybody else these routes do not exist.

pub mod health;
pub mod mail;
