//! `/login/password`

use axum::{extract::State, response::Response};
use serde::Deserialize;
use twinlock_service::{
    Channel,
    login::{self, Credentials, LoginError, Target},
};

use super::{Typed, Visit, go_on, organisation, show_form};
use crate::{
    WebState, count,
    http::Problem,
    pages::{form::PreLoginForm, render::go, visitor::PreLogin},
    view::{
        PasswordError,
        login::{PasswordPage, SigningIn},
    },
};

#[derive(Deserialize)]
pub(super) struct PasswordForm {
    #[serde(default)]
    tenant_id: String,
    #[serde(default)]
    username: String,
    #[serde(default)]
    password: String,
    #[serde(default)]
    next: String,
}

pub(super) async fn show(
    State(state): State<WebState>,
    visit: Visit,
    browser: PreLogin,
) -> Result<Response, Problem> {
    if visit.signed_in.is_some() {
        return Ok(go("/account"));
    }
    if !visit.typed.is_complete() {
        return Ok(go("/login"));
    }
    ask(&state, &browser, &visit.typed, None).await
}

pub(super) async fn submit(
    State(state): State<WebState>,
    visit: Visit,
    PreLoginForm(browser, form): PreLoginForm<PasswordForm>,
) -> Result<Response, Problem> {
    let typed = Typed::new(&form.tenant_id, &form.username, &form.next);
    if !typed.is_complete() {
        return Ok(go("/login"));
    }
    if form.password.is_empty() {
        return ask(&state, &browser, &typed, Some(PasswordError::Missing)).await;
    }
    let credentials = Credentials {
        tenant: typed.tenant_id.clone(),
        username: form.username,
        password: form.password.into(),
        code: None,
    };
    let target = Target { channel: Channel::Browser, browser: Some(&browser.secret) };
    let outcome = login::with_password(&state.app, &visit.client, credentials, target).await;
    count::sign_in(&outcome);
    match outcome {
        Ok(outcome) => go_on(&state, &visit, &typed, outcome).await,
        Err(LoginError::InvalidCredentials) => {
            ask(&state, &browser, &typed, Some(PasswordError::Wrong)).await
        }
        Err(LoginError::TooMany(wait_secs)) => {
            let error = PasswordError::TooMany { wait_secs };
            ask(&state, &browser, &typed, Some(error)).await
        }
        Err(error) => Err(error.into()),
    }
}

async fn ask(
    state: &WebState,
    browser: &PreLogin,
    typed: &Typed,
    error: Option<PasswordError>,
) -> Result<Response, Problem> {
    let who = SigningIn {
        identifier: typed.identifier.clone(),
        tenant_id: typed.tenant_id.clone(),
        tenant_name: organisation::name_of(state, &typed.tenant_id).await?,
    };
    let view = PasswordPage { page: browser.page(), who, error, next: typed.next.clone() };
    Ok(browser.keep(show_form(error, &view)))
}
