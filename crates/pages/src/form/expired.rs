//! A form whose token is no longer good: what was typed goes on to where it was sent, with a fresh one.
//!
//! Only where the browser itself says that a page of ours sent it: what somebody else's page made up is
//! not put before a person to be confirmed by a click. No password and no code comes back.

use axum::{
    http::{StatusCode, request::Parts},
    response::{IntoResponse, Response},
};
use twinlock_http::{
    WebState,
    http::{Code, Problem, origin},
};

use super::FORM_EXPIRED;
use crate::{
    render::page_with,
    view::{Page, error::ExpiredFormPage},
};

/// Fields that hold nothing secret. Any other is typed again.
const KEPT: [&str; 11] = [
    "tenant_id",
    "tenant_name",
    "username",
    "display_name",
    "email",
    "name",
    "kind",
    "passkey",
    "method",
    "with",
    "next",
];
/// Longest text that is kept, in bytes: longer than any that a form accepts.
const MAX_KEPT: usize = 1024;

/// The answer to a form that came with a stale token, or with none.
pub(super) fn answer(state: &WebState, parts: &Parts, page: Page, fields: Vec<(String, String)>) -> Response {
    if !origin::is_own(&parts.headers, &state.http) {
        return Problem::new(Code::Forbidden).with(FORM_EXPIRED, true).into_response();
    }
    let keep = |(name, value): &(String, String)| KEPT.contains(&name.as_str()) && value.len() <= MAX_KEPT;
    let kept = fields.into_iter().filter(keep).collect();
    let view = ExpiredFormPage { page, action: parts.uri.path().to_owned(), kept };
    page_with(StatusCode::FORBIDDEN, &view)
}
