//! `/login/mfa`: the second lock.

use axum::{extract::State, response::Response};
use serde::{Deserialize, Serialize};
use twinlock_core::{factor::typed::is_blank, throttle::TypedKind};
use twinlock_http::{WebState, count, extract::MfaAvailable, http::Problem};
use twinlock_service::{
    Channel,
    login::{LoginError, Target},
    second_step::{self, Waiting},
};

use super::{Visit, go_on, identifier};
use crate::{
    account::answer::wrong_code,
    again::{Again, again},
    form::PreLoginForm,
    render::{self, go},
    view::{
        CodeError, Ways,
        login::{AppCodePage, RecoveryCodePage, SigningIn},
    },
    visitor::PreLogin,
};

#[derive(Deserialize)]
pub(super) struct CodeForm {
    #[serde(default)]
    code: String,
}

/// The two pages for a typed code. Either takes either kind of code.
#[derive(Clone, Copy)]
enum Kind {
    App,
    Recovery,
}

/// What a page for a code shows again. A recovery code is long: it is corrected rather than typed anew.
#[derive(Serialize, Deserialize)]
pub(super) struct Refused {
    typed: String,
    error: CodeError,
}

impl Kind {
    /// Back to its page.
    fn again(self, typed: String, error: CodeError) -> Response {
        match self {
            Self::App => again("/login/mfa/app", &Refused { typed: String::new(), error }),
            Self::Recovery => again("/login/mfa/recovery", &Refused { typed, error }),
        }
    }
}

impl From<TypedKind> for Kind {
    fn from(kind: TypedKind) -> Self {
        match kind {
            TypedKind::Totp => Self::App,
            TypedKind::Recovery => Self::Recovery,
        }
    }
}

/// Leads to the page of the kind that is asked first. One that keys cannot be used on leads to the app, where
/// there is one.
pub(super) async fn choose(
    State(state): State<WebState>,
    _: MfaAvailable,
    visit: Visit,
    browser: PreLogin,
) -> Result<Response, Problem> {
    let Some(token) = &visit.pending else { return Ok(go("/login")) };
    let Some(waiting) = second_step::peek(&state.app, token, Some(&browser.secret)).await? else {
        return identifier::expired(&state, &visit, &browser).await;
    };
    let app = waiting.methods.contains(&"totp");
    Ok(go(match waiting.preferred {
        Some("webauthn") if visit.keys.work() || !app => "/login/mfa/key",
        Some(_) => "/login/mfa/app",
        None if waiting.only_foreign_keys => "/login/mfa/key",
        None => "/login/mfa/recovery",
    }))
}

pub(super) async fn show_app(
    State(state): State<WebState>,
    _: MfaAvailable,
    visit: Visit,
    browser: PreLogin,
    Again(refused): Again<Refused>,
) -> Result<Response, Problem> {
    show(&state, &visit, &browser, Kind::App, refused).await
}

pub(super) async fn show_recovery(
    State(state): State<WebState>,
    _: MfaAvailable,
    visit: Visit,
    browser: PreLogin,
    Again(refused): Again<Refused>,
) -> Result<Response, Problem> {
    show(&state, &visit, &browser, Kind::Recovery, refused).await
}

pub(super) async fn submit_app(
    State(state): State<WebState>,
    _: MfaAvailable,
    visit: Visit,
    PreLoginForm(browser, form): PreLoginForm<CodeForm>,
) -> Result<Response, Problem> {
    submit(&state, &visit, &browser, Kind::App, form.code).await
}

pub(super) async fn submit_recovery(
    State(state): State<WebState>,
    _: MfaAvailable,
    visit: Visit,
    PreLoginForm(browser, form): PreLoginForm<CodeForm>,
) -> Result<Response, Problem> {
    submit(&state, &visit, &browser, Kind::Recovery, form.code).await
}

/// The page for a code, if the half-finished login is alive and this browser's.
async fn show(
    state: &WebState,
    visit: &Visit,
    browser: &PreLogin,
    kind: Kind,
    refused: Option<Refused>,
) -> Result<Response, Problem> {
    let Some(token) = &visit.pending else { return Ok(go("/login")) };
    let Some(waiting) = second_step::peek(&state.app, token, Some(&browser.secret)).await? else {
        let tried = refused.is_some_and(|refused| refused.error.was_tried());
        return if tried {
            Ok(identifier::tried_too_often(state, visit, browser))
        } else {
            identifier::expired(state, visit, browser).await
        };
    };
    let (typed, error) = refused.map(|refused| (refused.typed, refused.error)).unzip();
    let (page, ways, who) = (browser.page(), ways(visit, &waiting), who(waiting));
    Ok(browser.keep(match kind {
        Kind::App => render::page(&AppCodePage { page, who, ways, error }),
        Kind::Recovery => {
            let typed = typed.unwrap_or_default();
            render::page(&RecoveryCodePage { page, who, ways, typed, error })
        }
    }))
}

async fn submit(
    state: &WebState,
    visit: &Visit,
    browser: &PreLogin,
    kind: Kind,
    code: String,
) -> Result<Response, Problem> {
    let Some(token) = &visit.pending else { return identifier::expired(state, visit, browser).await };
    if is_blank(&code) {
        return Ok(kind.again(String::new(), CodeError::Missing));
    }
    let target = Target { channel: Channel::Browser, browser: Some(&browser.secret) };
    let outcome = second_step::with_code(&state.app, &visit.client, token, &code, target).await;
    count::sign_in(&outcome);
    match outcome {
        Ok(outcome) => go_on(state, visit, &visit.typed, outcome).await,
        Err(LoginError::InvalidCode { clock_offset_seconds }) => {
            Ok(kind.again(code, wrong_code(clock_offset_seconds)))
        }
        Err(LoginError::TooMany(wait_secs)) => Ok(kind.again(code, CodeError::TooMany { wait_secs })),
        // The page of what is locked says what to do instead, whichever of the two was open.
        Err(LoginError::Locked { kind, .. }) => Ok(Kind::from(kind).again(String::new(), CodeError::Locked)),
        // The account was closed meanwhile, or the login is over: start again.
        Err(LoginError::TokenInvalid | LoginError::InvalidCredentials) => {
            identifier::expired(state, visit, browser).await
        }
        Err(error) => Err(error.into()),
    }
}

/// What opens this second lock on this page.
pub(super) fn ways(visit: &Visit, waiting: &Waiting) -> Ways {
    let has = |method| waiting.methods.contains(&method);
    Ways { key: visit.keys.work() && has("webauthn"), app: has("totp"), codes: has("recovery_code") }
}

pub(super) fn who(waiting: Waiting) -> SigningIn {
    SigningIn {
        identifier: waiting.user.username,
        tenant_id: waiting.user.tenant_id,
        tenant_name: String::new(),
    }
}
