//! `/login/password`

use axum::{extract::State, response::Response};
use serde::Deserialize;
use twinlock_http::{WebState, count, http::Problem};
use twinlock_service::{
    Channel,
    login::{self, Credentials, LoginError, Target},
};

use super::{Typed, Visit, go_on, organisation};
use crate::{
    again::{Again, again},
    form::PreLoginForm,
    render::{go, page, with_cookie},
    view::{
        PasswordError,
        login::{PasswordPage, SigningIn},
    },
    visitor::PreLogin,
};

const HERE: &str = "/login/password";

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
    Again(error): Again<PasswordError>,
) -> Result<Response, Problem> {
    if visit.signed_in.is_some() {
        return Ok(go("/account"));
    }
    if !visit.typed.is_complete() {
        return Ok(go("/login"));
    }
    ask(&state, &browser, &visit.typed, error).await
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
    let refused = |error: PasswordError| -> Result<Response, Problem> {
        Ok(with_cookie(browser.keep(again(HERE, &error)), typed.cookie(state.is_https())?))
    };
    if form.password.is_empty() {
        return refused(PasswordError::Missing);
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
        Err(LoginError::InvalidCredentials) => refused(PasswordError::Wrong),
        Err(LoginError::TooMany(wait_secs)) => refused(PasswordError::TooMany { wait_secs }),
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
    Ok(browser.keep(page(&view)))
}
