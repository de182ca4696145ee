//! `POST /api/v1/mfa/enrollment-proof/verify`

use axum::{Json, extract::State};
use serde::{Deserialize, Serialize};
use twinlock_http::{
    WebState,
    extract::{MayEnrol, MfaAvailable, RequestClient},
    http::{ApiJson, Problem},
};
use twinlock_service::enrollment_proof;
use utoipa::ToSchema;

use crate::v1::{answer::ProblemDocument, given};

/// The code.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ProofRequest {
    /// The eight digits that were mailed, or the enrollment code that an administrator handed over.
    #[schema(example = "12345678")]
    code: String,
}

/// The session may enrol.
#[derive(Serialize, ToSchema)]
pub struct ProofAnswer {
    /// What is still asked for: always `password`.
    #[schema(example = "password")]
    enrollment_proof: &'static str,
    /// Until when the code counts; RFC 3339, UTC.
    #[schema(format = DateTime)]
    expires_at: String,
}

/// Give the code: this session may enrol the first factor now.
#[utoipa::path(
    post, path = "/api/v1/mfa/enrollment-proof/verify", tag = "Second factors",
    request_body = ProofRequest, security(("bearer" = [])),
    responses(
        (status = 200, body = ProofAnswer),
        (status = 401, body = ProblemDocument, description = "`unauthenticated`, `invalid_mfa_code`"),
        (status = 409, body = ProblemDocument, description = "`conflict`: there is a second factor already"),
        (status = 422, body = ProblemDocument, description = "`validation_failed`"),
    ),
)]
pub async fn verify(
    State(state): State<WebState>,
    _: MfaAvailable,
    MayEnrol(caller): MayEnrol,
    RequestClient(client): RequestClient,
    ApiJson(body): ApiJson<ProofRequest>,
) -> Result<Json<ProofAnswer>, Problem> {
    let code = given("code", &body.code)?;
    let until = enrollment_proof::give(&state.app, &client, &caller, code).await?;
    let enrollment_proof = twinlock_core::enrollment::EnrollmentProof::Password.as_str();
    Ok(Json(ProofAnswer { enrollment_proof, expires_at: until.to_string() }))
}
