//! `/invite/{token}`: accept an invitation, which signs in as far as the password goes.

use axum::{
    extract::{Path, State},
    response::Response,
};
use serde::Deserialize;
use twinlock_service::{
    Channel,
    invitation::{self, InvitationError},
    login::{LoginError, Target},
};

use super::{dead, length};
use crate::{
    WebState, count,
    http::Problem,
    pages::{
        account::answer::{Refused, new_password},
        form::PreLoginForm,
        login::{Typed, Visit, go_on, show_form},
        visitor::PreLogin,
    },
    view::{LinkKind, NewPasswordError, link::InvitePage},
};

#[derive(Deserialize)]
pub(super) struct InviteForm {
    #[serde(default)]
    password: String,
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
    visit: Visit,
    PreLoginForm(browser, form): PreLoginForm<InviteForm>,
) -> Result<Response, Problem> {
    if form.password.is_empty() {
        return ask(&state, &browser, token, Some(NewPasswordError::Missing)).await;
    }
    let target = Target { channel: Channel::Browser, browser: Some(&browser.secret) };
    let accepted = invitation::accept(&state.app, &visit.client, &token, &form.password.into(), target).await;
    let outcome = match accepted {
        Ok(outcome) => Ok(outcome),
        Err(InvitationError::Login(error)) => Err(error),
        Err(InvitationError::LinkInvalid) => return Ok(dead(&browser, LinkKind::Invite)),
        Err(InvitationError::Weak(problem)) => {
            return ask(&state, &browser, token, Some(new_password(&problem))).await;
        }
        Err(InvitationError::Internal(error)) => return Err(error.into()),
    };
    count::sign_in(&outcome);
    match outcome {
        Ok(outcome) => go_on(&state, &visit, &Typed::default(), outcome).await,
        // The organisation was closed meanwhile.
        Err(LoginError::InvalidCredentials) => Ok(dead(&browser, LinkKind::Invite)),
        Err(error) => Err(error.into()),
    }
}

async fn ask(
    state: &WebState,
    browser: &PreLogin,
    token: String,
    error: Option<NewPasswordError>,
) -> Result<Response, Problem> {
    let Some(link) = invitation::peek(&state.app, &token).await? else {
        return Ok(dead(browser, LinkKind::Invite));
    };
    let view = InvitePage {
        page: browser.page(),
        token,
        tenant_name: link.tenant_name,
        username: link.username,
        min_length: length(link.password_min_length),
        error,
    };
    Ok(browser.keep(show_form(error.map(|_| Refused::Unfit), &view)))
}
