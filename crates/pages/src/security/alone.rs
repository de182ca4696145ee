//! `/account/security/methods/{id}/alone`: a key that was registered as a second factor signs in alone.

use axum::{extract::State, response::Response};
use twinlock_core::ids::FactorId;
use twinlock_http::{
    WebState,
    extract::{MfaAvailable, RequestClient},
    http::{ApiPath, Code, Problem},
};
use twinlock_service::security_keys::{
    KeyView,
    alone::{self, AloneError},
    list,
};

use crate::{
    account::answer::{Yes, otherwise, renewed},
    form::SessionForm,
    render::{go, page},
    view::{NavItem, security::AlonePage},
    visitor::SignedIn,
};

fn path(id: FactorId) -> String {
    format!("/account/security/methods/{id}/alone")
}

/// Leads to a proof by a key, and back.
fn by_key_first(id: FactorId) -> Response {
    let next: String = url::form_urlencoded::byte_serialize(path(id).as_bytes()).collect();
    go(&format!("/account/confirm?with=key&next={next}"))
}

async fn find(state: &WebState, visitor: &SignedIn, id: FactorId) -> Result<KeyView, Problem> {
    let found = list(&state.app, &visitor.caller).await?.into_iter().find(|key| key.id == id.0);
    found.ok_or_else(|| Problem::new(Code::NotFound))
}

pub(super) async fn ask(
    State(state): State<WebState>,
    _: MfaAvailable,
    visitor: SignedIn,
    ApiPath(id): ApiPath<FactorId>,
) -> Result<Response, Problem> {
    let key = find(&state, &visitor, id).await?;
    if !key.may_sign_in_alone {
        return Ok(go("/account/security"));
    }
    if visitor.caller.live.proofs.verified_by(id, state.app.now()) != Some(true) {
        return Ok(by_key_first(id));
    }
    let page_parts = visitor.page(&state, NavItem::Security);
    Ok(page(&AlonePage { page: page_parts, id: id.to_string(), name: key.name }))
}

pub(super) async fn confirm(
    State(state): State<WebState>,
    _: MfaAvailable,
    RequestClient(client): RequestClient,
    ApiPath(id): ApiPath<FactorId>,
    SessionForm(visitor, Yes {}): SessionForm<Yes>,
) -> Response {
    match alone::let_sign_in_alone(&state.app, &client, &visitor.caller, id).await {
        Ok(done) => renewed(&state, go("/account/security?done=key-alone"), &done.issued),
        Err(AloneError::NotPossible) => go("/account/security"),
        Err(AloneError::StepUp(_)) => by_key_first(id),
        Err(error) => otherwise(error, &path(id)),
    }
}
