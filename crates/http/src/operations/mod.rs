//! What operators and machines ask: health, readiness, metrics, public keys.

// A handler is an async function, also where it has nothing to wait for.
#![allow(clippy::unused_async)]

use axum::{
    Json,
    extract::State,
    http::{HeaderValue, header},
    response::{IntoResponse, Response},
};
use metrics::gauge;
use serde_json::json;
use twinlock_service::{health, jwt};

use crate::{
    WebState,
    http::{Code, Problem},
};

/// `GET /healthz`: the process answers.
pub async fn healthz() -> &'static str {
    "ok\n"
}

/// `GET /readyz`: the database answers and its schema is current.
pub async fn readyz(State(state): State<WebState>) -> Result<&'static str, Problem> {
    let unready = |what_to_do| Err(Problem::new(Code::Unavailable).detail(what_to_do));
    match health::is_ready(&state.app).await {
        Ok(true) => Ok("ready\n"),
        Ok(false) => {
            unready("Run `twinlock migrate`, or wait until somebody has: the database lacks migrations.")
        }
        Err(error) => {
            tracing::warn!(%error, "not ready");
            unready("Wait until the database answers again, or look why it does not.")
        }
    }
}

/// What is not there, for a listener without pages.
pub async fn nothing() -> Problem {
    Problem::new(Code::NotFound)
}

/// A method that is not there.
pub async fn no_method() -> Problem {
    Problem::new(Code::MethodNotAllowed)
}

/// `GET /metrics`: Prometheus text.
pub async fn metrics(State(state): State<WebState>) -> Response {
    #[allow(clippy::cast_precision_loss)]
    gauge!("twinlock_hashing_queue").set(state.app.hashing_queue() as f64);
    #[allow(clippy::cast_precision_loss)]
    gauge!("twinlock_database_statements").set(state.app.store().statements() as f64);
    if let Ok(mails) = health::mail_queue(&state.app).await {
        #[allow(clippy::cast_precision_loss)]
        gauge!("twinlock_mails", "state" => "waiting").set(mails.waiting as f64);
        #[allow(clippy::cast_precision_loss)]
        gauge!("twinlock_mails", "state" => "held").set(mails.held as f64);
        #[allow(clippy::cast_precision_loss)]
        gauge!("twinlock_mails", "state" => "dead").set(mails.dead as f64);
    }
    let text = HeaderValue::from_static("text/plain; version=0.0.4; charset=utf-8");
    ([(header::CONTENT_TYPE, text)], state.metrics.render()).into_response()
}

/// `GET /.well-known/jwks.json`: the keys that verify our tokens (RFC 7517).
pub async fn jwks(State(state): State<WebState>) -> Response {
    let fresh_for = format!("public, max-age={}", jwt::JWKS_MAX_AGE_SECS);
    ([(header::CACHE_CONTROL, fresh_for)], Json(json!({ "keys": jwt::jwks(&state.app) }))).into_response()
}
