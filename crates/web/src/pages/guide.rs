//! `/guide…` and `/llms.txt`: the guide for people, and as Markdown for programs that read.

use askama::Template;
use axum::{
    Router,
    extract::{Path, State},
    http::{HeaderValue, header},
    response::{IntoResponse, Response},
    routing::get,
};

use super::{
    render::page,
    visitor::{PreLogin, SignedIn},
};
use crate::{
    WebState,
    guide::{self, Entry},
    http::{Code, Problem},
    view::{
        NavItem, Page,
        guide::{GuideIndexPage, GuidePage, LlmsIndex},
    },
};

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
        return ([(header::CONTENT_TYPE, HeaderValue::from_static("image/png"))], bytes).into_response();
    }
    let Some(text) = guide::markdown(&path) else { return Problem::new(Code::NotFound).into_response() };
    let (before, title, after) = neighbours(&path);
    page(&GuidePage {
        page: layout(&state, visitor.as_ref(), &browser),
        title,
        html: guide::html(text),
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
        Some(text) => {
            let kind = HeaderValue::from_static("text/markdown; charset=utf-8");
            ([(header::CONTENT_TYPE, kind)], text).into_response()
        }
        None => Problem::new(Code::NotFound).into_response(),
    }
}

/// The page before, what the index calls this one, and the page after.
fn neighbours(path: &str) -> (Option<Entry>, String, Option<Entry>) {
    let pages: Vec<_> = guide::parts().into_iter().flat_map(|part| part.pages).collect();
    let Some(at) = pages.iter().position(|entry| entry.path == path) else {
        return (None, String::new(), None);
    };
    let before = at.checked_sub(1).and_then(|before| pages.get(before)).cloned();
    (before, pages[at].title.clone(), pages.get(at + 1).cloned())
}

async fn llms(State(state): State<WebState>) -> Response {
    let index = LlmsIndex { about: guide::about(), parts: guide::parts(), origin: state.http.origin() };
    match index.render() {
        Ok(text) => text.into_response(),
        Err(_) => Problem::new(Code::Internal).into_response(),
    }
}
