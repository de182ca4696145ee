//! `POST /api/v1/auth/mfa/webauthn`

use axum::{Json, extract::State};
use serde::Deserialize;
use serde_json::Value;
use twinlock_http::{
    WebState,
    extract::{MfaAvailable, RequestClient},
    http::{ApiJson, Problem},
};
use twinlock_service::{login::Target, second_step};
use utoipa::ToSchema;

use super::answered;
use crate::v1::answer::{ProblemDocument, SignInAnswer, SignedInAnswer};

/// A pending login and what the key answered.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct KeyRequest {
    /// From the first step.
    mfa_token: String,
    /// `AuthenticationResponseJSON` (W3C WebAuthn Level 3, §5.1).
    #[schema(value_type = Object)]
    credential: Value,
}

/// Finish a pending login with a security key. The challenge is used up, whatever comes of it.
#[utoipa::path(
    post, path = "/api/v1/auth/mfa/webauthn", tag = "Signing in", request_body = KeyRequest,
    responses(
        (status = 200, body = SignedInAnswer),
        (status = 401, body = ProblemDocument, description = "`mfa_token_invalid`, `invalid_webauthn_response`"),
        (status = 422, body = ProblemDocument, description = "`validation_failed`"),
    ),
)]
pub async fn key(
    State(state): State<WebState>,
    _: MfaAvailable,
    RequestClient(client): RequestClient,
    ApiJson(body): ApiJson<KeyRequest>,
) -> Result<Json<SignInAnswer>, Problem> {
    let outcome =
        second_step::with_key(&state.app, &client, &body.mfa_token, &body.credential, Target::API).await;
    answered(&state, outcome)
}
