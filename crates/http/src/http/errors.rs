//! One place where an error becomes a problem document or a page.
//!
//! Handlers and extractors answer with a [`Problem`]; the framework makes bare statuses (404, 405). For a
//! program's path both leave as `application/problem+json`, for a person's as an error page. A page that a
//! handler rendered itself (a form with its mistakes) is left alone.

use std::sync::Arc;

use axum::{
    http::{HeaderValue, header},
    response::{IntoResponse, Response},
};

use super::{
    problem::{self, Code, Problem},
    request_id::RequestId,
};

/// Renders an error page as a whole HTML document. Nothing of the request is in a [`Problem`] but what
/// its maker put there; escape it all the same.
pub type ErrorPage = Arc<dyn Fn(&Problem, RequestId) -> String + Send + Sync>;

/// Paths that programs use; all others are pages.
const FOR_PROGRAMS: [&str; 5] = ["/api", "/.well-known", "/healthz", "/readyz", "/metrics"];

/// Whether errors under this path are problem documents.
pub fn is_for_programs(path: &str) -> bool {
    FOR_PROGRAMS
        .iter()
        .any(|prefix| path.strip_prefix(prefix).is_some_and(|rest| rest.is_empty() || rest.starts_with('/')))
}

/// The response in the form that suits `path`.
pub(crate) fn dress(response: Response, path: &str, id: RequestId, page: &ErrorPage) -> Response {
    let status = response.status();
    if !status.is_client_error() && !status.is_server_error() {
        return response;
    }
    let problem = response.extensions().get::<Problem>().cloned();
    let content_type = response.headers().get(header::CONTENT_TYPE).map(HeaderValue::as_bytes);
    let keep = match (&problem, is_for_programs(path)) {
        (Some(_), true) => true,
        (Some(_), false) => false,
        (None, true) => content_type == Some(problem::CONTENT_TYPE.as_bytes()),
        (None, false) => content_type.is_some_and(|text| !text.starts_with(b"text/plain")),
    };
    if keep {
        return response;
    }
    let problem = problem.unwrap_or_else(|| Problem::new(Code::from_status(status)).with_status(status));
    let fresh = if is_for_programs(path) {
        problem.into_response()
    } else {
        let html = [(header::CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8"))];
        let mut fresh = (problem.status, html, page(&problem, id)).into_response();
        problem.write_headers(&mut fresh);
        fresh
    };
    with_headers_of(response, fresh)
}

/// `fresh` with what else the first answer said: `Allow`, `Set-Cookie` and the like.
fn with_headers_of(first: Response, mut fresh: Response) -> Response {
    let (first, _) = first.into_parts();
    let about_body = [header::CONTENT_TYPE, header::CONTENT_LENGTH, header::CONTENT_ENCODING, header::ETAG];
    for (name, value) in &first.headers {
        if !about_body.contains(name) && (name == header::SET_COOKIE || !fresh.headers().contains_key(name)) {
            fresh.headers_mut().append(name.clone(), value.clone());
        }
    }
    fresh
}

/// The page used until a better one is plugged in.
pub fn plain_page() -> ErrorPage {
    Arc::new(|problem, id| {
        let title = problem.code.title();
        format!(
            "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\"><title>{title}</title></head>\
             <body><main><h1>{title}</h1><p><a href=\"/\">Start page</a></p><p>Request {id}</p></main>\
             </body></html>"
        )
    })
}
