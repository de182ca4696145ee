//! `/confirm/{token}`: a new address counts from here on.

use axum::{
    extract::{Path, State},
    response::Response,
};
use twinlock_http::{WebState, extract::RequestClient, http::Problem};
use twinlock_service::{
    email::{self, ConfirmError},
    repeats,
};

use super::{dead, dead_form};
use crate::{
    account::answer::Yes,
    again::{Again, again},
    form::PreLoginForm,
    render::page,
    view::{
        LinkKind,
        link::{ConfirmPage, ConfirmedPage},
    },
    visitor::PreLogin,
};

pub(super) async fn show(
    State(state): State<WebState>,
    Path(token): Path<String>,
    browser: PreLogin,
    Again(confirmed): Again<String>,
) -> Result<Response, Problem> {
    if let Some(email) = confirmed {
        return Ok(browser.keep(page(&ConfirmedPage { page: browser.page(), email })));
    }
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
        Ok(user) => Ok(again(&format!("/confirm/{token}"), &user.email.unwrap_or_default())),
        // The same form a second time: the first one was enough.
        Err(ConfirmError::LinkInvalid) => {
            match repeats::confirmed_address(&state.app, &client, &token).await? {
                Some(address) => Ok(again(&format!("/confirm/{token}"), &address)),
                None => Ok(browser.keep(dead_form(LinkKind::Confirm))),
            }
        }
        Err(ConfirmError::Internal(error)) => Err(error.into()),
    }
}
