//! `POST /api/v1/auth/mfa/webauthn/options`

use axum::{Json, extract::State};
use serde::Deserialize;
use twinlock_http::{
    WebState,
    extract::{MfaAvailable, RequestClient},
    http::{ApiJson, Problem},
};
use twinlock_service::{login::Target, second_step};
use utoipa::ToSchema;

use crate::v1::answer::{KeyOptions, ProblemDocument};

/// A pending login.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct OptionsRequest {
    /// From the first step.
    mfa_token: String,
}

/// A challenge for the security keys of a pending login. A new one voids the last.
#[utoipa::path(
    post, path = "/api/v1/auth/mfa/webauthn/options", tag = "Signing in", request_body = OptionsRequest,
    responses(
        (status = 200, body = KeyOptions),
        (status = 401, body = ProblemDocument, description = "`mfa_token_invalid`"),
        (status = 409, body = ProblemDocument, description = "`mfa_not_enabled`: no key that could be asked"),
        (status = 422, body = ProblemDocument, description = "`validation_failed`"),
    ),
)]
pub async fn options(
    State(state): State<WebState>,
    RequestClient(client): RequestClient,
    _: MfaAvailable,
    ApiJson(body): ApiJson<OptionsRequest>,
) -> Result<Json<KeyOptions>, Problem> {
    let options = second_step::key_options(&state.app, &client, &body.mfa_token, Target::API).await?;
    Ok(Json(KeyOptions { public_key: options }))
}
