//! Forms: who sent it is checked before what it says.

mod expired;
mod upload;

use axum::{
    body::Body,
    extract::{FromRequest, FromRequestParts, Request},
    http::{HeaderMap, header, request::Parts},
    response::{IntoResponse, Response},
};
use serde::de::{DeserializeOwned, value::MapDeserializer};
use twinlock_http::{
    WebState,
    http::{Code, Problem, limits::whole_body, origin},
};
use twinlock_service::sessions;

pub(super) use upload::UploadForm;

use super::{
    again::repeat,
    visitor::{AnySession, Enroller, PreLogin, SignedIn},
};
use crate::view::NavItem;

/// Marks the problem of a form whose token is missing or stale, for the page that says so.
pub(super) const FORM_EXPIRED: &str = "form_expired";

/// A form of a signed-in visitor, with the session's token.
pub(super) struct SessionForm<T>(pub(super) SignedIn, pub(super) T);

/// A form before sign-in, with the token of the browser's own secret.
pub(super) struct PreLoginForm<T>(pub(super) PreLogin, pub(super) T);

/// A form of whoever has a session, one that must enrol first included.
pub(super) struct AnySessionForm<T>(pub(super) SignedIn, pub(super) T);

/// A form of the enrollment's pages.
pub(super) struct EnrolForm<T>(pub(super) SignedIn, pub(super) T);

impl<T: DeserializeOwned> FromRequest<WebState> for SessionForm<T> {
    type Rejection = Response;

    async fn from_request(request: Request, state: &WebState) -> Result<Self, Response> {
        let (mut parts, body) = request.into_parts();
        let visitor = <SignedIn as FromRequestParts<WebState>>::from_request_parts(&mut parts, state).await?;
        let form = of_session(&parts, fields(&parts, body, state), state, &visitor).await?;
        Ok(Self(visitor, form))
    }
}

impl<T: DeserializeOwned> FromRequest<WebState> for AnySessionForm<T> {
    type Rejection = Response;

    async fn from_request(request: Request, state: &WebState) -> Result<Self, Response> {
        let (mut parts, body) = request.into_parts();
        let AnySession(visitor) = AnySession::from_request_parts(&mut parts, state).await?;
        let form = of_session(&parts, fields(&parts, body, state), state, &visitor).await?;
        Ok(Self(visitor, form))
    }
}

impl<T: DeserializeOwned> FromRequest<WebState> for EnrolForm<T> {
    type Rejection = Response;

    async fn from_request(request: Request, state: &WebState) -> Result<Self, Response> {
        let (mut parts, body) = request.into_parts();
        let Enroller(visitor) = Enroller::from_request_parts(&mut parts, state).await?;
        let form = of_session(&parts, fields(&parts, body, state), state, &visitor).await?;
        Ok(Self(visitor, form))
    }
}

async fn of_session<T: DeserializeOwned>(
    parts: &Parts,
    read: impl Future<Output = Result<Fields, Problem>>,
    state: &WebState,
    visitor: &SignedIn,
) -> Result<T, Response> {
    match read.await.map_err(IntoResponse::into_response)?.checked(&visitor.csrf) {
        Ok(form) => Ok(form),
        Err(Unusable::Expired(stale)) => {
            let repeated = repeat::answer(state, parts, &stale.token);
            Err(repeated.unwrap_or_else(|| {
                expired::answer(state, parts, visitor.page(state, NavItem::None), stale.fields)
            }))
        }
        Err(Unusable::Malformed) => Err(Problem::new(Code::MalformedRequest).into_response()),
    }
}

impl<T: DeserializeOwned> FromRequest<WebState> for PreLoginForm<T> {
    type Rejection = Response;

    async fn from_request(request: Request, state: &WebState) -> Result<Self, Response> {
        let (mut parts, body) = request.into_parts();
        let browser = PreLogin::from_request_parts(&mut parts, state).await;
        let browser = browser.map_err(IntoResponse::into_response)?;
        let fields = fields(&parts, body, state).await.map_err(IntoResponse::into_response)?;
        match fields.checked(&browser.csrf) {
            Ok(form) => Ok(Self(browser, form)),
            Err(Unusable::Expired(stale)) => match repeat::answer(state, &parts, &stale.token) {
                Some(repeated) => Err(repeated),
                None => Err(browser.keep(expired::answer(state, &parts, browser.page(), stale.fields))),
            },
            Err(Unusable::Malformed) => Err(Problem::new(Code::MalformedRequest).into_response()),
        }
    }
}

struct Fields(Vec<(String, String)>);

/// Why a form is not looked at.
enum Unusable {
    /// Its token is missing or stale.
    Expired(Stale),
    /// It is none of our forms.
    Malformed,
}

/// A form whose token is no longer good.
struct Stale {
    /// The token; empty where there is none, or more than one.
    token: String,
    /// The other fields.
    fields: Vec<(String, String)>,
}

async fn fields(parts: &Parts, body: Body, state: &WebState) -> Result<Fields, Problem> {
    origin::check(&parts.headers, &state.http)?;
    if !is_form(&parts.headers) {
        return Err(Problem::new(Code::UnsupportedMediaType));
    }
    let body = whole_body(body).await?;
    Ok(Fields(url::form_urlencoded::parse(&body).into_owned().collect()))
}

impl Fields {
    /// The form without its token, if the token is the expected one and no field comes twice.
    fn checked<T: DeserializeOwned>(mut self, expected: &str) -> Result<T, Unusable> {
        let mut tokens = self.0.extract_if(.., |(name, _)| name == "csrf").map(|field| field.1);
        let token = tokens.next().unwrap_or_default();
        let token = if tokens.count() == 0 { token } else { String::new() };
        if !sessions::same_token(expected, &token) {
            return Err(Unusable::Expired(Stale { token, fields: self.0 }));
        }
        let mut names: Vec<_> = self.0.iter().map(|(name, _)| name.as_str()).collect();
        names.sort_unstable();
        if names.windows(2).any(|pair| pair[0] == pair[1]) {
            return Err(Unusable::Malformed);
        }
        let fields = MapDeserializer::<_, serde::de::value::Error>::new(self.0.into_iter());
        T::deserialize(fields).map_err(|_| Unusable::Malformed)
    }
}

fn is_form(headers: &HeaderMap) -> bool {
    is_of_type(headers, "application/x-www-form-urlencoded")
}

fn is_of_type(headers: &HeaderMap, wanted: &str) -> bool {
    let kind = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    kind.split(';').next().is_some_and(|kind| kind.trim().eq_ignore_ascii_case(wanted))
}
