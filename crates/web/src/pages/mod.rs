//! The pages: server-rendered, every form posts, scripts only improve.

mod account;
mod again;
mod console;
mod demo;
mod docs;
mod errors;
mod expired;
mod form;
mod guide;
mod help;
mod keys;
mod links;
mod login;
mod notes;
mod readiness;
mod render;
mod repeat;
mod security;
mod static_files;
mod visitor;
mod well_known;

use axum::Router;
use utoipa::openapi::OpenApi;

pub use errors::error_page;
pub(crate) use notes::carry;

use crate::WebState;

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
        .merge(guide::routes())
        .merge(docs::routes(document))
        .merge(demo::routes())
}
