//! Before step one, where it is asked for: the code that opens the enrollment.

use axum::{extract::State, response::Response};
use serde::{Deserialize, Serialize};
use twinlock_core::factor::typed::is_blank;
use twinlock_http::{
    WebState,
    extract::{MfaAvailable, RequestClient},
};
use twinlock_service::{
    Caller,
    enrollment_proof::{self, ProofError},
};

use super::Place;
use crate::{
    account::answer::{Yes, otherwise},
    again::{Again, again},
    form::EnrolForm,
    render::{go, page},
    view::{CodeError, NavItem, enrollment_proof::ProofPage},
    visitor::{Enroller, SignedIn},
};

#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct Form {
    code: String,
}

/// Whether the session must give a code before it may enrol.
pub(super) fn missing(state: &WebState, caller: &Caller) -> bool {
    enrollment_proof::require(&caller.live.account, caller, state.app.now()).is_err()
}

/// What the page shows again.
#[derive(Default, Serialize, Deserialize)]
pub(super) struct Mistakes {
    code: Option<CodeError>,
    send_wait: Option<i64>,
}

pub(super) async fn ask(
    State(state): State<WebState>,
    _: MfaAvailable,
    Enroller(visitor): Enroller,
    Again(mistakes): Again<Mistakes>,
) -> Response {
    if missing(&state, &visitor.caller) {
        return page(&view(&state, &visitor, &mistakes.unwrap_or_default()));
    }
    go(&Place::of(&state, &visitor).at("choose"))
}

pub(super) async fn send(
    State(state): State<WebState>,
    _: MfaAvailable,
    RequestClient(client): RequestClient,
    EnrolForm(visitor, Yes {}): EnrolForm<Yes>,
) -> Response {
    let place = Place::of(&state, &visitor);
    match enrollment_proof::send(&state.app, &client, &visitor.caller).await {
        Ok(()) => go(&place.at("proof?done=mail-code-sent")),
        Err(ProofError::TooMany(seconds)) => {
            again(&place.at("proof"), &Mistakes { send_wait: Some(seconds), code: None })
        }
        Err(error) => otherwise(error, &place.at("proof")),
    }
}

pub(super) async fn give(
    State(state): State<WebState>,
    _: MfaAvailable,
    RequestClient(client): RequestClient,
    EnrolForm(visitor, form): EnrolForm<Form>,
) -> Response {
    let place = Place::of(&state, &visitor);
    let again =
        |error: CodeError| again(&place.at("proof"), &Mistakes { code: Some(error), send_wait: None });
    if is_blank(&form.code) {
        return again(CodeError::Missing);
    }
    match enrollment_proof::give(&state.app, &client, &visitor.caller, &form.code).await {
        Ok(_) => go(&place.at("choose")),
        Err(ProofError::InvalidCode) => again(CodeError::Wrong),
        Err(ProofError::NotNeeded) => go(&place.back()),
        Err(error) => otherwise(error, &place.at("proof")),
    }
}

fn view(state: &WebState, visitor: &SignedIn, mistakes: &Mistakes) -> ProofPage {
    let place = Place::of(state, visitor);
    ProofPage {
        page: visitor.page(state, NavItem::Security),
        base: place.base(),
        cancel: place.cancel(),
        address: enrollment_proof::masked_address(&visitor.caller.live.account, state.app.now()),
        error: mistakes.code,
        send_wait: mistakes.send_wait,
    }
}
