//! What browsers, password managers and researchers ask for under fixed addresses.

use axum::{
    Json, Router,
    extract::State,
    http::{HeaderName, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
    routing::get,
};
use serde_json::json;
use twinlock_http::{
    WebState,
    http::{Code, Problem},
};

use crate::assets;

/// A picture at a fixed address may change with the next version: a day is soon enough.
const CACHE_CONTROL: (HeaderName, HeaderValue) =
    (header::CACHE_CONTROL, HeaderValue::from_static("public, max-age=86400"));
/// How long a `security.txt` is said to be good for, in seconds. RFC 9116 §2.5.5 recommends less than a year.
const GOOD_FOR_SECS: i64 = 180 * 86_400;
const DAY_SECS: i64 = 86_400;

pub(super) fn routes() -> Router<WebState> {
    Router::new()
        .route("/favicon.ico", get(favicon))
        .route("/apple-touch-icon.png", get(touch_icon))
        .route("/icon-192.png", get(small_icon))
        .route("/icon-512.png", get(large_icon))
        .route("/site.webmanifest", get(manifest))
        .route("/.well-known/change-password", get(change_password))
        .route("/.well-known/security.txt", get(security_txt))
}

fn picture(kind: &'static str, bytes: &'static [u8]) -> Response {
    let kind = (header::CONTENT_TYPE, HeaderValue::from_static(kind));
    ([kind, CACHE_CONTROL], bytes).into_response()
}

async fn favicon() -> Response {
    picture("image/x-icon", include_bytes!("../assets/icons/favicon.ico"))
}

async fn touch_icon() -> Response {
    picture("image/png", include_bytes!("../assets/icons/apple-touch-icon.png"))
}

async fn small_icon() -> Response {
    picture("image/png", include_bytes!("../assets/icons/icon-192.png"))
}

async fn large_icon() -> Response {
    picture("image/png", include_bytes!("../assets/icons/icon-512.png"))
}

/// W3C Web Application Manifest: a name and pictures for whoever puts the site on their screen.
async fn manifest() -> Response {
    let icon = |src: &str, sizes: &str, kind: &str| json!({ "src": src, "sizes": sizes, "type": kind });
    let manifest = json!({
        "name": "Twinlock",
        "short_name": "Twinlock",
        "description": "A password and a second lock.",
        "lang": "en",
        "start_url": "/",
        "scope": "/",
        "display": "browser",
        "background_color": "#f7f6f2",
        "theme_color": "#0f5b4f",
        "icons": [
            icon("/icon-192.png", "192x192", "image/png"),
            icon("/icon-512.png", "512x512", "image/png"),
            icon(assets::ICON.url(), "any", "image/svg+xml"),
        ],
    });
    let kind = (header::CONTENT_TYPE, HeaderValue::from_static("application/manifest+json"));
    ([kind, CACHE_CONTROL], Json(manifest).into_response().into_body()).into_response()
}

/// W3C, A Well-Known URL for Changing Passwords §3: password managers lead people there.
async fn change_password() -> Response {
    let there = HeaderValue::from_static("/account/password");
    (StatusCode::FOUND, [(header::LOCATION, there)]).into_response()
}

/// RFC 9116; not there unless a setting says who is to be told.
async fn security_txt(State(state): State<WebState>) -> Response {
    let Some(contact) = &state.app.config().security_contact else {
        return Problem::new(Code::NotFound).into_response();
    };
    // The same text all day, so that caches and comparisons are of use.
    let now = state.app.now();
    let today = now.plus_secs(-now.secs().rem_euclid(DAY_SECS));
    let expires = twinlock_core::clock::Timestamp::from_secs(today.secs()).plus_secs(GOOD_FOR_SECS);
    let origin = state.http.origin();
    let text = format!(
        "Contact: {contact}\nExpires: {expires}\nPreferred-Languages: en\nCanonical: {origin}/.well-known/security.txt\n"
    );
    let kind = (header::CONTENT_TYPE, HeaderValue::from_static("text/plain; charset=utf-8"));
    ([kind, CACHE_CONTROL], text).into_response()
}
