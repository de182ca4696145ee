//! Signing in and out.

pub mod invitation;
pub mod login;
pub mod logout;
pub mod mfa;
pub mod mfa_webauthn;
pub mod mfa_webauthn_options;
pub mod passkey;
pub mod passkey_options;
pub mod password_change;
pub mod password_reset;
pub mod password_reset_confirm;
pub mod session;
pub mod step_up;
pub mod step_up_options;

use axum::Json;
use twinlock_http::{WebState, count, http::Problem};
use twinlock_service::login::{LoginError, Outcome};

use super::answer::SignInAnswer;

/// The answer to a step of a sign-in, which is counted.
fn answered(state: &WebState, outcome: Result<Outcome, LoginError>) -> Result<Json<SignInAnswer>, Problem> {
    count::sign_in(&outcome);
    Ok(Json(SignInAnswer::of(outcome?, state.app.now())))
}
