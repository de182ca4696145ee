//! The REST API: `/api/v1`, one verb per file.

pub mod document;
pub mod v1;
