//! `/login/change-password`: a password of one's own in place of the one that was given.

use axum::{extract::State, response::Response};
use serde::Deserialize;
use twinlock_http::{WebState, count, http::Problem};
use twinlock_service::{
    Channel,
    login::{self, ChangeError, LoginError, Target},
    repeats::{self, UsedLink},
};

use super::{Over, Typed, Visit, anew, go_on, identifier};
use crate::{
    account::answer::new_password,
    again::{Again, again},
    form::PreLoginForm,
    render::{go, page},
    view::{NewPasswordError, login::ChangePasswordPage},
    visitor::PreLogin,
};

const HERE: &str = "/login/change-password";

#[derive(Deserialize)]
pub(super) struct ChangeForm {
    #[serde(default)]
    new_password: String,
}

/// The page, if the sign-in still waits and this is its browser.
pub(super) async fn show(
    State(state): State<WebState>,
    visit: Visit,
    browser: PreLogin,
    Again(error): Again<NewPasswordError>,
) -> Result<Response, Problem> {
    let Some(token) = &visit.pending else { return Ok(go("/login")) };
    let Some(found) = login::peek_change(&state.app, token, target(&browser)).await? else {
        return over(&state, &visit, &browser).await;
    };
    let min_length = u32::try_from(found.password_min_length).unwrap_or(u32::MAX);
    let view = ChangePasswordPage { page: browser.page(), username: found.username, min_length, error };
    Ok(browser.keep(page(&view)))
}

pub(super) async fn submit(
    State(state): State<WebState>,
    visit: Visit,
    PreLoginForm(browser, form): PreLoginForm<ChangeForm>,
) -> Result<Response, Problem> {
    let Some(token) = &visit.pending else { return over(&state, &visit, &browser).await };
    let refused = |error: NewPasswordError| Ok(browser.keep(again(HERE, &error)));
    if form.new_password.is_empty() {
        return refused(NewPasswordError::Missing);
    }
    let new = form.new_password.into();
    let outcome = match login::change_password(&state.app, &visit.client, token, &new, target(&browser)).await
    {
        Ok(outcome) => Ok(outcome),
        Err(ChangeError::Login(error)) => Err(error),
        Err(ChangeError::Weak(problem)) => return refused(new_password(&problem)),
        Err(ChangeError::Same) => return refused(NewPasswordError::Same),
        Err(ChangeError::TokenInvalid) => return over(&state, &visit, &browser).await,
        Err(ChangeError::Internal(error)) => return Err(error.into()),
    };
    count::sign_in(&outcome);
    match outcome {
        Ok(outcome) => go_on(&state, &visit, &visit.typed, outcome).await,
        // The account was closed meanwhile.
        Err(LoginError::InvalidCredentials) => over(&state, &visit, &browser).await,
        Err(error) => Err(error.into()),
    }
}

fn target(browser: &PreLogin) -> Target<'_> {
    Target { channel: Channel::Browser, browser: Some(&browser.secret) }
}

/// The sign-in waits no longer. Where this very form has just set the password, the answer was lost: it is in force.
async fn over(state: &WebState, visit: &Visit, browser: &PreLogin) -> Result<Response, Problem> {
    let token = visit.pending.as_deref().unwrap_or_default();
    let client = &visit.client;
    if repeats::link_used(&state.app, client, UsedLink::PasswordChange, token).await? {
        return Ok(browser.keep(anew(Typed::default(), Over::AnswerLost)));
    }
    identifier::expired(state, visit, browser).await
}
