//! Answers that carry a session's fresh token: in the body for the API, as the rotated cookie for a
//! page's call.

use axum::{
    Json,
    http::{HeaderValue, header},
    response::{IntoResponse, Response},
};
use secrecy::ExposeSecret;
use serde::Serialize;
use twinlock_core::ids::UserId;
use twinlock_service::{
    Channel, Issued,
    browser::{self, REMEMBERED_SECS},
};

use crate::{
    WebState,
    http::{
        Problem,
        cookies::{self, CookieKind},
    },
};

/// A JSON answer and, for a cookie session, the cookie that takes the old one's place.
pub struct Renewed<T> {
    body: T,
    cookie: Option<HeaderValue>,
}

impl<T> Renewed<T> {
    /// `issued` is the session's fresh token.
    pub fn new(state: &WebState, body: T, issued: Issued) -> Self {
        let cookie =
            (issued.session.channel == Channel::Browser).then(|| session_cookie(state, &issued)).flatten();
        Self { body, cookie }
    }
}

impl<T: Serialize> IntoResponse for Renewed<T> {
    fn into_response(self) -> Response {
        let mut response = Json(self.body).into_response();
        if let Some(cookie) = self.cookie {
            response.headers_mut().append(header::SET_COOKIE, cookie);
        }
        response
    }
}

/// The cookie of a browser in which a sign-in to this account was completed.
pub fn device_cookie(state: &WebState, user: UserId, generation: i64) -> Result<HeaderValue, Problem> {
    let value = browser::remember(&state.app, user, generation)?;
    Ok(cookies::set(CookieKind::Device, state.is_https(), &value, Some(REMEMBERED_SECS))?)
}

/// The session cookie. It ends with the browser; the server decides about idle and absolute ends.
pub fn session_cookie(state: &WebState, issued: &Issued) -> Option<HeaderValue> {
    cookies::set(CookieKind::Session, state.is_https(), issued.token.expose_secret(), None).ok()
}
