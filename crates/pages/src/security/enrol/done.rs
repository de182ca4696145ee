//! Steps three and four: the recovery codes, then both locks are on.

use axum::{extract::State, response::Response};
use twinlock_http::{
    WebState,
    extract::{MfaAvailable, RequestClient},
    http::Problem,
};
use twinlock_service::{factors, shown_codes};

use super::Place;
use crate::{
    account::answer::{Yes, otherwise},
    form::EnrolForm,
    render::{go, page},
    security::{
        codes::{Purpose, view},
        methods::kind_of,
    },
    view::{NavItem, enrol::DonePage},
    visitor::Enroller,
};

/// The codes that came with the first factor, as often as they are asked for, until they are saved. Where they can no
/// longer be read, the way to others.
pub(super) async fn codes(
    State(state): State<WebState>,
    _: MfaAvailable,
    Enroller(visitor): Enroller,
) -> Result<Response, Problem> {
    let place = Place::of(&state, &visitor);
    let factors = &visitor.caller.live.account.factors;
    Ok(match shown_codes::again(&state.app, &visitor.caller).await? {
        Some(again) => page(&view(&state, &visitor, &again, Purpose::Enrolling(place))),
        None if !factors.any() => go(&place.at("choose")),
        None if factors.codes_saved => go(&place.at("done")),
        None => go("/account/security/codes"),
    })
}

/// *I have saved them.*
pub(super) async fn saved(
    State(state): State<WebState>,
    _: MfaAvailable,
    RequestClient(client): RequestClient,
    EnrolForm(visitor, Yes {}): EnrolForm<Yes>,
) -> Response {
    let place = Place::of(&state, &visitor);
    match shown_codes::saved(&state.app, &client, &visitor.caller).await {
        Ok(()) => go(&place.at("done")),
        Err(error) => otherwise(error, &place.at("codes")),
    }
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
