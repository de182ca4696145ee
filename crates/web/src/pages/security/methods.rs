//! Renaming and removing one factor.

use axum::{extract::State, response::Response};
use serde::Deserialize;
use twinlock_core::ids::FactorId;
use twinlock_service::{
    MethodView,
    enrollment_proof::needs_administrator,
    factors::{self, FactorError},
    guard::Act,
};

use crate::{
    WebState,
    extract::{MfaAvailable, RequestClient},
    http::{ApiPath, Code, Problem},
    pages::{
        account::answer::{Refused, Yes, name_error, otherwise, proof_missing, refused, renewed},
        form::SessionForm,
        render::{go, page},
        visitor::SignedIn,
    },
    view::{
        NavItem,
        security::{MethodKind, RemovePage, RenamePage},
    },
};

#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct Name {
    name: String,
}

fn rename_path(id: FactorId) -> String {
    format!("/account/security/methods/{id}/rename")
}

fn remove_path(id: FactorId) -> String {
    format!("/account/security/methods/{id}/remove")
}

/// The visitor's factor of that id, and how many they have.
async fn find(state: &WebState, visitor: &SignedIn, id: FactorId) -> Result<(MethodView, usize), Problem> {
    let methods = factors::overview(&state.app, &visitor.caller).await?.methods;
    let count = methods.len();
    let found = methods.into_iter().find(|method| method.id == id.0);
    Ok((found.ok_or_else(|| Problem::new(Code::NotFound))?, count))
}

pub(super) async fn ask_name(
    State(state): State<WebState>,
    _: MfaAvailable,
    visitor: SignedIn,
    ApiPath(id): ApiPath<FactorId>,
) -> Result<Response, Problem> {
    let (method, _) = find(&state, &visitor, id).await?;
    if let Some(confirm) = proof_missing(&state, &visitor.caller, Act::OwnFactors, &rename_path(id)) {
        return Ok(confirm);
    }
    let page_parts = visitor.page(&state, NavItem::Security);
    let (id, kind) = (id.to_string(), kind_of(&method));
    Ok(page(&RenamePage { page: page_parts, id, kind, name: method.name, error: None }))
}

/// App or key.
pub(in crate::pages) fn kind_of(method: &MethodView) -> MethodKind {
    if method.kind == "totp" { MethodKind::App } else { MethodKind::Key }
}

pub(super) async fn rename(
    State(state): State<WebState>,
    _: MfaAvailable,
    RequestClient(client): RequestClient,
    ApiPath(id): ApiPath<FactorId>,
    SessionForm(visitor, form): SessionForm<Name>,
) -> Result<Response, Problem> {
    match factors::rename(&state.app, &client, &visitor.caller, id, &form.name).await {
        Ok(_) => Ok(go("/account/security?done=method-renamed")),
        Err(FactorError::BadName(why)) => {
            let (method, _) = find(&state, &visitor, id).await?;
            let (page, kind) = (visitor.page(&state, NavItem::Security), kind_of(&method));
            let error = Some(name_error(&why));
            let view = RenamePage { page, id: id.to_string(), kind, name: form.name, error };
            Ok(refused(Refused::Unfit, &view))
        }
        Err(error) => Ok(otherwise(error, &rename_path(id))),
    }
}

pub(super) async fn ask_removal(
    State(state): State<WebState>,
    _: MfaAvailable,
    visitor: SignedIn,
    ApiPath(id): ApiPath<FactorId>,
) -> Result<Response, Problem> {
    let (method, count) = find(&state, &visitor, id).await?;
    if let Some(confirm) = proof_missing(&state, &visitor.caller, Act::OwnFactors, &remove_path(id)) {
        return Ok(confirm);
    }
    Ok(page(&RemovePage {
        page: visitor.page(&state, NavItem::Security),
        id: id.to_string(),
        kind: kind_of(&method),
        name: method.name,
        last: count == 1,
        needs_administrator: needs_administrator(&visitor.caller.live.account, state.app.now()),
    }))
}

pub(super) async fn remove(
    State(state): State<WebState>,
    _: MfaAvailable,
    RequestClient(client): RequestClient,
    ApiPath(id): ApiPath<FactorId>,
    SessionForm(visitor, Yes {}): SessionForm<Yes>,
) -> Response {
    match factors::remove(&state.app, &client, &visitor.caller, id).await {
        Ok(removed) => {
            let done = if removed.enabled { "method-removed" } else { "mfa-off" };
            renewed(&state, go(&format!("/account/security?done={done}")), &removed.issued)
        }
        Err(error) => otherwise(error, &remove_path(id)),
    }
}
