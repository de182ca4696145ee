//! The layers around the router, in their order.

use std::{any::Any, sync::Arc};

use axum::{
    Router,
    extract::{MatchedPath, Request, State},
    middleware::{Next, from_fn_with_state},
    response::{IntoResponse, Response},
};
use tower_http::catch_panic::CatchPanicLayer;
use tracing::Instrument;
use twinlock_core::{clock::Clock, entropy::Entropy};
use twinlock_service::proxy_notice::ProxyNotice;

use super::{
    HttpConfig,
    client::{ClientAddress, client_address, peer},
    errors::{self, ErrorPage},
    headers, host,
    limits::{self, Timeouts},
    problem::{Code, Problem},
    request_id::{self, RequestId},
};

/// What the layers need.
pub struct Plumbing {
    /// Addresses and proxies. Handlers find it as `Extension<Arc<HttpConfig>>`.
    pub config: Arc<HttpConfig>,
    /// Time, for request identifiers and latencies.
    pub clock: Arc<dyn Clock>,
    /// Randomness, for request identifiers.
    pub entropy: Arc<dyn Entropy>,
    /// Renders error pages.
    pub error_page: ErrorPage,
    /// Time limits.
    pub timeouts: Timeouts,
    /// Learns of proxies that the server does not know well.
    pub proxy_notice: Arc<ProxyNotice>,
}

/// Put into a request by the listener: its connection is one more than there is room for, and only a probe is
/// answered on it.
#[derive(Clone, Copy, Debug)]
pub struct ProbesOnly;

/// How long a client is asked to wait when there is no room, in seconds.
const FULL_SECS: i64 = 5;

/// Wraps a finished router: its routes, fallback and all must be in place.
///
/// From the outside in: security headers, identifier and log line, errors dressed, panics caught, sizes and
/// host checked, client address found, body bounded, time limit. Everything a request can be refused for here
/// leaves with the headers and the form of any other error.
pub fn layers(router: Router, plumbing: Plumbing) -> Router {
    let plumbing = Arc::new(plumbing);
    router
        .layer(from_fn_with_state(Arc::clone(&plumbing), admit))
        .layer(CatchPanicLayer::custom(panicked))
        .layer(from_fn_with_state(plumbing, finish))
}

/// The outer half: whatever happens inside leaves in good form.
async fn finish(State(plumbing): State<Arc<Plumbing>>, mut request: Request, next: Next) -> Response {
    let id = RequestId::new(&*plumbing.clock, &*plumbing.entropy);
    request.extensions_mut().insert(id);
    let started = plumbing.clock.now();
    let span = request_id::span(&request, id);
    let path = request.uri().path().to_owned();
    let (method, route) = (request.method().clone(), route(&request));
    let response = async {
        let response = errors::dress(next.run(request).await, &path, id, &plumbing.error_page);
        let millis = plumbing.clock.now().millis() - started.millis();
        tracing::info!(status = response.status().as_u16(), millis, "answered");
        crate::count::request(&method, route, response.status(), millis);
        response
    };
    let mut response = response.instrument(span).await;
    headers::secure(&mut response, plumbing.config.is_https());
    id.write(&mut response);
    response
}

/// The route's pattern: never a path, which may hold a token, and few enough for a label.
fn route(request: &Request) -> Arc<str> {
    request.extensions().get::<MatchedPath>().map_or("none", MatchedPath::as_str).into()
}

/// The inner half: what a request must pass before a handler sees it.
async fn admit(State(plumbing): State<Arc<Plumbing>>, request: Request, next: Next) -> Response {
    match admitted(&plumbing, request).await {
        Ok(request) => match tokio::time::timeout(plumbing.timeouts.handler, next.run(request)).await {
            Ok(response) => response,
            Err(_) => Problem::new(Code::Unavailable).into_response(),
        },
        Err(problem) => problem.into_response(),
    }
}

async fn admitted(plumbing: &Plumbing, mut request: Request) -> Result<Request, Problem> {
    if request.extensions().get::<ProbesOnly>().is_some() && !host::is_probe(request.uri().path()) {
        let wait = "The server has as many connections as it can take. Try again in a few seconds.";
        return Err(Problem::new(Code::Unavailable).detail(wait.to_owned()).retry_after(FULL_SECS));
    }
    limits::check_head(request.uri(), request.headers())?;
    host::check(request.uri(), request.headers(), &plumbing.config)?;
    let peer = peer(request.extensions());
    let found = client_address(peer, request.headers(), plumbing.config.trust());
    if let Some(doubt) = found.doubt {
        plumbing.proxy_notice.note(peer, doubt);
    }
    request.extensions_mut().insert(ClientAddress(found.address));
    request.extensions_mut().insert(Arc::clone(&plumbing.config));
    Ok(limits::bound_body(request, plumbing.timeouts.body).await)
}

/// A panic is a fault of ours: the answer says nothing of it, the panic hook has logged it.
fn panicked(_payload: Box<dyn Any + Send>) -> Response {
    tracing::error!("a handler panicked");
    Problem::new(Code::Internal).into_response()
}

#[cfg(test)]
mod tests;
