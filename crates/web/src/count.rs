//! Counters that `/metrics` shows. Labels are few and fixed: never a name, an address or an id.

use metrics::counter;
use twinlock_service::login::{LoginError, Outcome};

/// Counts a sign-in by outcome and method.
pub fn sign_in(outcome: &Result<Outcome, LoginError>) {
    let (result, method) = match outcome {
        Ok(Outcome::Done(done)) => ("succeeded", method_of(&done.issued.proofs.amr())),
        Ok(Outcome::NeedFactor(_)) => ("second_factor_due", "password"),
        Err(LoginError::InvalidCredentials) => ("refused", "password"),
        Err(LoginError::InvalidCode { .. }) => ("refused", "code"),
        Err(LoginError::TokenInvalid) => ("expired", "code"),
        Err(LoginError::TooMany(_)) => ("throttled", "any"),
        Err(LoginError::MustEnrol) => ("enrolment_due", "password"),
        Err(LoginError::Internal(_)) => ("failed", "any"),
    };
    counter!("twinlock_sign_ins_total", "outcome" => result, "method" => method).increment(1);
}

fn method_of(amr: &[&str]) -> &'static str {
    if amr.contains(&"otp") {
        "totp"
    } else if amr.contains(&"rc") {
        "recovery_code"
    } else {
        "password"
    }
}
