//! The operators of the server. To everybody else these routes do not exist.

pub mod approve;
pub mod list;
