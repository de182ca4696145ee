//! `/login/mfa/key`: the second lock, by security key.

use axum::{Json, extract::State, response::Response};
use serde::Deserialize;
use twinlock_http::{
    KeyOptions, WebState, count,
    extract::MfaAvailable,
    http::{Code, Problem},
};
use twinlock_service::{
    Channel,
    login::{LoginError, Target},
    second_step,
};

use super::{
    Visit, go_on, identifier,
    second::{ways, who},
};
use crate::{
    account::answer::Yes,
    again::{Again, again},
    form::PreLoginForm,
    keys,
    render::{self, go},
    view::{
        KeyError, KeysHere,
        login::{KeyPage, KeyQuestion},
    },
    visitor::PreLogin,
};

const HERE: &str = "/login/mfa/key";

#[derive(Deserialize)]
pub(super) struct KeyForm {
    #[serde(default)]
    credential: String,
}

pub(super) async fn show(
    State(state): State<WebState>,
    _: MfaAvailable,
    visit: Visit,
    browser: PreLogin,
    Again(error): Again<KeyError>,
) -> Result<Response, Problem> {
    if visit.pending.is_none() {
        return Ok(go("/login"));
    }
    ask(&state, &visit, &browser, error).await
}

/// What the key shall sign, for the page's script.
pub(super) async fn options(
    State(state): State<WebState>,
    _: MfaAvailable,
    visit: Visit,
    PreLoginForm(browser, Yes {}): PreLoginForm<Yes>,
) -> Result<Json<KeyOptions>, Problem> {
    let token = visit.pending.ok_or_else(|| Problem::new(Code::MfaTokenInvalid))?;
    let public_key = second_step::key_options(&state.app, &visit.client, &token, target(&browser)).await?;
    Ok(Json(KeyOptions { public_key }))
}

pub(super) async fn submit(
    State(state): State<WebState>,
    _: MfaAvailable,
    visit: Visit,
    PreLoginForm(browser, form): PreLoginForm<KeyForm>,
) -> Result<Response, Problem> {
    let Some(token) = &visit.pending else { return identifier::expired(&state, &visit, &browser).await };
    let credential = match keys::answer(&form.credential) {
        Ok(credential) => credential,
        Err(error) => return Ok(again(HERE, &error)),
    };
    let outcome =
        second_step::with_key(&state.app, &visit.client, token, &credential, target(&browser)).await;
    count::sign_in(&outcome);
    match outcome {
        Ok(outcome) => go_on(&state, &visit, &visit.typed, outcome).await,
        Err(LoginError::KeyRefused | LoginError::KeyShape(_)) => Ok(again(HERE, &KeyError::Refused)),
        // The account was closed meanwhile, or the login is over: start again.
        Err(LoginError::TokenInvalid | LoginError::InvalidCredentials) => {
            identifier::expired(&state, &visit, &browser).await
        }
        Err(error) => Err(error.into()),
    }
}

fn target(browser: &PreLogin) -> Target<'_> {
    Target { channel: Channel::Browser, browser: Some(&browser.secret) }
}

/// The page for a key, if the half-finished login is alive, this browser's, and of somebody who has keys.
async fn ask(
    state: &WebState,
    visit: &Visit,
    browser: &PreLogin,
    error: Option<KeyError>,
) -> Result<Response, Problem> {
    let token = visit.pending.as_deref().unwrap_or_default();
    let Some(waiting) = second_step::peek(&state.app, token, Some(&browser.secret)).await? else {
        return match error {
            Some(KeyError::Refused) => Ok(identifier::tried_too_often(state, visit, browser)),
            _ => identifier::expired(state, visit, browser).await,
        };
    };
    let question = match &visit.keys {
        KeysHere::Elsewhere { public_url } => KeyQuestion::Elsewhere { public_url: public_url.clone() },
        _ if waiting.only_foreign_keys => KeyQuestion::Foreign,
        _ if waiting.methods.contains(&"webauthn") => KeyQuestion::Answer { error },
        _ => return Ok(go("/login/mfa")),
    };
    let (page, ways, who) = (browser.page(), ways(visit, &waiting), who(waiting));
    Ok(browser.keep(render::page(&KeyPage { page, who, ways, question })))
}
