//! The API, for people.

use axum::Router;
use utoipa::openapi::OpenApi;

use crate::WebState;

pub(super) fn routes(_document: &OpenApi) -> Router<WebState> {
    Router::new()
}
