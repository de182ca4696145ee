//! What operators and machines ask: health, readiness, metrics, public keys.

use axum::{
    Json,
    extract::State,
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use metrics::gauge;
use serde_json::json;
use twinlock_service::{health, jwt};

use crate::WebState;

/// `GET /healthz`: the process answers.
pub async fn healthz() -> &'static str {
    "ok\n"
}

/// `GET /readyz`: the database answers and its schema is current.
pub async fn readyz(State(state): State<WebState>) -> (StatusCode, &'static str) {
    match health::is_ready(&state.app).await {
        Ok(true) => (StatusCode::OK, "ready\n"),
        Ok(false) => (StatusCode::SERVICE_UNAVAILABLE, "the database needs migrations\n"),
        Err(error) => {
            tracing::warn!(%error, "not ready");
            (StatusCode::SERVICE_UNAVAILABLE, "the database does not answer\n")
        }
    }
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
        gauge!("twinlock_mails", "state" => "dead").set(mails.dead as f64);
    }
    let text = HeaderValue::from_static("text/plain; version=0.0.4; charset=utf-8");
    ([(header::CONTENT_TYPE, text)], state.metrics.render()).into_response()
}

/// `GET /.well-known/jwks.json`: the keys that verify our tokens (RFC 7517).
pub async fn jwks(State(state): State<WebState>) -> Response {
    let fresh_for = HeaderValue::from_static("public, max-age=300");
    ([(header::CACHE_CONTROL, fresh_for)], Json(json!({ "keys": jwt::jwks(&state.app) }))).into_response()
}
