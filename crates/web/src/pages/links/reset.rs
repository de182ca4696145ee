//! `/reset/{token}`: choose a new password. It signs nobody in and touches no second factor.

use axum::{
    extract::{Path, State},
    response::Response,
};
use serde::Deserialize;
use twinlock_service::recover::{self, ResetError};

use super::{dead, length};
use crate::{
    WebState,
    extract::RequestClient,
    http::Problem,
    pages::{
        account::answer::{Refused, new_password},
        form::PreLoginForm,
        login::show_form,
        render::go,
        visitor::PreLogin,
    },
    view::{LinkKind, NewPasswordError, link::ResetPage},
};

#[derive(Deserialize)]
pub(super) struct ResetForm {
    #[serde(default)]
    new_password: String,
}

pub(super) async fn show(
    State(state): State<WebState>,
    Path(token): Path<String>,
    browser: PreLogin,
) -> Result<Response, Problem> {
    ask(&state, &browser, token, None).await
}

pub(super) async fn submit(
    State(state): State<WebState>,
    Path(token): Path<String>,
    RequestClient(client): RequestClient,
    PreLoginForm(browser, form): PreLoginForm<ResetForm>,
) -> Result<Response, Problem> {
    if form.new_password.is_empty() {
        return ask(&state, &browser, token, Some(NewPasswordError::Missing)).await;
    }
    match recover::confirm(&state.app, &client, &token, &form.new_password.into()).await {
        Ok(()) => Ok(go("/login?done=password-reset")),
        Err(ResetError::Weak(problem)) => ask(&state, &browser, token, Some(new_password(&problem))).await,
        Err(ResetError::LinkInvalid) => Ok(dead(&browser, LinkKind::Reset)),
        Err(ResetError::Internal(error)) => Err(error.into()),
    }
}

async fn ask(
    state: &WebState,
    browser: &PreLogin,
    token: String,
    error: Option<NewPasswordError>,
) -> Result<Response, Problem> {
    let Some(link) = recover::peek(&state.app, &token).await? else {
        return Ok(dead(browser, LinkKind::Reset));
    };
    let view = ResetPage {
        page: browser.page(),
        token,
        username: link.username,
        min_length: length(link.password_min_length),
        error,
    };
    Ok(browser.keep(show_form(error.map(|_| Refused::Unfit), &view)))
}
