//! A form that was refused is shown again by GET (POST, redirect, GET): whoever goes on from there and comes back
//! sees the form, and neither the browser's question whether to send it once more nor the same code counted twice.
//!
//! What was wrong and what was typed, never a password, travels in a sealed cookie for the one page that it
//! leads to, and is shown once.

mod notes;
pub(crate) mod repeat;

use std::convert::Infallible;

use axum::{
    extract::{FromRequestParts, Request},
    http::request::Parts,
    response::{IntoResponse, Response},
};
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use serde_json::Value;
use twinlock_http::{
    WebState,
    http::{Code, Problem, cookies::CookieKind},
};
use twinlock_service::note::NoteKind;

use self::notes::Held;
pub use self::notes::carry;
use super::render::go;

/// Seconds until the page must have been asked for.
const LIFETIME_SECS: i64 = 60;
/// Most bytes that are kept: sealed and in base64 they fit into a cookie.
const MAX_BYTES: usize = 2600;

/// What a page shows again.
#[derive(Clone, Serialize, Deserialize)]
pub(super) struct Kept {
    path: String,
    form: Value,
}

/// Leads to `address`, which shows once what `form` keeps. Texts too long to be anybody's are cut.
pub(super) fn again(address: &str, form: &impl Serialize) -> Response {
    let Ok(form) = serde_json::to_value(form) else {
        return Problem::new(Code::Internal).into_response();
    };
    let path = address.split(['?', '#']).next().unwrap_or_default().to_owned();
    let mut response = go(address);
    response.extensions_mut().insert(fitted(Kept { path, form }));
    response
}

/// Whether [`again`] keeps all of `form`: what must not be cut is left out by whoever keeps it.
pub(super) fn is_kept_whole(address: &str, form: &impl Serialize) -> bool {
    serde_json::to_value(form)
        .is_ok_and(|form| text(&Kept { path: address.to_owned(), form }).len() <= MAX_BYTES)
}

/// Cuts the longest texts until all fits.
fn fitted(mut kept: Kept) -> Kept {
    let mut longest = MAX_BYTES;
    while text(&kept).len() > MAX_BYTES && longest > 0 {
        longest /= 2;
        cut(&mut kept.form, longest);
    }
    kept
}

fn cut(value: &mut Value, longest: usize) {
    match value {
        Value::String(text) => text.truncate(text.floor_char_boundary(longest)),
        Value::Array(values) => values.iter_mut().for_each(|value| cut(value, longest)),
        Value::Object(members) => members.values_mut().for_each(|value| cut(value, longest)),
        _ => {}
    }
}

pub(super) fn text(kept: &Kept) -> Vec<u8> {
    serde_json::to_vec(kept).unwrap_or_default()
}

pub(super) fn kind(holder: &str) -> NoteKind<'_> {
    NoteKind { label: "form again", holder, lifetime_secs: LIFETIME_SECS }
}

/// What the page that a request asks for shows again.
fn for_page(state: &WebState, held: &Held, request: &Request) -> Option<Kept> {
    let text = notes::read(state, request.headers(), CookieKind::Again, kind(held.holder()))?;
    let kept: Kept = serde_json::from_slice(&text).ok()?;
    (kept.path == request.uri().path()).then_some(kept)
}

/// The form to show again, where there is one.
pub(super) struct Again<T>(pub(super) Option<T>);

impl<S: Sync, T: DeserializeOwned> FromRequestParts<S> for Again<T> {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        let kept = parts.extensions.remove::<Kept>();
        Ok(Self(kept.and_then(|kept| serde_json::from_value(kept.form).ok())))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kept(form: Value) -> Kept {
        fitted(Kept { path: "/account/profile".into(), form })
    }

    #[test]
    fn what_fits_is_kept_as_it_was() {
        let form =
            serde_json::json!({ "display_name": "Mía López", "wrong": [{ "email": "Invalid" }], "n": 3 });
        assert_eq!(kept(form.clone()).form, form);
    }

    /// attacks.md row 96: nothing typed makes a cookie that browsers drop, and an error is never lost for it.
    #[test]
    fn long_texts_are_cut_so_that_the_error_arrives() {
        for text in ["a".repeat(60_000), "\u{10000}".repeat(9000), "\u{1}".repeat(5000), "\"".repeat(4000)] {
            let form = serde_json::json!({ "a": text, "b": { "c": [text] }, "wrong": "TooLong" });
            let kept = kept(form);
            assert!(super::text(&kept).len() <= MAX_BYTES);
            assert_eq!(kept.form["wrong"], "TooLong");
            assert!(text.starts_with(kept.form["a"].as_str().unwrap()) && kept.form["a"] != "");
        }
    }
}
