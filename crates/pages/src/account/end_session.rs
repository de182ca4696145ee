//! Ending one session, or all others: asked first, on a page of its own.

use axum::{extract::State, response::Response};
use twinlock_core::ids::SessionId;
use twinlock_http::{
    WebState,
    extract::RequestClient,
    http::{ApiPath, Code, Problem},
};
use twinlock_service::sessions as use_case;

use super::{
    answer::{Yes, otherwise},
    sessions,
};
use crate::{
    form::SessionForm,
    render::{go, page},
    view::{NavItem, account::EndSessionPage},
    visitor::SignedIn,
};

pub(super) async fn ask(
    State(state): State<WebState>,
    visitor: SignedIn,
    ApiPath(id): ApiPath<SessionId>,
) -> Result<Response, Problem> {
    let session = sessions::find(&state, &visitor.caller, id).await?;
    let session = Some(session.ok_or_else(|| Problem::new(Code::NotFound))?);
    Ok(page(&EndSessionPage { page: visitor.page(&state, NavItem::Sessions), session }))
}

pub(super) async fn end(
    State(state): State<WebState>,
    RequestClient(client): RequestClient,
    ApiPath(id): ApiPath<SessionId>,
    SessionForm(visitor, Yes {}): SessionForm<Yes>,
) -> Response {
    match use_case::end(&state.app, &client, &visitor.caller, id).await {
        Ok(()) => go("/account/sessions?done=session-stopped"),
        Err(error) => otherwise(error, "/account/sessions"),
    }
}

pub(super) async fn ask_others(State(state): State<WebState>, visitor: SignedIn) -> Response {
    page(&EndSessionPage { page: visitor.page(&state, NavItem::Sessions), session: None })
}

pub(super) async fn end_others(
    State(state): State<WebState>,
    RequestClient(client): RequestClient,
    SessionForm(visitor, Yes {}): SessionForm<Yes>,
) -> Result<Response, Problem> {
    use_case::end_all_others(&state.app, &client, &visitor.caller).await?;
    Ok(go("/account/sessions?done=others-stopped"))
}
