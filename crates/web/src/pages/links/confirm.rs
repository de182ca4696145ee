//! `/confirm/{token}`: a new address counts from here on.

use axum::{
    extract::{Path, State},
    response::Response,
};
use twinlock_service::email::{self, ConfirmError};

use super::dead;
use crate::{
    WebState,
    extract::RequestClient,
    http::Problem,
    pages::{account::answer::Yes, form::PreLoginForm, render::page, visitor::PreLogin},
    view::{
        LinkKind,
        link::{ConfirmPage, ConfirmedPage},
    },
};

pub(super) async fn show(
    State(state): State<WebState>,
    Path(token): Path<String>,
    browser: PreLogin,
) -> Result<Response, Problem> {
    let link = email::peek(&state.app, &token).await?;
    let Some(email) = link.and_then(|link| link.address) else {
        return Ok(dead(&browser, LinkKind::Confirm));
    };
    Ok(browser.keep(page(&ConfirmPage { page: browser.page(), token, email })))
}

pub(super) async fn submit(
    State(state): State<WebState>,
    Path(token): Path<String>,
    RequestClient(client): RequestClient,
    PreLoginForm(browser, Yes {}): PreLoginForm<Yes>,
) -> Result<Response, Problem> {
    match email::confirm(&state.app, &client, &token).await {
        Ok(user) => {
            let email = user.email.unwrap_or_default();
            Ok(page(&ConfirmedPage { page: browser.page(), email }))
        }
        Err(ConfirmError::LinkInvalid) => Ok(dead(&browser, LinkKind::Confirm)),
        Err(ConfirmError::Internal(error)) => Err(error.into()),
    }
}
