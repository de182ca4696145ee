//! Renaming and removing one factor.

use axum::{extract::State, response::Response};
use serde::{Deserialize, Serialize};
use twinlock_core::ids::FactorId;
use twinlock_http::{
    WebState,
    extract::{MfaAvailable, RequestClient},
    http::{ApiPath, Code, Problem},
};
use twinlock_service::{
    MethodView,
    enrollment_proof::needs_administrator,
    factors::{self, FactorError},
    guard::Act,
};

use crate::{
    account::answer::{Yes, name_error, otherwise, proof_missing, renewed},
    again::{Again, again},
    form::SessionForm,
    render::{go, page},
    view::{
        FieldError, NavItem,
        security::{MethodKind, RemovePage, RenamePage},
    },
    visitor::SignedIn,
};

#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct Name {
    name: String,
}

/// What the page for a name shows again.
#[derive(Serialize, Deserialize)]
pub(super) struct Refused {
    name: String,
    error: FieldError,
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
    Again(refused): Again<Refused>,
) -> Result<Response, Problem> {
    let (method, _) = find(&state, &visitor, id).await?;
    if let Some(confirm) = proof_missing(&state, &visitor.caller, Act::OwnFactors, &rename_path(id)) {
        return Ok(confirm);
    }
    let page_parts = visitor.page(&state, NavItem::Security);
    let (id, kind) = (id.to_string(), kind_of(&method));
    let (name, error) = refused.map(|refused| (refused.name, refused.error)).unzip();
    let name = name.unwrap_or(method.name);
    Ok(page(&RenamePage { page: page_parts, id, kind, name, error }))
}

/// App or key.
pub(crate) fn kind_of(method: &MethodView) -> MethodKind {
    if method.kind == "totp" { MethodKind::App } else { MethodKind::Key }
}

pub(super) async fn rename(
    State(state): State<WebState>,
    _: MfaAvailable,
    RequestClient(client): RequestClient,
    ApiPath(id): ApiPath<FactorId>,
    SessionForm(visitor, form): SessionForm<Name>,
) -> Response {
    match factors::rename(&state.app, &client, &visitor.caller, id, &form.name).await {
        Ok(_) => go("/account/security?done=method-renamed"),
        Err(FactorError::BadName(why)) => {
            again(&rename_path(id), &Refused { name: form.name, error: name_error(&why) })
        }
        Err(error) => otherwise(error, &rename_path(id)),
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
