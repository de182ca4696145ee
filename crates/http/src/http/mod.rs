//! HTTP plumbing: everything between the socket and a handler that no use case cares about.
//!
//! [`layers`] wraps the finished router; the extractors ([`json::ApiJson`], [`query::ApiQuery`],
//! [`path::ApiPath`], [`client::ClientAddress`], …) read one thing each, strictly.

pub mod authorization;
pub mod client;
pub mod code;
pub mod config;
pub mod cookies;
pub mod csv;
pub mod csv_body;
pub mod errors;
pub mod headers;
pub mod host;
pub mod json;
pub mod limits;
pub mod next;
pub mod origin;
pub mod paging;
pub mod path;
pub mod problem;
pub mod query;
pub mod request_id;
mod shape;
mod stack;

pub use self::{
    authorization::{Ambiguous, bearer},
    client::{ClientAddress, ForwardedHeader, UserAgent},
    config::{BadPublicUrl, HttpConfig},
    csv_body::ApiCsv,
    errors::ErrorPage,
    headers::FormsLeadTo,
    json::ApiJson,
    next::{MAX_NEXT, safe_next},
    paging::{Cursors, Limit, Listing, Page},
    path::ApiPath,
    problem::{Code, FieldError, Problem},
    query::ApiQuery,
    request_id::RequestId,
    stack::{Plumbing, ProbesOnly, layers},
};
