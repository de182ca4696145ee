//! Enrolling a second factor in four steps: choose, scan, save codes, done.

mod app;
mod choose;
mod done;

use axum::{Router, routing::get};

use crate::WebState;

/// Where the enrolment of somebody signed in lives.
const BASE: &str = "/account/security/enrol";
const CHOOSE: &str = "/account/security/enrol/choose";
const APP: &str = "/account/security/enrol/app";
const CODES: &str = "/account/security/enrol/codes";
const DONE: &str = "/account/security/enrol/done";

pub(super) fn routes() -> Router<WebState> {
    Router::new()
        .route(BASE, get(choose::begin))
        .route(CHOOSE, get(choose::ask).post(choose::choose))
        .route(APP, get(app::show).post(app::confirm))
        .route(CODES, get(choose::begin).post(done::saved))
        .route(DONE, get(done::done))
}
