//! Callers who act on what is their own: a proof that is missing whatever they sent is asked for before that is read.

use std::sync::Arc;

use axum::{extract::FromRequestParts, http::request::Parts};
use twinlock_core::factor::kinds::Kind;
use twinlock_service::{
    Caller, enrol,
    guard::{self, Act},
};

use crate::{
    WebState,
    extract::{LoggedIn, MayEnrol},
    http::Problem,
};

/// Whoever may change their own second factors now. Who has none is answered by the use case.
pub struct OwnFactors(pub Arc<Caller>);

/// Whoever may change their own password now, as far as that hangs on a second factor.
pub struct OwnPassword(pub Arc<Caller>);

/// Whoever may begin to enrol a second factor now: signed in or with an enrollment token, and with the proof that it takes.
pub struct Enrolling(pub Arc<Caller>);

/// Whoever may end the enrollment of an app.
pub struct ConfirmingApp(pub Arc<Caller>);

/// Whoever may end the enrollment of a key.
pub struct ConfirmingKey(pub Arc<Caller>);

impl FromRequestParts<WebState> for ConfirmingApp {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &WebState) -> Result<Self, Problem> {
        confirming(parts, state, Kind::Totp).await.map(Self)
    }
}

impl FromRequestParts<WebState> for ConfirmingKey {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &WebState) -> Result<Self, Problem> {
        confirming(parts, state, Kind::Webauthn).await.map(Self)
    }
}

async fn confirming(parts: &mut Parts, state: &WebState, kind: Kind) -> Result<Arc<Caller>, Problem> {
    let MayEnrol(caller) = MayEnrol::from_request_parts(parts, state).await?;
    enrol::precheck_end(&state.app, &caller, kind).await?;
    Ok(caller)
}

impl FromRequestParts<WebState> for OwnFactors {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &WebState) -> Result<Self, Problem> {
        let LoggedIn(caller) = LoggedIn::from_request_parts(parts, state).await?;
        guard::precheck(&state.app, &caller, Act::OwnFactors)?;
        Ok(Self(caller))
    }
}

impl FromRequestParts<WebState> for OwnPassword {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &WebState) -> Result<Self, Problem> {
        let LoggedIn(caller) = LoggedIn::from_request_parts(parts, state).await?;
        guard::precheck(&state.app, &caller, Act::Account)?;
        Ok(Self(caller))
    }
}

impl FromRequestParts<WebState> for Enrolling {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &WebState) -> Result<Self, Problem> {
        let MayEnrol(caller) = MayEnrol::from_request_parts(parts, state).await?;
        enrol::precheck(&state.app, &caller)?;
        Ok(Self(caller))
    }
}
