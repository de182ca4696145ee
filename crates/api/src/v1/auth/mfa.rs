//! `POST /api/v1/auth/mfa`

use axum::{Json, extract::State};
use serde::Deserialize;
use twinlock_http::{
    WebState,
    extract::{MfaAvailable, RequestClient},
    http::{ApiJson, Problem},
};
use twinlock_service::{login::Target, second_step};
use utoipa::ToSchema;

use super::answered;
use crate::v1::{
    answer::{ProblemDocument, SignInAnswer, SignedInAnswer},
    given,
};

/// A pending login and a code.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct MfaRequest {
    /// From the first step.
    mfa_token: String,
    /// Code of an authenticator app, or a recovery code.
    #[schema(example = "123456")]
    mfa_code: String,
}

/// Finish a pending login with a code.
#[utoipa::path(
    post, path = "/api/v1/auth/mfa", tag = "Signing in", request_body = MfaRequest,
    responses(
        (status = 200, body = SignedInAnswer),
        (status = 401, body = ProblemDocument, description = "`mfa_token_invalid`, `invalid_mfa_code`"),
        (status = 422, body = ProblemDocument, description = "`validation_failed`"),
        (status = 429, body = ProblemDocument, description = "`too_many_attempts`"),
    ),
)]
pub async fn mfa(
    State(state): State<WebState>,
    _: MfaAvailable,
    RequestClient(client): RequestClient,
    ApiJson(body): ApiJson<MfaRequest>,
) -> Result<Json<SignInAnswer>, Problem> {
    let code = given("mfa_code", &body.mfa_code)?;
    let outcome = second_step::with_code(&state.app, &client, &body.mfa_token, code, Target::API).await;
    answered(&state, outcome)
}
