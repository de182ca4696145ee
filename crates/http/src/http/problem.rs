//! Errors as `application/problem+json` (RFC 9457).

use std::borrow::Cow;

use axum::{
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use serde::Serialize;
use serde_json::{Map, Value};

pub use super::code::Code;

/// The media type of a problem document.
pub const CONTENT_TYPE: &str = "application/problem+json";

/// One wrong field of a request. Neither member ever holds a value that was sent.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct FieldError {
    /// The field's name, with dots for nesting; empty for the request as a whole.
    pub field: String,
    /// What is wrong, for a person.
    pub message: String,
}

/// An error answer. On pages the same value becomes an error page (see [`super::errors`]).
#[derive(Clone, Debug, PartialEq)]
pub struct Problem {
    /// The status, normally the code's own.
    pub status: StatusCode,
    /// The stable code.
    pub code: Code,
    /// What to do, for a person. Private: it is never missing, and always a sentence.
    detail: Cow<'static, str>,
    /// The fields that are wrong.
    pub errors: Vec<FieldError>,
    /// Seconds to wait, sent as `Retry-After`.
    pub retry_after: Option<i64>,
    /// Further members, such as `methods` or `clock_offset_seconds`.
    pub extra: Vec<(&'static str, Value)>,
}

impl Problem {
    /// A problem with the code's own status and its own sentence on what to do.
    pub fn new(code: Code) -> Self {
        Self {
            status: code.status(),
            code,
            detail: Cow::Borrowed(code.detail()),
            errors: Vec::new(),
            retry_after: None,
            extra: Vec::new(),
        }
    }

    /// A `validation_failed` about one field.
    pub fn invalid(field: impl Into<String>, message: impl Into<String>) -> Self {
        Self::new(Code::ValidationFailed).field(field, message)
    }

    /// Says what to do this time, where that is more than the code's own sentence: one sentence with a full stop.
    #[must_use]
    pub fn detail(mut self, text: impl Into<Cow<'static, str>>) -> Self {
        let text = text.into();
        debug_assert!(is_sentence(&text), "no sentence: {text}");
        if is_sentence(&text) {
            self.detail = text;
        }
        self
    }

    /// What to do.
    pub fn what_to_do(&self) -> &str {
        &self.detail
    }

    /// With another status of the same class, which a layer below chose.
    #[must_use]
    pub(crate) fn with_status(mut self, status: StatusCode) -> Self {
        self.status = status;
        self
    }

    /// Adds a wrong field.
    #[must_use]
    pub fn field(mut self, field: impl Into<String>, message: impl Into<String>) -> Self {
        self.errors.push(FieldError { field: field.into(), message: message.into() });
        self
    }

    /// Asks the client to wait this many seconds; at least one.
    #[must_use]
    pub fn retry_after(mut self, seconds: i64) -> Self {
        self.retry_after = Some(seconds.max(1));
        self
    }

    /// Adds a member of its own. The members of RFC 9457 and `code` and `errors` cannot be replaced.
    #[must_use]
    pub fn with(mut self, key: &'static str, value: impl Into<Value>) -> Self {
        self.extra.push((key, value.into()));
        self
    }

    /// Whether it has this member of its own.
    pub fn has(&self, key: &str) -> bool {
        self.extra.iter().any(|(own, _)| *own == key)
    }

    /// A failed WebAuthn ceremony is 401 at sign-in and 422 at registration; this is the latter.
    #[must_use]
    pub fn at_registration(mut self) -> Self {
        if self.code == Code::InvalidWebauthnResponse {
            self.status = StatusCode::UNPROCESSABLE_ENTITY;
        }
        self
    }

    /// The problem document.
    pub fn to_json(&self) -> Value {
        let mut members = Map::new();
        let kind = format!("urn:twinlock:problem:{}", self.code.as_str());
        members.insert("type".to_owned(), kind.into());
        members.insert("title".to_owned(), self.code.title().into());
        members.insert("status".to_owned(), self.status.as_u16().into());
        members.insert("code".to_owned(), self.code.as_str().into());
        members.insert("detail".to_owned(), self.detail.as_ref().into());
        if !self.errors.is_empty() {
            let errors = self.errors.iter().map(|error| {
                Value::Object(Map::from_iter([
                    ("field".to_owned(), error.field.as_str().into()),
                    ("message".to_owned(), error.message.as_str().into()),
                ]))
            });
            members.insert("errors".to_owned(), errors.collect());
        }
        for (key, value) in &self.extra {
            members.entry(*key).or_insert_with(|| value.clone());
        }
        Value::Object(members)
    }

