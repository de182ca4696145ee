//! `/account/security/disable`: a code switches MFA off.

use axum::{extract::State, response::Response};
use serde::Deserialize;
use twinlock_core::factor::typed::is_blank;
use twinlock_service::factors::{self, FactorError};

use crate::{
    WebState,
    extract::{MfaAvailable, RequestClient},
    pages::{
        account::answer::{code_waits, otherwise, refused, renewed, wrong_code},
        form::SessionForm,
        render::{go, page},
        visitor::SignedIn,
    },
    view::{CodeError, NavItem, security::DisablePage},
};

const HERE: &str = "/account/security/disable";

#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct Form {
    code: String,
}

pub(super) async fn ask(State(state): State<WebState>, _: MfaAvailable, visitor: SignedIn) -> Response {
    if visitor.caller.live.account.factors.total() == 0 {
        return go("/account/security");
    }
    page(&DisablePage { page: visitor.page(&state, NavItem::Security), error: None })
}

pub(super) async fn disable(
    State(state): State<WebState>,
    _: MfaAvailable,
    RequestClient(client): RequestClient,
    SessionForm(visitor, form): SessionForm<Form>,
) -> Response {
    let again = |error: CodeError| {
        let page = visitor.page(&state, NavItem::Security);
        refused(error, &DisablePage { page, error: Some(error) })
    };
    if is_blank(&form.code) {
        return again(CodeError::Missing);
    }
    match factors::disable(&state.app, &client, &visitor.caller, Some(&form.code)).await {
        Ok(issued) => renewed(&state, go("/account?done=mfa-off"), &issued),
        Err(FactorError::InvalidCode { clock_offset_seconds }) => again(wrong_code(clock_offset_seconds)),
        Err(FactorError::Wait(seconds)) => again(code_waits(&visitor.caller, seconds)),
        Err(error) => otherwise(error, HERE),
    }
}
