//! `/account/security/disable`: a code or a security key switches MFA off.

use axum::{extract::State, response::Response};
use secrecy::ExposeSecret;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use twinlock_core::factor::typed::is_blank;
use twinlock_http::{
    WebState,
    extract::{MfaAvailable, RequestClient},
    http::{Code, Problem},
};
use twinlock_service::{
    Client, Issued,
    enrollment_proof::needs_administrator,
    factors::{self, FactorError},
    sessions,
    step_up::{self, Show, StepUpError},
};

use crate::{
    account::answer::{code_waits, otherwise, renewed, wrong_code},
    again::{Again, again},
    form::SessionForm,
    keys,
    render::{go, page},
    view::{CodeError, KeyError, NavItem, security::DisablePage},
    visitor::SignedIn,
};

const HERE: &str = "/account/security/disable";

#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct Form {
    code: String,
    credential: String,
}

/// What was wrong with the form.
#[derive(Clone, Copy, Default, Serialize, Deserialize)]
pub(super) struct Mistakes {
    code: Option<CodeError>,
    key: Option<KeyError>,
}

pub(super) async fn ask(
    State(state): State<WebState>,
    _: MfaAvailable,
    visitor: SignedIn,
    Again(mistakes): Again<Mistakes>,
) -> Response {
    if !visitor.caller.live.account.factors.any() {
        return go("/account/security");
    }
    page(&view(&state, &visitor, mistakes.unwrap_or_default()))
}

pub(super) async fn disable(
    State(state): State<WebState>,
    _: MfaAvailable,
    RequestClient(client): RequestClient,
    SessionForm(visitor, form): SessionForm<Form>,
) -> Response {
    match keys::answer(&form.credential) {
        Ok(credential) => by_key(&state, &client, &visitor, credential).await,
        Err(KeyError::Missing) => by_code(&state, &client, &visitor, &form.code).await,
        Err(error) => key_again(error),
    }
}

async fn by_code(state: &WebState, client: &Client, visitor: &SignedIn, code: &str) -> Response {
    let again = |error: CodeError| again(HERE, &Mistakes { code: Some(error), key: None });
    if is_blank(code) {
        let ways = keys::ways(state, &visitor.caller, &visitor.keys);
        let only_key = ways.key && !ways.app && !ways.codes;
        return if only_key { key_again(KeyError::Missing) } else { again(CodeError::Missing) };
    }
    match factors::disable(&state.app, client, &visitor.caller, Some(code)).await {
        Ok(issued) => done(state, &issued),
        Err(FactorError::InvalidCode { clock_offset_seconds }) => again(wrong_code(clock_offset_seconds)),
        Err(FactorError::Wait(seconds)) => again(code_waits(&visitor.caller, seconds)),
        Err(error) => otherwise(error, HERE),
    }
}

/// First the key proves who is there, then that proof switches MFA off.
async fn by_key(state: &WebState, client: &Client, visitor: &SignedIn, credential: Value) -> Response {
    let proven = match step_up::step_up(&state.app, client, &visitor.caller, Show::Key(credential)).await {
        Ok(issued) => issued,
        Err(StepUpError::KeyRefused | StepUpError::KeyShape(_)) => {
            return key_again(KeyError::Refused);
        }
        Err(error) => return otherwise(error, HERE),
    };
    match switch_off(state, client, &proven).await {
        Ok(issued) => done(state, &issued),
        // The session goes on under the cookie that the proof gave it.
        Err(problem) => renewed(state, otherwise(problem, HERE), &proven),
    }
}

async fn switch_off(state: &WebState, client: &Client, proven: &Issued) -> Result<Issued, Problem> {
    let caller = sessions::by_cookie(&state.app, proven.token.expose_secret()).await?;
    let caller = caller.ok_or_else(|| Problem::new(Code::Unauthenticated))?;
    Ok(factors::disable(&state.app, client, &caller, None).await?)
}

fn done(state: &WebState, issued: &Issued) -> Response {
    renewed(state, go("/account?done=mfa-off"), issued)
}

fn key_again(error: KeyError) -> Response {
    again(HERE, &Mistakes { code: None, key: Some(error) })
}

fn view(state: &WebState, visitor: &SignedIn, mistakes: Mistakes) -> DisablePage {
    DisablePage {
        page: visitor.page(state, NavItem::Security),
        ways: keys::ways(state, &visitor.caller, &visitor.keys),
        error: mistakes.code,
        key_error: mistakes.key,
        needs_administrator: needs_administrator(&visitor.caller.live.account, state.app.now()),
    }
}
