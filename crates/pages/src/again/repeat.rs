//! A form that is sent twice: Enter after the page's script has sent it, or two presses on a slow line.
//!
//! Where the first answer replaced the session cookie, it also left a sealed note of which form it answered and
//! where it led. When that form comes again, with the token that is now stale, it leads there as well. It does
//! nothing more: only a browser that already holds the new cookie has the note.

use axum::{http::request::Parts, response::Response};
use serde::{Deserialize, Serialize};
use twinlock_http::{WebState, http::cookies::CookieKind};
use twinlock_service::{note::NoteKind, sessions::same_token};

use super::notes::{self, Held};
use crate::render::go;

/// How long a form that was answered is recognised, in seconds.
const LIFETIME_SECS: i64 = 120;

/// A form that was answered.
#[derive(Serialize, Deserialize)]
pub(super) struct Answered {
    /// Where it was sent to.
    pub(super) path: String,
    /// Where its answer led.
    pub(super) location: String,
    /// The token that it carried is one of these.
    pub(super) forms: Vec<String>,
}

impl Answered {
    pub(super) fn text(&self) -> Vec<u8> {
        serde_json::to_vec(self).unwrap_or_default()
    }
}

pub(super) fn kind(holder: &str) -> NoteKind<'_> {
    NoteKind { label: "form answered", holder, lifetime_secs: LIFETIME_SECS }
}

/// Where the first one led, if the form with this stale token was answered lately in this browser.
pub(crate) fn answer(state: &WebState, parts: &Parts, token: &str) -> Option<Response> {
    let held = Held::of(state, &parts.headers);
    let text = notes::read(state, &parts.headers, CookieKind::Answered, kind(held.holder()))?;
    let answered: Answered = serde_json::from_slice(&text).ok()?;
    let same = answered.path == parts.uri.path();
    let known = answered.forms.iter().any(|form| same_token(form, token));
    (same && known).then(|| go(&answered.location))
}
