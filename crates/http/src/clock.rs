//! The clock is looked at before a request is: see [`twinlock_service::clock_guard`].

use axum::{
    extract::{Request, State},
    middleware::Next,
    response::Response,
};
use twinlock_service::clock_guard;

use crate::WebState;

/// Ends what a clock that was set back would bring to life again, and only then answers.
pub async fn watch(State(state): State<WebState>, request: Request, next: Next) -> Response {
    if let Err(error) = clock_guard::watch(&state.app).await {
        // Time stands still meanwhile, so nothing comes to life; the next request tries again.
        tracing::error!(%error, "the clock was set back; what was over cannot be ended yet");
    }
    next.run(request).await
}
