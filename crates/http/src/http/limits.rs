//! How much and how long: sizes of target, headers and body, and time to send and to answer.

use std::{error::Error, time::Duration};

use axum::{
    body::{Body, Bytes, HttpBody, to_bytes},
    extract::Request,
    http::{HeaderMap, Uri, header},
};
use futures_util::stream;
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

/// The same request with a body that never keeps a handler waiting for its client.
///
/// What is wrong with a body is told to whoever reads it, so that a caller who may not call at all hears that first.
/// A file is read only when somebody asks for it: a stranger's upload is not.
pub(crate) async fn bound_body(request: Request, timeout: Duration) -> Request {
    // Most requests have no body, and setting a timer is not free.
    if request.body().is_end_stream() {
        return request;
    }
    let max = max_body(request.uri());
    let declared = request.headers().get(header::CONTENT_LENGTH).and_then(|value| value.to_str().ok());
    if declared.and_then(|text| text.parse::<u64>().ok()).is_some_and(|bytes| bytes > max as u64) {
        let (parts, _) = request.into_parts();
        return Request::from_parts(parts, body_of(async { Err(BadBody::TooLarge) }));
    }
    let (parts, body) = request.into_parts();
    let reading = read(body, max, timeout);
    let body = if max > MAX_BODY_BYTES {
        body_of(reading)
    } else {
        match reading.await {
            Ok(bytes) => Body::from(bytes),
            Err(error) => body_of(async move { Err(error) }),
        }
    };
    Request::from_parts(parts, body)
}

/// A body that `bound_body` bounded, whole.
///
/// # Errors
/// What the body is refused for: too large, or broken off.
pub async fn whole_body(body: Body) -> Result<Bytes, Problem> {
    to_bytes(body, MAX_IMPORT_BYTES + MAX_ENVELOPE_BYTES).await.map_err(|error| body_problem(&error))
}

/// Why a body cannot be had.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
enum BadBody {
    /// It is larger than the limit, as declared or as found out.
    #[error("the body is too large")]
    TooLarge,
    /// It did not arrive in time.
    #[error("the body took too long")]
    TooSlow,
    /// It broke off.
    #[error("the body broke off")]
    Broken,
}

async fn read(body: Body, max: usize, timeout: Duration) -> Result<Bytes, BadBody> {
    let read = tokio::time::timeout(timeout, to_bytes(body, max)).await.map_err(|_| BadBody::TooSlow)?;
    read.map_err(|error| if is_over_limit(&error) { BadBody::TooLarge } else { BadBody::Broken })
}

/// A body that is made when it is read.
fn body_of(reading: impl Future<Output = Result<Bytes, BadBody>> + Send + 'static) -> Body {
    Body::from_stream(stream::once(reading))
}

fn is_over_limit(error: &axum::Error) -> bool {
    cause::<LengthLimitError>(error).is_some()
}

/// The first cause of this type.
fn cause<T: Error + 'static>(error: &axum::Error) -> Option<&T> {
    let mut cause: Option<&(dyn Error + 'static)> = Some(error);
    while let Some(error) = cause {
        if let Some(found) = error.downcast_ref::<T>() {
            return Some(found);
        }
        cause = error.source();
    }
    None
}

/// Only the routes that take a file have more room.
fn max_body(uri: &Uri) -> usize {
    match uri.path() {
        "/console/users/import" => MAX_IMPORT_BYTES + MAX_ENVELOPE_BYTES,
        path if path.ends_with("/users/import") => MAX_IMPORT_BYTES,
        _ => MAX_BODY_BYTES,
    }
}

/// 413 `payload_too_large` where the limit was passed, declared or found out, 408 `request_timeout` where it took too
/// long, 400 where the body broke off.
pub(crate) fn body_problem(error: &axum::Error) -> Problem {
    match cause::<BadBody>(error) {
        Some(BadBody::TooLarge) => Problem::new(Code::PayloadTooLarge),
        Some(BadBody::TooSlow) => Problem::new(Code::RequestTimeout),
        None if is_over_limit(error) => Problem::new(Code::PayloadTooLarge),
        Some(BadBody::Broken) | None => {
            Problem::new(Code::MalformedRequest).detail("Send the whole body: it broke off before its end.")
        }
    }
}
