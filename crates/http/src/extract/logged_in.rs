//! A signed-in caller of the API: a bearer token, or the session cookie with its form token.

use std::sync::Arc;

use axum::{
    extract::{FromRequestParts, RawPathParams},
    http::{HeaderMap, HeaderName, request::Parts},
};
use twinlock_service::{
    Caller, operators,
    sessions::{self, Rights},
    strangers,
};

use crate::{
    WebState,
    extract::RequestClient,
    http::{
        Code, Problem, bearer,
        cookies::{self, CookieKind},
        origin,
    },
    refusals::Asker,
};

/// Carries the session's form token when a cookie identifies an API call.
pub const CSRF_HEADER: HeaderName = HeaderName::from_static("x-twinlock-csrf");

/// Whoever is signed in, with all rights. Answers 401 otherwise, 400 where a request brings two identities, 403
/// `mfa_enrollment_required` where a second factor must be enrolled first, and 404 where the path names an organisation
/// that is not the caller's.
pub struct LoggedIn(pub Arc<Caller>);

/// The same, whichever organisation the path names: for operators. The use case asks whether the caller is one.
pub struct Operating(pub Arc<Caller>);

/// The same as [`LoggedIn`], and a session whose deadline for a second factor passed: it may look at itself and step up.
pub struct OwnSession(pub Arc<Caller>);

/// The same, and an enrollment token: for the routes of an enrollment, and for signing out.
pub struct MayEnrol(pub Arc<Caller>);

impl FromRequestParts<WebState> for LoggedIn {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &WebState) -> Result<Self, Problem> {
        let caller = caller_with(parts, state, &[Rights::Full]).await?;
        at_home(parts, state, &caller).await?;
        Ok(Self(caller))
    }
}

impl FromRequestParts<WebState> for Operating {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &WebState) -> Result<Self, Problem> {
        let caller = caller_with(parts, state, &[Rights::Full]).await?;
        if !operators::is_at_home(&caller) {
            at_home(parts, state, &caller).await?;
        }
        Ok(Self(caller))
    }
}

impl FromRequestParts<WebState> for OwnSession {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &WebState) -> Result<Self, Problem> {
        caller_with(parts, state, &[Rights::Full, Rights::Lapsed]).await.map(Self)
    }
}

impl FromRequestParts<WebState> for MayEnrol {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &WebState) -> Result<Self, Problem> {
        caller_with(parts, state, &[Rights::Full, Rights::Lapsed, Rights::Enrollment]).await.map(Self)
    }
}

/// A path that names an organisation names the caller's own, or one that is not there.
async fn at_home(parts: &mut Parts, state: &WebState, caller: &Caller) -> Result<(), Problem> {
    let named =
        RawPathParams::from_request_parts(parts, state).await.map_err(|_| Problem::new(Code::NotFound))?;
    let own = &caller.live.account.tenant.slug;
    if named.iter().all(|(name, value)| name != "tenantID" || value == own) {
        return Ok(());
    }
    let Ok(RequestClient(client)) = RequestClient::from_request_parts(parts, state).await;
    strangers::note(&state.app, caller, &client);
    Err(Problem::new(Code::NotFound))
}

async fn caller_with(parts: &Parts, state: &WebState, enough: &[Rights]) -> Result<Arc<Caller>, Problem> {
    let caller = identify(parts, state).await?.ok_or_else(|| Problem::new(Code::Unauthenticated))?;
    if let Some(asker) = parts.extensions.get::<Asker>() {
        asker.is(&caller);
    }
    let allowed = enough.contains(&caller.rights(&state.app));
    allowed.then_some(caller).ok_or_else(|| Problem::new(Code::MfaEnrollmentRequired))
}

async fn identify(parts: &Parts, state: &WebState) -> Result<Option<Arc<Caller>>, Problem> {
    let headers = &parts.headers;
    let token = bearer(headers)?;
    let cookie = cookies::find(headers, CookieKind::Session, state.is_https())?;
    match (token, cookie, headers.get(CSRF_HEADER)) {
        (Some(_), Some(_), Some(_)) => Err(Problem::new(Code::AmbiguousCredentials)),
        (Some(token), ..) => Ok(sessions::by_bearer(&state.app, token).await?),
        (None, Some(cookie), Some(_)) => by_cookie(state, headers, cookie).await,
        _ => Ok(None),
    }
}

/// A cookie comes along with any request that a browser makes; only our own pages know the form token.
async fn by_cookie(
    state: &WebState,
    headers: &HeaderMap,
    cookie: &str,
) -> Result<Option<Arc<Caller>>, Problem> {
    origin::check(headers, &state.http)?;
    let expected = sessions::csrf_token(&state.app, cookie)?;
    let mut presented = headers.get_all(CSRF_HEADER).iter();
    let matches = match (presented.next().and_then(|value| value.to_str().ok()), presented.next()) {
        (Some(value), None) => sessions::same_token(&expected, value),
        _ => false,
    };
    if !matches {
        return Ok(None);
    }
    Ok(sessions::by_cookie(&state.app, cookie).await?)
}
