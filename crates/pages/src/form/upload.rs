//! Forms that bring a file.

use axum::{
    body::Body,
    extract::{FromRequest, FromRequestParts, Multipart, Request},
    http::request::Parts,
    response::Response,
};
use serde::de::DeserializeOwned;
use twinlock_http::{
    WebState,
    http::{Code, Problem, limits::whole_body, origin},
};

use super::{Fields, fields, is_of_type, of_session};
use crate::visitor::SignedIn;

/// A form of a signed-in visitor, with the session's token, whose fields may be text files (RFC 7578). What is not
/// UTF-8 in them is U+FFFD.
pub(crate) struct UploadForm<T>(pub(crate) SignedIn, pub(crate) T);

impl<T: DeserializeOwned> FromRequest<WebState> for UploadForm<T> {
    type Rejection = Response;

    async fn from_request(request: Request, state: &WebState) -> Result<Self, Response> {
        let (mut parts, body) = request.into_parts();
        let visitor = <SignedIn as FromRequestParts<WebState>>::from_request_parts(&mut parts, state).await?;
        // The page for forms that are out of date sends on what it keeps as any other form does.
        let form = if is_of_type(&parts.headers, "multipart/form-data") {
            of_session(&parts, parts_of(&parts, body, state), state, &visitor).await?
        } else {
            of_session(&parts, fields(&parts, body, state), state, &visitor).await?
        };
        Ok(Self(visitor, form))
    }
}

async fn parts_of(parts: &Parts, body: Body, state: &WebState) -> Result<Fields, Problem> {
    origin::check(&parts.headers, &state.http)?;
    let malformed = || Problem::new(Code::MalformedRequest);
    let body = Body::from(whole_body(body).await?);
    let request = Request::from_parts(parts.clone(), body);
    let mut multipart = Multipart::from_request(request, state).await.map_err(|_| malformed())?;
    let mut fields = Vec::new();
    while let Some(field) = multipart.next_field().await.map_err(|_| malformed())? {
        let name = field.name().ok_or_else(malformed)?.to_owned();
        let bytes = field.bytes().await.map_err(|_| malformed())?;
        fields.push((name, String::from_utf8_lossy(&bytes).into_owned()));
    }
    Ok(Fields(fields))
}
