//! One's own account: home, profile, password, sessions, "confirm it is you".

pub(super) mod answer;
mod confirm;
mod end_session;
mod home;
mod mail_code;
mod password;
mod profile;
pub(super) mod sessions;

use axum::{
    Router,
    routing::{get, post},
};
use twinlock_http::WebState;

pub(super) fn routes() -> Router<WebState> {
    Router::new()
        .route("/account", get(home::home))
        .route("/account/profile", get(profile::show).post(profile::change))
        .route("/account/password", get(password::show).post(password::change))
        .route("/account/mail-code", post(mail_code::send))
        .route("/account/sessions", get(sessions::list))
        .route("/account/sessions/end-others", get(end_session::ask_others).post(end_session::end_others))
        .route("/account/sessions/{id}/end", get(end_session::ask).post(end_session::end))
        .route("/account/confirm", get(confirm::ask).post(confirm::confirm))
        .route("/account/confirm/key/options", post(confirm::key_options))
}
