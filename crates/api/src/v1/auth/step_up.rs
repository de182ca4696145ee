//! `POST /api/v1/auth/step-up`

use axum::extract::State;
use serde::Deserialize;
use serde_json::Value;
use twinlock_http::{
    WebState,
    extract::{OwnSession, RequestClient},
    http::{ApiJson, Problem},
    reply::Renewed,
};
use twinlock_service::step_up::{self, Show};
use utoipa::ToSchema;

use crate::v1::{
    answer::{FreshToken, ProblemDocument},
    given,
};

/// A proof: a code, a security key's answer, or for an account without a second factor its password. Exactly
/// one.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct StepUpRequest {
    /// Code of an authenticator app, or a recovery code.
    code: Option<String>,
    /// `AuthenticationResponseJSON` (W3C WebAuthn Level 3, §5.1) to the challenge of `step-up/options`.
    #[schema(value_type = Option<Object>)]
    credential: Option<Value>,
    /// The password; serves only accounts without a second factor.
    #[schema(format = Password)]
    password: Option<String>,
}

/// Prove yourself again: the session's second factor is fresh for ten minutes.
#[utoipa::path(
    post, path = "/api/v1/auth/step-up", tag = "Signing in", request_body = StepUpRequest,
    security(("bearer" = [])),
    responses(
        (status = 200, body = FreshToken),
        (status = 401, body = ProblemDocument,
            description = "`unauthenticated`, `invalid_mfa_code`, `invalid_webauthn_response`, `invalid_credentials`"),
        (status = 403, body = ProblemDocument, description = "`step_up_required`: a password is not enough"),
        (status = 409, body = ProblemDocument, description = "`mfa_not_enabled`"),
        (status = 422, body = ProblemDocument, description = "`validation_failed`"),
        (status = 429, body = ProblemDocument, description = "`too_many_attempts`"),
    ),
)]
pub async fn step_up(
    State(state): State<WebState>,
    OwnSession(caller): OwnSession,
    RequestClient(client): RequestClient,
    ApiJson(body): ApiJson<StepUpRequest>,
) -> Result<Renewed<FreshToken>, Problem> {
    let show = match (body.code, body.credential, body.password) {
        (Some(code), None, None) => Show::Code(given("code", &code)?.to_owned()),
        (None, Some(credential), None) => Show::Key(credential),
        (None, None, Some(password)) => Show::Password(password.into()),
        (None, None, None) => return Err(Problem::invalid("code", "is required")),
        _ => {
            return Err(Problem::invalid("code", "exactly one of code, credential and password may be sent"));
        }
    };
    let issued = step_up::step_up(&state.app, &client, &caller, show).await?;
    Ok(Renewed::new(&state, FreshToken::from(&issued), issued))
}
