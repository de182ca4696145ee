//! What a browser carries from a form's answer to its next request: a form that was refused, to be shown again
//! ([`super`]), and that a form was answered, should it come a second time ([`super::repeat`]).

use axum::{
    extract::{Request, State},
    http::{HeaderMap, HeaderValue, Method, StatusCode, header},
    middleware::Next,
    response::Response,
};
use twinlock_http::{
    WebState,
    http::cookies::{self, CookieKind},
};
use twinlock_service::note::{self, NoteKind};

use super::{
    Kept,
    repeat::{self, Answered},
};
use crate::{again, render::with_cookie};

/// The layer around all pages.
pub async fn carry(State(state): State<WebState>, mut request: Request, next: Next) -> Response {
    let held = Held::of(&state, request.headers());
    match *request.method() {
        Method::GET => {
            let kept = again::for_page(&state, &held, &request);
            let Some(kept) = kept else { return show_again(&state, held.holder(), next.run(request).await) };
            request.extensions_mut().insert(kept);
            let response = next.run(request).await;
            // A page that has nothing to show any more may lead on to one that says why.
            if response.extensions().get::<Kept>().is_some() {
                return show_again(&state, held.holder(), response);
            }
            with_cookie(response, cookies::clear(CookieKind::Again, state.is_https()))
        }
        Method::POST => {
            let path = request.uri().path().to_owned();
            let response = next.run(request).await;
            leave(&state, &held, path, response)
        }
        _ => next.run(request).await,
    }
}

/// What the browser shall bring along.
fn leave(state: &WebState, held: &Held, path: String, mut response: Response) -> Response {
    let renewed = new_session(state, response.headers());
    let holder = renewed.as_deref().unwrap_or(held.holder()).to_owned();
    response = show_again(state, &holder, response);
    let location = response.headers().get(header::LOCATION).and_then(|value| value.to_str().ok());
    if let (StatusCode::SEE_OTHER, Some(location), Some(_)) = (response.status(), location, &renewed) {
        let answered = Answered { path, location: location.to_owned(), forms: held.form_tokens(state) };
        let note = Note { cookie: CookieKind::Answered, kind: repeat::kind(&holder), text: answered.text() };
        response = note.add_to(state, response);
    }
    response
}

fn show_again(state: &WebState, holder: &str, mut response: Response) -> Response {
    match response.extensions_mut().remove::<Kept>() {
        Some(kept) => {
            let note =
                Note { cookie: CookieKind::Again, kind: again::kind(holder), text: again::text(&kept) };
            note.add_to(state, response)
        }
        None => response,
    }
}

/// A note on its way to the browser.
struct Note<'a> {
    cookie: CookieKind,
    kind: NoteKind<'a>,
    text: Vec<u8>,
}

impl Note<'_> {
    /// Without it the page after the answer says less than it could; that is no reason to refuse the answer.
    fn add_to(&self, state: &WebState, response: Response) -> Response {
        let sealed = note::seal(&state.app, self.kind, &self.text).ok();
        let lifetime = Some(self.kind.lifetime_secs);
        let cookie =
            sealed.and_then(|value| cookies::set(self.cookie, state.is_https(), &value, lifetime).ok());
        match cookie {
            Some(cookie) => with_cookie(response, cookie),
            None => response,
        }
    }
}

/// The session cookie that an answer brings, if it brings one.
fn new_session(state: &WebState, headers: &HeaderMap) -> Option<String> {
    let start = format!("{}=", CookieKind::Session.name(state.is_https()));
    let mut cookies =
        headers.get_all(header::SET_COOKIE).iter().filter_map(|value| HeaderValue::to_str(value).ok());
    let value = cookies.find_map(|cookie| cookie.strip_prefix(&start))?.split(';').next()?;
    Some(value.to_owned()).filter(|value| !value.is_empty())
}

/// The secrets that a browser shows with a request.
pub(super) struct Held {
    session: Option<String>,
    before: Option<String>,
}

impl Held {
    pub(super) fn of(state: &WebState, headers: &HeaderMap) -> Self {
        let value = |kind| {
            let found = cookies::find(headers, kind, state.is_https()).ok().flatten();
            found.filter(|value| !value.is_empty()).map(str::to_owned)
        };
        Self { session: value(CookieKind::Session), before: value(CookieKind::PreLogin) }
    }

    /// The one to which its notes are bound.
    pub(super) fn holder(&self) -> &str {
        self.session.as_deref().or(self.before.as_deref()).unwrap_or_default()
    }

    /// The tokens that its forms carry.
    fn form_tokens(&self, state: &WebState) -> Vec<String> {
        use twinlock_service::sessions::{csrf_token, prelogin_token};
        let session = self.session.as_deref().map(|cookie| csrf_token(&state.app, cookie));
        let before = self.before.as_deref().map(|secret| prelogin_token(&state.app, secret));
        session.into_iter().chain(before).filter_map(Result::ok).collect()
    }
}

/// Opens a note of this browser.
pub(super) fn read(
    state: &WebState,
    headers: &HeaderMap,
    cookie: CookieKind,
    kind: NoteKind<'_>,
) -> Option<Vec<u8>> {
    let value = cookies::find(headers, cookie, state.is_https()).ok().flatten()?;
    note::open(&state.app, kind, value)
}
