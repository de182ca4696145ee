//! Every request gets an identifier, a log line and a span.

use std::{convert::Infallible, fmt};

use axum::{
    extract::{FromRequestParts, MatchedPath, Request},
    http::{HeaderName, HeaderValue, request::Parts},
    response::Response,
};
use tracing::Span;
use twinlock_core::{clock::Clock, entropy::Entropy, ids::new_uuid};
use uuid::Uuid;

/// The response header.
pub const HEADER: HeaderName = HeaderName::from_static("x-request-id");

/// The identifier of a request (UUIDv7), made here: one that was sent is not believed. It is in the
/// response, the log and the audit events.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct RequestId(pub Uuid);

impl RequestId {
    pub(crate) fn new(clock: &dyn Clock, entropy: &dyn Entropy) -> Self {
        Self(new_uuid(clock.now(), entropy))
    }

    pub(crate) fn write(self, response: &mut Response) {
        if let Ok(value) = HeaderValue::from_str(&self.to_string()) {
            response.headers_mut().insert(HEADER, value);
        }
    }
}

impl fmt::Display for RequestId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl<S: Send + Sync> FromRequestParts<S> for RequestId {
    type Rejection = Infallible;

    /// The nil identifier where the layers are missing (a handler tested alone).
    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Infallible> {
        Ok(parts.extensions.get().copied().unwrap_or(Self(Uuid::nil())))
    }
}

/// The span of a request. It names the route, never the path or query: those can hold tokens.
pub(crate) fn span(request: &Request, id: RequestId) -> Span {
    let route = request.extensions().get::<MatchedPath>().map_or("none", MatchedPath::as_str);
    tracing::info_span!("request", request_id = %id, method = crate::count::word(request.method()), route)
}
