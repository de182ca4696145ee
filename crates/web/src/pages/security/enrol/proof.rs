//! Before step one, where it is asked for: the code that opens the enrolment.

use axum::{extract::State, response::Response};
use serde::Deserialize;
use twinlock_core::factor::typed::is_blank;
use twinlock_service::{
    Caller,
    enrollment_proof::{self, ProofError},
};

use super::{BASE, CHOOSE, PROOF};
use crate::{
    WebState,
    extract::{MfaAvailable, RequestClient},
    pages::{
        account::answer::{Refused, Yes, otherwise, refused},
        form::SessionForm,
        render::{go, page},
        visitor::SignedIn,
    },
    view::{CodeError, NavItem, enrollment_proof::ProofPage},
};

const SECURITY: &str = "/account/security";

#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct Form {
    code: String,
}

/// Whether the session must give a code before it may enrol.
pub(super) fn missing(state: &WebState, caller: &Caller) -> bool {
    enrollment_proof::require(&caller.live.account, caller, state.app.now()).is_err()
}

pub(super) async fn ask(State(state): State<WebState>, _: MfaAvailable, visitor: SignedIn) -> Response {
    if missing(&state, &visitor.caller) { page(&view(&state, &visitor)) } else { go(CHOOSE) }
}

pub(super) async fn send(
    State(state): State<WebState>,
    _: MfaAvailable,
    RequestClient(client): RequestClient,
    SessionForm(visitor, Yes {}): SessionForm<Yes>,
) -> Response {
    match enrollment_proof::send(&state.app, &client, &visitor.caller).await {
        Ok(()) => go("/account/security/enrol/proof?done=mail-code-sent"),
        Err(ProofError::TooMany(seconds)) => {
            let view = ProofPage { send_wait: Some(seconds), ..view(&state, &visitor) };
            refused(Refused::Wait(seconds), &view)
        }
        Err(error) => otherwise(error, PROOF),
    }
}

pub(super) async fn give(
    State(state): State<WebState>,
    _: MfaAvailable,
    RequestClient(client): RequestClient,
    SessionForm(visitor, form): SessionForm<Form>,
) -> Response {
    let again =
        |error: CodeError| refused(error, &ProofPage { error: Some(error), ..view(&state, &visitor) });
    if is_blank(&form.code) {
        return again(CodeError::Missing);
    }
    match enrollment_proof::give(&state.app, &client, &visitor.caller, &form.code).await {
        Ok(_) => go(CHOOSE),
        Err(ProofError::InvalidCode) => again(CodeError::Wrong),
        Err(ProofError::NotNeeded) => go(SECURITY),
        Err(error) => otherwise(error, PROOF),
    }
}

fn view(state: &WebState, visitor: &SignedIn) -> ProofPage {
    ProofPage {
        page: visitor.page(state, NavItem::Security),
        base: BASE.to_owned(),
        cancel: SECURITY.to_owned(),
        address: enrollment_proof::masked_address(&visitor.caller.live.account, state.app.now()),
        error: None,
        send_wait: None,
    }
}
