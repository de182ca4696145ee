//! `/login/passkey`: both locks at once, with a passkey. Its page is the first one of a sign-in.

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
    repeats,
    security_keys::passkey,
};

use super::{Over, Typed, Visit, anew, go_on, identifier::Refused, organisation};
use crate::{
    form::PreLoginForm,
    keys,
    view::{KeyError, login::Organisation},
};

/// The whole form of the first page: what was typed there is not lost.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct PasskeyForm {
    tenant_id: String,
    username: String,
    next: String,
    credential: String,
}

/// What the passkey shall sign, for the page's script.
pub(super) async fn options(
    State(state): State<WebState>,
    _: MfaAvailable,
    visit: Visit,
    PreLoginForm(browser, form): PreLoginForm<PasskeyForm>,
) -> Result<Json<KeyOptions>, Problem> {
    let Organisation::Known { id, .. } = organisation::of(&state, &form.tenant_id).await? else {
        return Err(Problem::new(Code::ValidationFailed));
    };
    let public_key = passkey::options(&state.app, &visit.client, &id, Some(&browser.secret)).await?;
    Ok(Json(KeyOptions { public_key }))
}

pub(super) async fn submit(
    State(state): State<WebState>,
    _: MfaAvailable,
    visit: Visit,
    PreLoginForm(browser, form): PreLoginForm<PasskeyForm>,
) -> Result<Response, Problem> {
    let typed = Typed::new(&form.tenant_id, &form.username, &form.next);
    let again =
        |error: KeyError| browser.keep(Refused::passkey(typed.clone(), form.tenant_id.clone(), error));
    let credential = match keys::answer(&form.credential) {
        Ok(credential) => credential,
        Err(error) => return Ok(again(error)),
    };
    let target = Target { channel: Channel::Browser, browser: Some(&browser.secret) };
    let outcome = passkey::sign_in(&state.app, &visit.client, &credential, target).await;
    count::sign_in(&outcome);
    match outcome {
        Ok(outcome) => go_on(&state, &visit, &typed, outcome).await,
        // The same answer a second time: the first one was enough, but what it brought was lost.
        Err(LoginError::KeyRefused)
            if repeats::passkey_used(&state.app, &visit.client, &credential).await? =>
        {
            Ok(browser.keep(anew(typed, Over::AnswerLost)))
        }
        Err(LoginError::KeyRefused | LoginError::KeyShape(_)) => Ok(again(KeyError::Refused)),
        Err(LoginError::SecondFactorOnly) => Ok(again(KeyError::SecondFactorOnly)),
        Err(LoginError::TooMany(wait_secs)) => Ok(again(KeyError::TooMany { wait_secs })),
        Err(error) => Err(error.into()),
    }
}
