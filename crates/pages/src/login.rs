//! Signing in, one question a page, and signing out.
//!
//! What was typed travels from page to page in the forms and in one cookie ([`typed`]); neither is
//! believed for more than a person could type. A half-finished sign-in is a cookie of its own, bound to
//! the browser's secret: it opens nothing but the second step.

mod change_password;
mod forgot;
mod identifier;
mod key;
mod leave;
mod organisation;
mod passkey;
mod password;
mod second;
mod signed_in;
mod typed;
mod visit;

use axum::{
    Router,
    response::Response,
    routing::{get, post},
};
use twinlock_http::WebState;

pub(super) use {
    identifier::{Over, anew},
    signed_in::go_on,
    typed::Typed,
    visit::Visit,
};

use super::render::go;

pub(super) fn routes() -> Router<WebState> {
    Router::new()
        .route("/", get(front))
        .route("/login", get(identifier::show).post(identifier::submit))
        .route("/t/{tenant}/login", get(identifier::show_for))
        .route("/login/password", get(password::show).post(password::submit))
        .route("/login/passkey", post(passkey::submit))
        .route("/login/passkey/options", post(passkey::options))
        .route("/login/mfa", get(second::choose))
        .route("/login/mfa/key", get(key::show).post(key::submit))
        .route("/login/mfa/key/options", post(key::options))
        .route("/login/mfa/app", get(second::show_app).post(second::submit_app))
        .route("/login/mfa/recovery", get(second::show_recovery).post(second::submit_recovery))
        .route("/login/change-password", get(change_password::show).post(change_password::submit))
        .route("/login/cancel", post(leave::cancel))
        .route("/login/forgot", get(forgot::show).post(forgot::submit))
        .route("/t/{tenant}/login/forgot", get(forgot::show_for))
        .route("/login/forgot/sent", get(forgot::sent))
        .route("/logout", post(leave::logout))
}

/// `/`: one's own pages, or the way to them.
async fn front(visit: Visit) -> Response {
    go(if visit.signed_in.is_some() { "/account" } else { "/login" })
}
