//! `/console/users`: the people of the organisation.

mod approve;
mod deadline;
mod deeds;
mod edit;
mod factor;
mod import;
mod invitations;
mod list;
mod new;
mod person;
mod show;

use axum::{
    Router,
    routing::{get, post},
};
use twinlock_http::WebState;

pub(super) fn routes() -> Router<WebState> {
    Router::new()
        .route("/console/users", get(list::show))
        .route("/console/users.csv", get(list::download))
        .route("/console/users/new", get(new::ask).post(new::create))
        .route("/console/users/import", get(import::ask).post(import::take))
        .route("/console/users/invitations", post(invitations::send))
        .route("/console/users/{id}", get(show::show))
        .route("/console/users/{id}/edit", get(edit::ask).post(edit::change))
        .route("/console/users/{id}/approve", get(approve::ask).post(approve::approve))
        .route("/console/users/{id}/deadline", get(deadline::ask).post(deadline::set))
        .route("/console/users/{id}/methods/{factor}/remove", get(factor::ask).post(factor::remove))
        .route("/console/users/{id}/{deed}", get(deeds::ask).post(deeds::act))
}