    /// Adds the headers that belong to the problem whatever its body looks like.
    pub(crate) fn write_headers(&self, response: &mut Response) {
        let headers = response.headers_mut();
        if let Some(seconds) = self.retry_after {
            headers.insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        if self.status == StatusCode::UNAUTHORIZED {
            // RFC 9110 §15.5.2: every 401 carries a challenge. Browsers show no dialog for this scheme.
            headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer realm=\"twinlock\""));
        }
    }
}

/// Whether a text is something to say to a person: it begins like a sentence and ends like one.
fn is_sentence(text: &str) -> bool {
    text.len() > 1 && text.ends_with('.') && !text.starts_with(char::is_whitespace)
}

impl From<Code> for Problem {
    fn from(code: Code) -> Self {
        Self::new(code)
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let content_type = [(header::CONTENT_TYPE, HeaderValue::from_static(CONTENT_TYPE))];
        let mut response = (self.status, content_type, self.to_json().to_string()).into_response();
        self.write_headers(&mut response);
        // Kept beside the body so that a page can be made of it instead.
        response.extensions_mut().insert(self);
        response
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_problem_carries_the_members_of_rfc_9457_and_its_own() {
        let problem = Problem::new(Code::InvalidMfaCode)
            .detail("The clock is out of step.")
            .with("clock_offset_seconds", 95)
            .with("status", 200);
        let json = problem.to_json();
        assert_eq!(json["type"], "urn:twinlock:problem:invalid_mfa_code");
        assert_eq!(json["title"], "The code is not right");
        assert_eq!(json["status"], 401);
        assert_eq!(json["code"], "invalid_mfa_code");
        assert_eq!(json["clock_offset_seconds"], 95);
        assert!(json.get("errors").is_none());
    }

    #[test]
    fn waiting_is_said_in_a_header_and_is_never_zero() {
        let response = Problem::new(Code::TooManyAttempts).retry_after(0).into_response();
        assert_eq!(response.status(), 429);
        assert_eq!(response.headers()["retry-after"], "1");
        assert_eq!(response.headers()["content-type"], "application/problem+json");
    }

    #[test]
    fn a_401_names_the_scheme() {
        let response = Problem::new(Code::Unauthenticated).into_response();
        assert!(response.headers()["www-authenticate"].to_str().unwrap().starts_with("Bearer"));
    }

    #[test]
    fn a_failed_ceremony_is_401_at_sign_in_and_422_at_registration() {
        let problem = Problem::new(Code::InvalidWebauthnResponse);
        assert_eq!(problem.status, 401);
        assert_eq!(problem.at_registration().status, 422);
        assert_eq!(Problem::new(Code::Forbidden).at_registration().status, 403);
    }

    /// RFC 9457 §3.1.4 leaves `detail` out at will; the contract never does.
    #[test]
    fn every_code_says_what_to_do_in_one_sentence() {
        let sentences: std::collections::BTreeSet<_> = Code::ALL.iter().map(|code| code.detail()).collect();
        assert_eq!(sentences.len(), Code::ALL.len(), "two codes say the same");
        for code in Code::ALL {
            let json = Problem::new(*code).to_json();
            let detail = json["detail"].as_str().unwrap();
            assert!(is_sentence(detail) && !detail.contains(". "), "{code:?}: {detail}");
            assert_eq!(detail, code.detail());
        }
    }

    #[test]
    fn every_code_has_its_own_text_and_an_error_status() {
        let texts: std::collections::BTreeSet<_> = Code::ALL.iter().map(|code| code.as_str()).collect();
        assert_eq!(texts.len(), Code::ALL.len());
        for code in Code::ALL {
            assert!(code.status().is_client_error() || code.status().is_server_error(), "{code:?}");
        }
    }

    /// The names and statuses of api.md's table, spelled out a second time on purpose.
    #[test]
    fn the_codes_of_the_contract_keep_their_statuses() {
        let contract = "invalid_credentials 401 invalid_mfa_code 401 invalid_webauthn_response 401 \
            mfa_token_invalid 401 unauthenticated 401 step_up_required 403 mfa_enrollment_required 403 \
            enrollment_proof_required 403 mail_code_required 403 kind_not_allowed 409 \
            ambiguous_credentials 400 forbidden 403 not_found 404 mfa_not_enabled 409 \
            setup_not_started 409 last_factor_required 409 conflict 409 validation_failed 422 \
            too_many_attempts 429 malformed_request 400 method_not_allowed 405 payload_too_large 413 \
            unsupported_media_type 415 internal 500 unavailable 503";
        let words: Vec<_> = contract.split_whitespace().collect();
        for pair in words.chunks(2) {
            let code = Code::ALL.iter().find(|code| code.as_str() == pair[0]).unwrap();
            assert_eq!(code.status().as_str(), pair[1], "{}", pair[0]);
        }
    }
}
