//! Signing in and out.

use axum::Router;

use crate::WebState;

pub(super) fn routes() -> Router<WebState> {
    Router::new()
}
