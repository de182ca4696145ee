//! Enrolling a second factor in four steps: choose, set up, save codes, done.

mod app;
mod choose;
mod done;
mod key;
mod proof;

use axum::{
    Router,
    routing::{get, post},
};

use crate::WebState;

/// Where the enrolment of somebody signed in lives.
const BASE: &str = "/account/security/enrol";
const PROOF: &str = "/account/security/enrol/proof";
const PROOF_SEND: &str = "/account/security/enrol/proof/send";
const CHOOSE: &str = "/account/security/enrol/choose";
const APP: &str = "/account/security/enrol/app";
const KEY: &str = "/account/security/enrol/key";
const KEY_OPTIONS: &str = "/account/security/enrol/key/options";
const CODES: &str = "/account/security/enrol/codes";
const DONE: &str = "/account/security/enrol/done";

pub(super) fn routes() -> Router<WebState> {
    Router::new()
        .route(BASE, get(choose::begin))
        .route(PROOF, get(proof::ask).post(proof::give))
        .route(PROOF_SEND, post(proof::send))
        .route(CHOOSE, get(choose::ask).post(choose::choose))
        .route(APP, get(app::show).post(app::confirm))
        .route(KEY, get(key::show).post(key::register))
        .route(KEY_OPTIONS, post(key::options))
        .route(CODES, get(choose::begin).post(done::saved))
        .route(DONE, get(done::done))
}
