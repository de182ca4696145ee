//! What mailed and printed links open. Opening one uses nothing up: only its form does.

mod confirm;
mod password;
mod setup;

use axum::{Router, http::StatusCode, response::Response, routing::get};
use twinlock_http::{
    WebState,
    http::{ApiPath, path::PathParam},
};

use super::{again::again, render::page_with, visitor::PreLogin};
use crate::view::{LinkKind, link::DeadLinkPage};

pub(super) fn routes() -> Router<WebState> {
    Router::new()
        .route("/reset/{token}", get(password::show_reset).post(password::reset))
        .route("/invite/{token}", get(password::show_invitation).post(password::accept))
        .route("/confirm/{token}", get(confirm::show).post(confirm::submit))
        .route("/setup/{token}", get(setup::show).post(setup::submit))
        .route("/link-over/{kind}", get(over))
}

/// One page for links that never were, were used, or are too old.
fn dead(browser: &PreLogin, kind: LinkKind) -> Response {
    browser.keep(page_with(StatusCode::GONE, &DeadLinkPage { page: browser.page(), kind }))
}

/// The same to a form, by way of an address of its own: whoever goes on from there and comes back is not asked whether to
/// send the form once more.
fn dead_form(kind: LinkKind) -> Response {
    again(&format!("/link-over/{}", kind.as_str()), &())
}

async fn over(ApiPath(kind): ApiPath<LinkKind>, browser: PreLogin) -> Response {
    dead(&browser, kind)
}

impl PathParam for LinkKind {
    fn from_path(text: &str) -> Option<Self> {
        Self::parse(text)
    }
}

fn length(characters: usize) -> u32 {
    u32::try_from(characters).unwrap_or(u32::MAX)
}
