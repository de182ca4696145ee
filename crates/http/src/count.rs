//! Counters that `/metrics` shows. Labels are few and fixed: never a name, an address or an id.

use std::sync::Arc;

use axum::http::{Method, StatusCode};
use metrics::{Label, counter, histogram};
use twinlock_service::login::{LoginError, Outcome};

/// Counts a request and its latency, by the route's pattern. On the way of every request: the labels are
/// shared, not copied.
pub fn request(method: &Method, route: Arc<str>, status: StatusCode, millis: i64) {
    let mut labels = vec![Label::from_static_parts("method", word(method)), Label::new("route", route)];
    #[allow(clippy::cast_precision_loss)]
    histogram!("twinlock_http_request_seconds", labels.clone()).record(millis.max(0) as f64 / 1000.0);
    labels.push(Label::from_static_parts("status", class(status)));
    counter!("twinlock_http_requests_total", labels).increment(1);
}

/// The method as a known word: a made-up method must not make a label.
pub(crate) fn word(method: &Method) -> &'static str {
    match *method {
        Method::GET => "GET",
        Method::HEAD => "HEAD",
        Method::POST => "POST",
        Method::PUT => "PUT",
        Method::PATCH => "PATCH",
        Method::DELETE => "DELETE",
        Method::OPTIONS => "OPTIONS",
        _ => "other",
    }
}

fn class(status: StatusCode) -> &'static str {
    match status.as_u16() {
        100..200 => "1xx",
        200..300 => "2xx",
        300..400 => "3xx",
        400..500 => "4xx",
        _ => "5xx",
    }
}

/// Counts a sign-in by outcome and method.
pub fn sign_in(outcome: &Result<Outcome, LoginError>) {
    let (result, method) = match outcome {
        Ok(Outcome::Done(done)) => ("succeeded", method_of(&done.issued.proofs.amr())),
        Ok(Outcome::MustEnrol(_)) => ("enrollment_due", "any"),
        Ok(Outcome::MustChangePassword(_)) => ("password_change_due", "password"),
        Ok(Outcome::NeedFactor(_)) => ("second_factor_due", "password"),
        Err(LoginError::InvalidCredentials) => ("refused", "password"),
        Err(LoginError::InvalidCode { .. }) => ("refused", "code"),
        Err(LoginError::KeyRefused | LoginError::SecondFactorOnly | LoginError::KeyShape(_)) => {
            ("refused", "webauthn")
        }
        Err(LoginError::NoKey | LoginError::KeysUnavailable) => ("failed", "webauthn"),
        Err(LoginError::TokenInvalid) => ("expired", "code"),
        Err(LoginError::TooMany(_) | LoginError::Locked { .. }) => ("throttled", "any"),
        Err(LoginError::Internal(_)) => ("failed", "any"),
    };
    counter!("twinlock_sign_ins_total", "outcome" => result, "method" => method).increment(1);
}

fn method_of(amr: &[&str]) -> &'static str {
    if amr.contains(&"hwk") || amr.contains(&"swk") {
        "webauthn"
    } else if amr.contains(&"otp") {
        "totp"
    } else if amr.contains(&"rc") {
        "recovery_code"
    } else {
        "password"
    }
}
