//! The console: an organisation's own administration.

mod address;
mod audit;
mod detail;
mod guard;

use axum::{Router, routing::get};

use crate::WebState;

pub(super) fn routes() -> Router<WebState> {
    Router::new().route("/console/audit", get(audit::show)).route("/console/audit.csv", get(audit::download))
}
