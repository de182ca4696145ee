//! How much and how long: sizes of target, headers and body, and time to send and to answer.

use std::{error::Error, time::Duration};

use axum::{
    body::{Body, HttpBody, to_bytes},
    extract::Request,
    http::{HeaderMap, Uri, header},
};
use http_body_util::LengthLimitError;

use super::problem::{Code, Problem};

/// Largest body, in bytes.
pub const MAX_BODY_BYTES: usize = 64 * 1024;
/// Largest body of an import, in bytes.
pub const MAX_IMPORT_BYTES: usize = 1024 * 1024;
/// What a form adds to the file that it brings, at most, in bytes.
pub const MAX_ENVELOPE_BYTES: usize = 16 * 1024;
/// Longest request target, in bytes.
pub const MAX_TARGET_BYTES: usize = 8 * 1024;
/// Most bytes of all header names and values together. The listener's own limit is set a little above.
pub const MAX_HEADER_BYTES: usize = 32 * 1024;
/// Most header lines.
pub const MAX_HEADERS: usize = 100;

/// Time limits. They guard resources, not security state, so a monotonic clock will do.
#[derive(Clone, Copy, Debug)]
pub struct Timeouts {
    /// For the whole body to arrive.
    pub body: Duration,
    /// For the handler to answer.
    pub handler: Duration,
}

impl Default for Timeouts {
    fn default() -> Self {
        Self { body: Duration::from_secs(10), handler: Duration::from_secs(30) }
    }
}

/// Refuses a target or headers beyond the limits: 414 `uri_too_long`, 431 `headers_too_large`.
pub(crate) fn check_head(uri: &Uri, headers: &HeaderMap) -> Result<(), Problem> {
    let target = uri.path_and_query().map_or(0, |target| target.as_str().len());
    if target > MAX_TARGET_BYTES {
        return Err(Problem::new(Code::UriTooLong));
    }
    let bytes: usize = headers.iter().map(|(name, value)| name.as_str().len() + value.len()).sum();
    if bytes > MAX_HEADER_BYTES || headers.len() > MAX_HEADERS {
        return Err(Problem::new(Code::HeadersTooLarge));
    }
    Ok(())
}

/// The same request with its body read, so that no handler ever waits for a client.
///
/// # Errors
/// 413 `payload_too_large`, declared or found out; 408 `request_timeout`; 400 for a body that breaks off.
pub(crate) async fn read_body(request: Request, timeout: Duration) -> Result<Request, Problem> {
    let max = max_body(request.uri());
    let declared = request.headers().get(header::CONTENT_LENGTH).and_then(|value| value.to_str().ok());
    if declared.and_then(|text| text.parse::<u64>().ok()).is_some_and(|bytes| bytes > max as u64) {
        return Err(Problem::new(Code::PayloadTooLarge));
    }
    // Most requests have no body, and setting a timer is not free.
    if request.body().is_end_stream() {
        return Ok(request);
    }
    let (parts, body) = request.into_parts();
    let bytes = tokio::time::timeout(timeout, to_bytes(body, max))
        .await
        .map_err(|_| Problem::new(Code::RequestTimeout))?
        .map_err(|error| body_problem(&error))?;
    Ok(Request::from_parts(parts, Body::from(bytes)))
}

/// Only the routes that take a file have more room.
fn max_body(uri: &Uri) -> usize {
    match uri.path() {
        "/console/users/import" => MAX_IMPORT_BYTES + MAX_ENVELOPE_BYTES,
        path if path.ends_with("/users/import") => MAX_IMPORT_BYTES,
        _ => MAX_BODY_BYTES,
    }
}

/// 413 where the limit was passed, 400 where the body broke off.
pub(crate) fn body_problem(error: &axum::Error) -> Problem {
    let mut cause: Option<&(dyn Error + 'static)> = Some(error);
    while let Some(error) = cause {
        if error.is::<LengthLimitError>() {
            return Problem::new(Code::PayloadTooLarge);
        }
        cause = error.source();
    }
    Problem::new(Code::MalformedRequest)
}
