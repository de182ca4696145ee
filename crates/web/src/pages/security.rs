//! One’s own pages.

use axum::Router;

use crate::WebState;

pub(super) fn routes() -> Router<WebState> {
    Router::new()
}
