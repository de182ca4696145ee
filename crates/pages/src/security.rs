//! One's own second factors: `/account/security` and what it changes.

mod alone;
mod codes;
mod disable;
mod enrol;
mod keys;
pub(super) mod methods;
mod overview;
mod preferred;

use axum::{
    Router,
    routing::{get, post},
};
use twinlock_http::WebState;

pub(super) fn routes() -> Router<WebState> {
    Router::new()
        .route("/account/security", get(overview::overview))
        .route("/account/security/enable", get(overview::enable))
        .route("/account/security/disable", get(disable::ask).post(disable::disable))
        .route("/account/security/preferred", post(preferred::choose))
        .route("/account/security/methods/{id}/rename", get(methods::ask_name).post(methods::rename))
        .route("/account/security/methods/{id}/remove", get(methods::ask_removal).post(methods::remove))
        .route("/account/security/methods/{id}/alone", get(alone::ask).post(alone::confirm))
        .route("/account/security/codes", get(codes::ask).post(codes::renew))
        .route("/account/security/codes/new", get(codes::show))
        .route("/account/security/codes/saved", post(codes::saved))
        .merge(enrol::routes())
}
