//! Routes that exist only while the server has second factors switched on.

use axum::{extract::FromRequestParts, http::request::Parts};

use crate::{
    WebState,
    http::{Code, Problem},
};

/// `mfa.enabled` is true; with it off the route does not exist.
pub struct MfaAvailable;

impl FromRequestParts<WebState> for MfaAvailable {
    type Rejection = Problem;

    async fn from_request_parts(_: &mut Parts, state: &WebState) -> Result<Self, Problem> {
        if state.app.config().mfa_enabled { Ok(Self) } else { Err(Problem::new(Code::NotFound)) }
    }
}
