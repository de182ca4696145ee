//! The pages: server-rendered, every form posts, scripts only improve.
//!
//! Depends on `http`, `service` and `core`, never on `store` and never on `api`: the compiler keeps the arrow.

#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used, clippy::panic))]

mod account;
mod again;
pub mod assets;
mod console;
mod demo;
mod docs;
mod errors;
mod form;
pub mod guide;
mod guide_pages;
mod help;
mod keys;
mod links;
mod login;
mod readiness;
mod render;
mod security;
mod static_files;
pub mod view;
mod visitor;
mod well_known;

use axum::Router;
use twinlock_http::WebState;
use utoipa::openapi::OpenApi;

pub use again::carry;
pub use errors::error_page;

/// All pages.
pub fn routes(document: &OpenApi) -> Router<WebState> {
    Router::new()
        .merge(static_files::routes())
        .merge(well_known::routes())
        .merge(login::routes())
        .merge(links::routes())
        .merge(account::routes())
        .merge(security::routes())
        .merge(console::routes())
        .merge(help::routes())
        .merge(guide_pages::routes())
        .merge(docs::routes(document))
        .merge(demo::routes())
}
