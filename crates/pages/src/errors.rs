//! Friendly error pages.

use std::sync::Arc;

use askama::Template;
use twinlock_http::http::{Code, ErrorPage as Renderer, Problem, RequestId};

use super::form::FORM_EXPIRED;
use crate::view::{
    Page,
    error::{ErrorKind, ErrorPage},
};

/// Renders a problem as a page. What is not one of the known kinds is "something is wrong with the
/// request", or with us.
pub fn error_page(public_url: &str) -> Renderer {
    let public_url = public_url.to_owned();
    Arc::new(move |problem: &Problem, id: RequestId| {
        let page = Page { request_id: id.0.to_string(), ..Page::default() };
        let view = ErrorPage { page, kind: kind(problem, &public_url) };
        view.render().unwrap_or_else(|_| problem.code.title().to_owned())
    })
}

fn kind(problem: &Problem, public_url: &str) -> ErrorKind {
    match problem.code {
        Code::Forbidden if problem.has(FORM_EXPIRED) => ErrorKind::FormExpired,
        Code::Forbidden => ErrorKind::Forbidden,
        Code::NotFound => ErrorKind::NotFound,
        Code::MethodNotAllowed => ErrorKind::MethodNotAllowed,
        Code::Conflict => ErrorKind::Conflict,
        Code::MisdirectedRequest => ErrorKind::Misdirected { public_url: public_url.to_owned() },
        Code::TooManyAttempts => ErrorKind::TooMany { wait_secs: problem.retry_after.unwrap_or(60) },
        Code::Internal => ErrorKind::Internal,
        Code::Unavailable => ErrorKind::Unavailable,
        _ if problem.status.is_server_error() => ErrorKind::Internal,
        _ => ErrorKind::BadRequest,
    }
}
