//! `/guide…` and `/llms.txt`: the guide for people, and as Markdown for programs that read.

use askama::Template;
use axum::{
    Router,
    extract::{Path, State},
    http::{HeaderValue, header},
    response::{IntoResponse, Response},
    routing::get,
};
use twinlock_http::{
    WebState,
    http::{Code, Problem},
};

use super::{
    render::page,
    visitor::{PreLogin, SignedIn},
};
use crate::{
    guide::{self, Entry},
    view::{
        NavItem, Page,
        guide::{GuideIndexPage, GuidePage, LlmsIndex},
    },
};

/// The same for everybody, and for as long as the program is.
const CACHE_CONTROL: &str = "public, max-age=3600";
/// The page of pictures and troubles, as Markdown: a page of the guide says the same.
const HELP: &str = "people/two-locks";

pub(super) fn routes() -> Router<WebState> {
    Router::new()
        .route(guide::ROOT, get(index))
        .route("/guide/{*path}", get(show))
        .route("/help/mfa.md", get(|| async { markdown(HELP) }))
        .route("/llms.txt", get(llms))
}

async fn index(State(state): State<WebState>, visitor: Option<SignedIn>, browser: PreLogin) -> Response {
    let page_layout = layout(&state, visitor.as_ref(), &browser);
    page(&GuideIndexPage { page: page_layout, parts: guide::parts() })
}

async fn show(
    State(state): State<WebState>,
    Path(path): Path<String>,
    visitor: Option<SignedIn>,
    browser: PreLogin,
) -> Response {
    if let Some(path) = path.strip_suffix(".md") {
        return markdown(path);
    }
    if let Some(bytes) = guide::picture(&path) {
        return for_everybody("image/png", bytes);
    }
    let Some(html) = guide::html(&path) else { return Problem::new(Code::NotFound).into_response() };
    let (before, title, after) = neighbours(&path);
    page(&GuidePage {
        page: layout(&state, visitor.as_ref(), &browser),
        title,
        html,
        markdown: format!("{}/{path}.md", guide::ROOT),
        before,
        after,
    })
}

fn layout(state: &WebState, visitor: Option<&SignedIn>, browser: &PreLogin) -> Page {
    visitor.map_or_else(|| browser.page(), |visitor| visitor.page(state, NavItem::Help))
}

fn markdown(path: &str) -> Response {
    match guide::markdown(path) {
        Some(text) => for_everybody("text/markdown; charset=utf-8", text),
        None => Problem::new(Code::NotFound).into_response(),
    }
}

fn for_everybody(kind: &'static str, body: impl IntoResponse) -> Response {
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static(kind)),
        (header::CACHE_CONTROL, HeaderValue::from_static(CACHE_CONTROL)),
    ];
    (headers, body).into_response()
}

/// The page before, what the index calls this one, and the page after.
fn neighbours(path: &str) -> (Option<Entry>, String, Option<Entry>) {
    let pages: Vec<_> = guide::parts().iter().flat_map(|part| &part.pages).collect();
    let Some(at) = pages.iter().position(|entry| entry.path == path) else {
        return (None, String::new(), None);
    };
    let at_place = |place: usize| pages.get(place).map(|entry| Entry::clone(entry));
    (at.checked_sub(1).and_then(at_place), pages[at].title.clone(), at_place(at + 1))
}

async fn llms(State(state): State<WebState>) -> Response {
    let index = LlmsIndex { about: guide::about(), parts: guide::parts(), origin: state.http.origin() };
    match index.render() {
        Ok(text) => text.into_response(),
        Err(_) => Problem::new(Code::Internal).into_response(),
    }
}
