//! Step four: both locks are on.

use axum::{extract::State, response::Response};
use twinlock_service::factors;

use super::Place;
use crate::{
    WebState,
    extract::MfaAvailable,
    http::Problem,
    pages::{
        account::answer::Yes,
        form::EnrolForm,
        render::{go, page},
        security::methods::kind_of,
        visitor::Enroller,
    },
    view::{NavItem, enrol::DonePage},
};

/// *I have saved them.*
pub(super) async fn saved(
    State(state): State<WebState>,
    _: MfaAvailable,
    EnrolForm(visitor, Yes {}): EnrolForm<Yes>,
) -> Response {
    go(&Place::of(&state, &visitor).at("done"))
}

pub(super) async fn done(
    State(state): State<WebState>,
    _: MfaAvailable,
    Enroller(visitor): Enroller,
) -> Result<Response, Problem> {
    let place = Place::of(&state, &visitor);
    let mut methods = factors::overview(&state.app, &visitor.caller).await?.methods;
    let only_factor = methods.len() == 1;
    // The newest is the last of the list.
    let Some(newest) = methods.pop() else { return Ok(go(&place.at("choose"))) };
    Ok(page(&DonePage {
        page: visitor.page(&state, NavItem::Security),
        base: place.base(),
        kind: kind_of(&newest),
        name: newest.name,
        only_factor,
    }))
}
