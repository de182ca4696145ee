//! Counters that `/metrics` shows. Labels are few and fixed: never a name, an address or an id.

use axum::http::{Method, StatusCode};
use metrics::{counter, histogram};
use twinlock_service::login::{LoginError, Outcome};

/// Counts a request and its latency, by the route's pattern.
pub fn request(method: &Method, route: &str, status: StatusCode, millis: i64) {
    let method = if is_usual(method) { method.as_str().to_owned() } else { "other".to_owned() };
    let labels =
        [("method", method), ("route", route.to_owned()), ("status", format!("{}xx", status.as_u16() / 100))];
    counter!("twinlock_http_requests_total", &labels).increment(1);
    #[allow(clippy::cast_precision_loss)]
    histogram!("twinlock_http_request_seconds", &labels[..2]).record(millis.max(0) as f64 / 1000.0);
}

/// A made-up method must not make a label.
fn is_usual(method: &Method) -> bool {
    [Method::GET, Method::HEAD, Method::POST, Method::PATCH, Method::PUT, Method::DELETE, Method::OPTIONS]
        .contains(method)
}

/// Counts a sign-in by outcome and method.
pub fn sign_in(outcome: &Result<Outcome, LoginError>) {
    let (result, method) = match outcome {
        Ok(Outcome::Done(done)) => ("succeeded", method_of(&done.issued.proofs.amr())),
        Ok(Outcome::NeedFactor(_)) => ("second_factor_due", "password"),
        Err(LoginError::InvalidCredentials) => ("refused", "password"),
        Err(LoginError::InvalidCode { .. }) => ("refused", "code"),
        Err(LoginError::KeyRefused | LoginError::KeyShape(_)) => ("refused", "webauthn"),
        Err(LoginError::NoKey | LoginError::KeysUnavailable) => ("failed", "webauthn"),
        Err(LoginError::TokenInvalid) => ("expired", "code"),
        Err(LoginError::TooMany(_) | LoginError::Locked { .. }) => ("throttled", "any"),
        Err(LoginError::MustEnrol) => ("enrolment_due", "password"),
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
