//! Strict JSON bodies.
//!
//! The steps keep apart what api.md keeps apart: a body that cannot be read (400), that is not JSON by
//! its type (415), that is too large (413), and one that reads well but has the wrong shape (422).

mod parse;
mod strict;

use axum::{
    body::to_bytes,
    extract::{FromRequest, Request},
    http::{HeaderMap, header},
};
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use super::{
    limits::{MAX_BODY_BYTES, body_problem},
    problem::{Code, Problem},
    shape,
};

/// Deepest nesting of a body.
pub const MAX_DEPTH: usize = 32;

/// A JSON object read strictly into `T`, which must carry `#[serde(deny_unknown_fields)]`.
///
/// A missing body is `{}`. Rejects with a [`Problem`] that never repeats a value that was sent.
#[derive(Clone, Copy, Debug, Default)]
pub struct ApiJson<T>(pub T);

impl<S: Send + Sync, T: DeserializeOwned> FromRequest<S> for ApiJson<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, _state: &S) -> Result<Self, Problem> {
        let (parts, body) = request.into_parts();
        let bytes = to_bytes(body, MAX_BODY_BYTES).await.map_err(|error| body_problem(&error))?;
        if bytes.is_empty() && !parts.headers.contains_key(header::CONTENT_TYPE) {
            return read(&[]).map(Self);
        }
        if !is_json(&parts.headers) {
            return Err(Problem::new(Code::UnsupportedMediaType)
                .detail("Send the body as application/json in UTF-8."));
        }
        read(&bytes).map(Self)
    }
}

/// Reads a body that is known to be meant as JSON.
///
/// # Errors
/// 400 `malformed_request` or 422 `validation_failed`.
pub fn read<T: DeserializeOwned>(body: &[u8]) -> Result<T, Problem> {
    let value = if body.is_empty() { Value::Object(Map::new()) } else { parse::document(body, MAX_DEPTH)? };
    if !value.is_object() {
        return Err(Problem::invalid("", "must be a JSON object"));
    }
    if let Some(field) = nul_in(&value) {
        return Err(Problem::invalid(field, "must not contain the character U+0000"));
    }
    serde_path_to_error::deserialize(strict::Strict(value))
        .map_err(|error| shape::problem(&error.path().to_string(), &error.inner().to_string()))
}

/// The path of a text that holds NUL: no field of the API has use for it and PostgreSQL cannot keep it.
fn nul_in(value: &Value) -> Option<String> {
    let inside = |key: &str, value: &Value| {
        nul_in(value).map(|rest| if rest.is_empty() { key.to_owned() } else { format!("{key}.{rest}") })
    };
    match value {
        Value::String(text) => text.contains('\0').then(String::new),
        Value::Array(items) => {
            items.iter().enumerate().find_map(|(index, item)| inside(&index.to_string(), item))
        }
        Value::Object(members) => members.iter().find_map(|(key, member)| inside(key, member)),
        _ => None,
    }
}

/// One `Content-Type`, `application/json` or `application/…+json`, in UTF-8 and without an encoding.
fn is_json(headers: &HeaderMap) -> bool {
    let mut types = headers.get_all(header::CONTENT_TYPE).iter();
    let (Some(only), None) = (types.next(), types.next()) else { return false };
    let Ok(text) = only.to_str() else { return false };
    let mut parts = text.split(';').map(str::trim);
    let media_type = parts.next().unwrap_or_default().to_ascii_lowercase();
    let json = media_type
        .strip_prefix("application/")
        .is_some_and(|subtype| subtype == "json" || (subtype.len() > 5 && subtype.ends_with("+json")));
    let utf8 = parts.all(|parameter| match parameter.split_once('=') {
        Some((name, value)) if name.trim().eq_ignore_ascii_case("charset") => {
            value.trim().trim_matches('"').eq_ignore_ascii_case("utf-8")
        }
        _ => true,
    });
    json && utf8 && !headers.contains_key(header::CONTENT_ENCODING)
}

#[cfg(test)]
mod tests;
