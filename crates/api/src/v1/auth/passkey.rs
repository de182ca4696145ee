//! `POST /api/v1/auth/passkey`

use axum::{Json, extract::State};
use serde::Deserialize;
use serde_json::Value;
use twinlock_http::{
    WebState,
    extract::{MfaAvailable, RequestClient},
    http::{ApiJson, Problem},
};
use twinlock_service::{login::Target, security_keys::passkey::sign_in};
use utoipa::ToSchema;

use super::answered;
use crate::v1::answer::{ProblemDocument, SignInAnswer, SignedInAnswer};

/// What the passkey answered.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PasskeyRequest {
    /// `AuthenticationResponseJSON` (W3C WebAuthn Level 3, §5.1), with the user handle.
    #[schema(value_type = Object)]
    credential: Value,
}

/// Sign in with a passkey alone: it verified the person, so it opens both locks.
#[utoipa::path(
    post, path = "/api/v1/auth/passkey", tag = "Signing in", request_body = PasskeyRequest,
    responses(
        (status = 200, body = SignedInAnswer),
        (status = 401, body = ProblemDocument, description = "`invalid_webauthn_response`"),
        (status = 422, body = ProblemDocument, description = "`validation_failed`"),
        (status = 429, body = ProblemDocument, description = "`too_many_attempts`: very many answers to nothing that is open"),
    ),
)]
pub async fn passkey(
    State(state): State<WebState>,
    _: MfaAvailable,
    RequestClient(client): RequestClient,
    ApiJson(body): ApiJson<PasskeyRequest>,
) -> Result<Json<SignInAnswer>, Problem> {
    let outcome = sign_in(&state.app, &client, &body.credential, Target::API).await;
    answered(&state, outcome)
}
