//! Bodies that are a CSV file.

use axum::{
    body::to_bytes,
    extract::{FromRequest, Request},
    http::{HeaderMap, header},
};

use super::{
    limits::{MAX_IMPORT_BYTES, body_problem},
    problem::{Code, Problem},
};

/// A body of type `text/csv` or `text/tab-separated-values` in UTF-8, as text.
#[derive(Clone, Debug, Default)]
pub struct ApiCsv(pub String);

impl<S: Send + Sync> FromRequest<S> for ApiCsv {
    type Rejection = Problem;

    async fn from_request(request: Request, _state: &S) -> Result<Self, Problem> {
        let (parts, body) = request.into_parts();
        let bytes = to_bytes(body, MAX_IMPORT_BYTES).await.map_err(|error| body_problem(&error))?;
        if !is_csv(&parts.headers) {
            return Err(
                Problem::new(Code::UnsupportedMediaType).detail("Send the table as text/csv in UTF-8.")
            );
        }
        let text = String::from_utf8(bytes.into()).map_err(|_| {
            Problem::new(Code::MalformedRequest).detail("Save the table as UTF-8 and send it again.")
        })?;
        if text.contains('\0') {
            return Err(Problem::invalid("", "must not contain the character U+0000"));
        }
        Ok(Self(text))
    }
}

/// One `Content-Type`, that of a table, in UTF-8 where it names a character set, and without an encoding.
fn is_csv(headers: &HeaderMap) -> bool {
    let mut types = headers.get_all(header::CONTENT_TYPE).iter();
    let (Some(only), None) = (types.next(), types.next()) else { return false };
    let Ok(text) = only.to_str() else { return false };
    let mut parts = text.split(';').map(str::trim);
    let tables = ["text/csv", "text/tab-separated-values"];
    let csv = parts.next().is_some_and(|kind| tables.iter().any(|table| kind.eq_ignore_ascii_case(table)));
    let utf8 = parts.all(|parameter| match parameter.split_once('=') {
        Some((name, value)) if name.trim().eq_ignore_ascii_case("charset") => {
            value.trim().trim_matches('"').eq_ignore_ascii_case("utf-8")
        }
        _ => true,
    });
    csv && utf8 && !headers.contains_key(header::CONTENT_ENCODING)
}
