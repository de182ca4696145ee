//! A signed-in caller of the API: a bearer token, or the session cookie with its form token.

use std::sync::Arc;

use axum::{
    extract::FromRequestParts,
    http::{HeaderMap, HeaderName, request::Parts},
};
use twinlock_service::{Caller, sessions};

use crate::{
    WebState,
    http::{
        Code, Problem, bearer,
        cookies::{self, CookieKind},
        origin,
    },
};

/// Carries the session's form token when a cookie identifies an API call.
pub const CSRF_HEADER: HeaderName = HeaderName::from_static("x-twinlock-csrf");

/// Whoever is signed in. Answers 401 otherwise, and 400 where a request brings two identities.
pub struct LoggedIn(pub Arc<Caller>);

impl FromRequestParts<WebState> for LoggedIn {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &WebState) -> Result<Self, Problem> {
        let headers = &parts.headers;
        let token = bearer(headers)?;
        let cookie = cookies::find(headers, CookieKind::Session, state.is_https())?;
        let form_token = headers.get(CSRF_HEADER);
        let caller = match (token, cookie, form_token) {
            (Some(_), Some(_), Some(_)) => return Err(Problem::new(Code::AmbiguousCredentials)),
            (Some(token), ..) => sessions::by_bearer(&state.app, token).await?,
            (None, Some(cookie), Some(_)) => by_cookie(state, headers, cookie).await?,
            _ => None,
        };
        caller.map(Self).ok_or_else(|| Problem::new(Code::Unauthenticated))
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
