//! `/help/mfa`: two locks explained, for everybody.

use axum::{Router, extract::State, response::Response, routing::get};
use twinlock_http::WebState;

use super::{
    render::page,
    visitor::{PreLogin, SignedIn},
};
use crate::view::{NavItem, help::HelpPage};

pub(super) fn routes() -> Router<WebState> {
    Router::new().route("/help/mfa", get(help)).route("/help", get(to_help))
}

async fn help(State(state): State<WebState>, visitor: Option<SignedIn>, browser: PreLogin) -> Response {
    let layout = match &visitor {
        Some(visitor) => visitor.page(&state, NavItem::Help),
        None => browser.page(),
    };
    page(&HelpPage { page: layout, mfa_available: state.app.config().mfa_enabled })
}

async fn to_help() -> Response {
    super::render::go("/help/mfa")
}
