//! `/login/change-password`: a password of one's own in place of the one that was given.

use axum::{extract::State, response::Response};
use serde::Deserialize;
use twinlock_service::{
    Channel,
    login::{self, ChangeError, LoginError, Target},
};

use super::{Visit, go_on, identifier, show_form};
use crate::{
    WebState, count,
    http::Problem,
    pages::{
        account::answer::{Refused, new_password},
        form::PreLoginForm,
        render::go,
        visitor::PreLogin,
    },
    view::{NewPasswordError, login::ChangePasswordPage},
};

#[derive(Deserialize)]
pub(super) struct ChangeForm {
    #[serde(default)]
    new_password: String,
}

pub(super) async fn show(
    State(state): State<WebState>,
    visit: Visit,
    browser: PreLogin,
) -> Result<Response, Problem> {
    if visit.pending.is_none() {
        return Ok(go("/login"));
    }
    ask(&state, &visit, &browser, None).await
}

pub(super) async fn submit(
    State(state): State<WebState>,
    visit: Visit,
    PreLoginForm(browser, form): PreLoginForm<ChangeForm>,
) -> Result<Response, Problem> {
    let Some(token) = &visit.pending else { return identifier::expired(&state, &visit, &browser).await };
    if form.new_password.is_empty() {
        return ask(&state, &visit, &browser, Some(NewPasswordError::Missing)).await;
    }
    let new = form.new_password.into();
    let outcome = match login::change_password(&state.app, &visit.client, token, &new, target(&browser)).await
    {
        Ok(outcome) => Ok(outcome),
        Err(ChangeError::Login(error)) => Err(error),
        Err(ChangeError::Weak(problem)) => {
            return ask(&state, &visit, &browser, Some(new_password(&problem))).await;
        }
        Err(ChangeError::Same) => {
            return ask(&state, &visit, &browser, Some(NewPasswordError::Same)).await;
        }
        Err(ChangeError::TokenInvalid) => return identifier::expired(&state, &visit, &browser).await,
        Err(ChangeError::Internal(error)) => return Err(error.into()),
    };
    count::sign_in(&outcome);
    match outcome {
        Ok(outcome) => go_on(&state, &visit, &visit.typed, outcome).await,
        // The account was closed meanwhile.
        Err(LoginError::InvalidCredentials) => identifier::expired(&state, &visit, &browser).await,
        Err(error) => Err(error.into()),
    }
}

fn target(browser: &PreLogin) -> Target<'_> {
    Target { channel: Channel::Browser, browser: Some(&browser.secret) }
}

/// The page, if the sign-in still waits and this is its browser.
async fn ask(
    state: &WebState,
    visit: &Visit,
    browser: &PreLogin,
    error: Option<NewPasswordError>,
) -> Result<Response, Problem> {
    let token = visit.pending.as_deref().unwrap_or_default();
    let Some(found) = login::peek_change(&state.app, token, target(browser)).await? else {
        return identifier::expired(state, visit, browser).await;
    };
    let min_length = u32::try_from(found.password_min_length).unwrap_or(u32::MAX);
    let view = ChangePasswordPage { page: browser.page(), username: found.username, min_length, error };
    Ok(browser.keep(show_form(error.map(|_| Refused::Unfit), &view)))
}
