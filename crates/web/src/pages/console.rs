//! The console: an organisation's own administration.

mod address;
mod audit;
mod detail;
mod guard;
mod mfa;
mod overview;
mod settings;

use axum::{
    Router,
    routing::{get, post},
};

use crate::WebState;

pub(super) fn routes() -> Router<WebState> {
    Router::new()
        .route("/console/mfa", get(mfa::show))
        .route("/console/mfa/remind", post(mfa::send))
        .route("/console/settings", get(settings::show).post(settings::save))
        .route("/console/settings/preview", post(settings::preview))
        .route("/console", get(overview::show))
        .route("/console/audit", get(audit::show))
        .route("/console/audit.csv", get(audit::download))
}
