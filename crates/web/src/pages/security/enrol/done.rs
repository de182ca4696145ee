//! Step four: both locks are on.

use axum::{extract::State, response::Response};
use twinlock_service::factors;

use super::{BASE, CHOOSE, DONE};
use crate::{
    WebState,
    extract::MfaAvailable,
    http::Problem,
    pages::{
        account::answer::Yes,
        form::SessionForm,
        render::{go, page},
        security::methods::kind_of,
        visitor::SignedIn,
    },
    view::{NavItem, enrol::DonePage},
};

/// *I have saved them.*
pub(super) async fn saved(_: MfaAvailable, SessionForm(..): SessionForm<Yes>) -> Response {
    go(DONE)
}

pub(super) async fn done(
    State(state): State<WebState>,
    _: MfaAvailable,
    visitor: SignedIn,
) -> Result<Response, Problem> {
    let mut methods = factors::overview(&state.app, &visitor.caller).await?.methods;
    let only_factor = methods.len() == 1;
    // The newest is the last of the list.
    let Some(newest) = methods.pop() else { return Ok(go(CHOOSE)) };
    Ok(page(&DonePage {
        page: visitor.page(&state, NavItem::Security),
        base: BASE.to_owned(),
        kind: kind_of(&newest),
        name: newest.name,
        only_factor,
    }))
}
