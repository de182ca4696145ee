//! The public router: the API, the pages and what machines ask, behind the same plumbing.

use std::sync::Arc;

use axum::{Json, Router, middleware::from_fn_with_state, response::IntoResponse, routing::get};
use twinlock_api::api;
use twinlock_http::{
    WebState, clock,
    http::{Plumbing, layers, limits::Timeouts},
    operations as ops, refusals,
};
use twinlock_pages as pages;

/// What other machines ask of the public listener.
fn machines() -> Router<WebState> {
    Router::new()
        .route("/healthz", get(ops::healthz))
        .route("/readyz", get(ops::readyz))
        .route("/.well-known/jwks.json", get(ops::jwks))
}

/// Everything the public listener serves.
pub fn router(state: WebState) -> Router {
    let (api, document) = api().split_for_parts();
    let document = Arc::new(document);
    let published = Arc::clone(&document);
    let openapi = move || async move { Json(&*published).into_response() };
    let routes = api
        .route("/api/v1/openapi.json", get(openapi))
        .merge(machines())
        .merge(pages::routes(&document).route_layer(from_fn_with_state(state.clone(), pages::carry)))
        .with_state(state.clone())
        .layer(from_fn_with_state(state.clone(), refusals::watch))
        .layer(from_fn_with_state(state.clone(), clock::watch));
    layers(routes, plumbing(&state))
}

/// What the operator's own listener serves: no host check, no pages.
pub fn operations(state: &WebState) -> Router {
    Router::new()
        .route("/metrics", get(ops::metrics))
        .route("/healthz", get(ops::healthz))
        .route("/readyz", get(ops::readyz))
        .fallback(ops::nothing)
        .method_not_allowed_fallback(ops::no_method)
        .with_state(state.clone())
}

fn plumbing(state: &WebState) -> Plumbing {
    Plumbing {
        config: Arc::clone(&state.http),
        clock: Arc::clone(state.app.clock()),
        entropy: Arc::clone(state.app.entropy_source()),
        error_page: pages::error_page(state.http.origin()),
        timeouts: Timeouts::default(),
        proxy_notice: Arc::clone(state.app.proxy_notice()),
    }
}
