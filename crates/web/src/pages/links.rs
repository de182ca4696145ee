//! What mailed and printed links open.

use axum::Router;

use crate::WebState;

pub(super) fn routes() -> Router<WebState> {
    Router::new()
}
