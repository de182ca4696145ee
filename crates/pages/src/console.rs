//! The console: an organisation's own administration.

mod address;
mod audit;
mod detail;
mod guard;
mod mfa;
mod organisations;
mod overview;
mod proof;
mod server;
mod settings;
mod users;

use axum::{
    Router,
    routing::{get, post},
};
use twinlock_http::WebState;

pub(super) fn routes() -> Router<WebState> {
    Router::new()
        .route("/console/mfa", get(mfa::show))
        .route("/console/mfa/remind", post(mfa::send))
        .route("/console", get(overview::show))
        .route("/console/audit", get(audit::show))
        .route("/console/audit.csv", get(audit::download))
        .route("/console/server", get(server::show))
        .merge(proof::routes())
        .merge(organisations::routes())
        .merge(settings::routes())
        .merge(users::routes())
}
