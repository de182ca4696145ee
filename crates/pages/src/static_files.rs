//! Style sheet, icon and scripts; nothing for robots.

use axum::{
    Router,
    extract::Path,
    http::{HeaderValue, header},
    response::{IntoResponse, Response},
    routing::get,
};
use twinlock_http::{
    WebState,
    http::{Code, Problem},
};

use crate::assets;

pub(super) fn routes() -> Router<WebState> {
    Router::new().route("/assets/{file}", get(asset)).route("/robots.txt", get(robots))
}

async fn asset(Path(file): Path<String>) -> Response {
    let Some(asset) = assets::find(&file) else { return Problem::new(Code::NotFound).into_response() };
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static(asset.content_type)),
        (header::CACHE_CONTROL, HeaderValue::from_static(assets::CACHE_CONTROL)),
    ];
    (headers, asset.body).into_response()
}

async fn robots() -> &'static str {
    "User-agent: *\nDisallow: /\n"
}
