//! `POST /api/v1/auth/password-reset`

use axum::{extract::State, http::StatusCode};
use serde::Deserialize;
use twinlock_http::{
    WebState,
    extract::RequestClient,
    http::{ApiJson, Problem},
    problem::too_many,
};
use twinlock_service::recover;
use utoipa::ToSchema;

use crate::v1::answer::ProblemDocument;

/// Whose password was forgotten.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PasswordResetRequest {
    /// The organisation's id.
    #[schema(example = "demo")]
    tenant_id: String,
    /// The address on file.
    #[schema(example = "maria@demo.example")]
    email: String,
}

/// Ask for a link by mail. The answer is the same whether or not there is such an account.
#[utoipa::path(
    post, path = "/api/v1/auth/password-reset", tag = "Signing in", request_body = PasswordResetRequest,
    responses(
        (status = 202),
        (status = 422, body = ProblemDocument, description = "`validation_failed`"),
        (status = 429, body = ProblemDocument, description = "`too_many_attempts`: very many requests from one network"),
    ),
)]
pub async fn password_reset(
    State(state): State<WebState>,
    RequestClient(client): RequestClient,
    ApiJson(body): ApiJson<PasswordResetRequest>,
) -> Result<StatusCode, Problem> {
    if let Some(wait) = recover::may_ask(&state.app, &client) {
        return Err(too_many(wait));
    }
    recover::request(&state.app, &client, &body.tenant_id, &body.email);
    Ok(StatusCode::ACCEPTED)
}
