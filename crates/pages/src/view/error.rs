//! When something cannot be shown.

use askama::Template;

use super::Page;

/// What happened. The HTTP status is decided in `problem.rs`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ErrorKind {
    /// 400, 413, 415, 422: the request makes no sense to the server.
    BadRequest,
    /// 403: the form is too old or came from elsewhere, and the browser does not say which.
    FormExpired,
    /// 403: signed in, not allowed.
    Forbidden,
    /// 404
    NotFound,
    /// 405
    MethodNotAllowed,
    /// 409: something changed meanwhile.
    Conflict,
    /// 421: asked under another name than the public address.
    Misdirected {
        /// The right address.
        public_url: String,
    },
    /// 429
    TooMany {
        /// Seconds to wait.
        wait_secs: i64,
    },
    /// 500
    Internal,
    /// 503
    Unavailable,
}

/// Any error as a page.
#[derive(Debug, Template)]
#[template(path = "error.html")]
pub struct ErrorPage {
    /// Common to all pages; `request_id` is shown.
    pub page: Page,
    /// What happened.
    pub kind: ErrorKind,
}

/// A form that was open for too long, to be sent again. Posts what was kept to where it was sent.
/// Status 403.
#[derive(Debug, Template)]
#[template(path = "expired.html")]
pub struct ExpiredFormPage {
    /// Common to all pages; `request_id` is shown, and who is signed in by now.
    pub page: Page,
    /// Where the form was sent.
    pub action: String,
    /// Names and values that were typed and are not secret.
    pub kept: Vec<(String, String)>,
}

impl ErrorPage {
    /// The number shown, the HTTP status.
    pub fn status(&self) -> u16 {
        match self.kind {
            ErrorKind::BadRequest => 400,
            ErrorKind::FormExpired | ErrorKind::Forbidden => 403,
            ErrorKind::NotFound => 404,
            ErrorKind::MethodNotAllowed => 405,
            ErrorKind::Conflict => 409,
            ErrorKind::Misdirected { .. } => 421,
            ErrorKind::TooMany { .. } => 429,
            ErrorKind::Internal => 500,
            ErrorKind::Unavailable => 503,
        }
    }
}
