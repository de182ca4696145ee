//! What pages answer when a use case did not do what was asked, and when it did.

use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use twinlock_core::{ids::UserId, name::NameError, password::PasswordProblem, throttle::TOTP_STOP};
use twinlock_http::{
    WebState,
    http::{Code, Problem},
    reply::{device_cookie, session_cookie},
};
use twinlock_service::{
    Caller, Issued,
    enrol::Enrolled,
    guard::{self, Act},
};

use crate::{
    render::{go, with_cookie},
    view::{CodeError, FieldError, NewPasswordError, security::Mfa},
    visitor::ENROLLMENT,
};

/// A form that says nothing but "yes".
#[derive(Deserialize)]
pub(crate) struct Yes {}

/// Leads to "confirm it is you", and from there to `next`.
pub(crate) fn confirm_first(next: &str) -> Response {
    let next: String = url::form_urlencoded::byte_serialize(next.as_bytes()).collect();
    go(&format!("/account/confirm?next={next}"))
}

/// The way to a fresh proof where `act` needs one: asked before a form is filled in rather than after.
pub(crate) fn proof_missing(state: &WebState, caller: &Caller, act: Act, here: &str) -> Option<Response> {
    let live = &caller.live;
    let ready = guard::require(&state.app, &live.account, &live.proofs, act);
    ready.is_err().then(|| confirm_first(here))
}

/// What is no mistake in a form of the page `here`: a missing proof and an ended session lead to where
/// they can be mended, everything else is an error page.
pub(crate) fn otherwise(error: impl Into<Problem>, here: &str) -> Response {
    let problem = error.into();
    match problem.code {
        Code::StepUpRequired => confirm_first(here),
        Code::EnrollmentProofRequired => go("/account/security/enrol/proof"),
        Code::MfaEnrollmentRequired => go(ENROLLMENT),
        Code::Unauthenticated => go("/login"),
        Code::MfaNotEnabled => go("/account/security"),
        _ => problem.into_response(),
    }
}

/// An answer that also hands the browser the session's fresh cookie.
pub(crate) fn renewed(state: &WebState, response: Response, issued: &Issued) -> Response {
    match session_cookie(state, issued) {
        Some(cookie) => with_cookie(response, cookie),
        None => Problem::new(Code::Internal).into_response(),
    }
}

/// The answer to an enrollment: where that completed a sign-in, the browser is known from now on.
pub(crate) fn remembered(
    state: &WebState,
    response: Response,
    enrolled: &Enrolled,
) -> Result<Response, Problem> {
    let Some((user, generation)) = enrolled.signed_in.as_ref().zip(enrolled.browser_generation) else {
        return Ok(response);
    };
    Ok(with_cookie(response, device_cookie(state, UserId(user.id), generation)?))
}

/// A code that was not accepted.
pub(crate) fn wrong_code(clock_offset_seconds: Option<i64>) -> CodeError {
    clock_offset_seconds.map_or(CodeError::Wrong, |seconds| CodeError::ClockOff { seconds })
}

/// Codes that are not looked at for a while, or, after very many wrong ones, at all.
pub(crate) fn code_waits(caller: &Caller, wait_secs: i64) -> CodeError {
    let locked = caller.live.account.user.typed.count >= TOTP_STOP;
    if locked { CodeError::Locked } else { CodeError::TooMany { wait_secs } }
}

/// What is wrong with a new password.
pub(crate) fn new_password(problem: &PasswordProblem) -> NewPasswordError {
    let count = |characters: &usize| u32::try_from(*characters).unwrap_or(u32::MAX);
    match problem {
        PasswordProblem::TooShort { min } => NewPasswordError::TooShort { min: count(min) },
        PasswordProblem::TooLong { max } => NewPasswordError::TooLong { max: count(max) },
        PasswordProblem::TooCommon => NewPasswordError::Common,
        PasswordProblem::TooGuessable { .. } | PasswordProblem::ContainsContext => NewPasswordError::Weak,
    }
}

/// What is wrong with a name.
pub(crate) fn name_error(error: &NameError) -> FieldError {
    if matches!(error, NameError::Empty) { FieldError::Missing } else { FieldError::Invalid }
}

/// The state of MFA, as far as this server has it.
pub(crate) fn mfa(state: &WebState, caller: &Caller) -> Mfa {
    let factors = &caller.live.account.factors;
    if !state.app.config().mfa_enabled {
        return Mfa::Absent;
    }
    if !factors.any() {
        return Mfa::Off;
    }
    let keys = factors.total() - factors.apps;
    let (codes_left, codes_saved) = (factors.codes, factors.codes_saved);
    Mfa::On { apps: factors.apps, keys, codes_left, codes_saved }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_that_needs_a_proof_is_come_back_to() {
        let response = confirm_first("/account/password?a=b&c");
        assert_eq!(response.headers()["location"], "/account/confirm?next=%2Faccount%2Fpassword%3Fa%3Db%26c");
    }
}
