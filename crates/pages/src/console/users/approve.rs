//! The word of an operator for somebody whom another operator invited.

use axum::{extract::State, response::Response};
use twinlock_core::ids::UserId;
use twinlock_http::{
    WebState,
    extract::RequestClient,
    http::{ApiPath, Problem},
};
use twinlock_service::operators::approval::{self, ApprovalError};

use super::person::{self, done};
use crate::{
    account::answer::Yes,
    console::{
        guard::{OperatorForm, OperatorPage},
        proof::{self, Weight},
    },
    render::{go, page},
    view::{
        NavItem, PersonNote,
        console::person::{ApprovePage, Awaited},
    },
};

fn here(id: UserId) -> String {
    format!("{}/approve", person::address(id))
}

pub(super) async fn ask(
    State(state): State<WebState>,
    OperatorPage(visitor): OperatorPage,
    ApiPath(id): ApiPath<UserId>,
) -> Result<Response, Problem> {
    let subject = person::find(&state, &visitor, id).await?;
    let Some(awaited) = person::awaited(&visitor, &subject.view).filter(|awaited| !awaited.own) else {
        return Ok(go(&person::address(id)));
    };
    if let Some(first) = proof::missing(&state, &visitor, Weight::Grave, &here(id)) {
        return Ok(first);
    }
    let Awaited { invited_by, .. } = awaited;
    let page_parts = visitor.page(&state, NavItem::Users);
    Ok(page(&ApprovePage { page: page_parts, person: subject.row, invited_by }))
}

pub(super) async fn approve(
    State(state): State<WebState>,
    RequestClient(client): RequestClient,
    ApiPath(id): ApiPath<UserId>,
    OperatorForm(visitor, Yes {}): OperatorForm<Yes>,
) -> Response {
    match approval::approve(&state.app, &client, &visitor.caller, id).await {
        Ok(_) => done(id, PersonNote::Approved),
        // It was approved or taken back meanwhile: the page says how it stands.
        Err(ApprovalError::NotWaiting) => go(&person::address(id)),
        Err(error) => proof::otherwise(&state, &visitor, error, &here(id)),
    }
}
