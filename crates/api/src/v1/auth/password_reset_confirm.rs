//! `POST /api/v1/auth/password-reset/confirm`

use axum::{extract::State, http::StatusCode};
use serde::Deserialize;
use twinlock_http::{
    WebState,
    extract::RequestClient,
    http::{ApiJson, Problem},
};
use twinlock_service::recover;
use utoipa::ToSchema;

use crate::v1::answer::ProblemDocument;

/// The link's token and a new password.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ConfirmResetRequest {
    /// From the mailed link.
    token: String,
    /// The new password.
    #[schema(format = Password)]
    new_password: String,
}

/// Set a new password with a mailed link. No session comes of it, and second factors stay.
#[utoipa::path(
    post, path = "/api/v1/auth/password-reset/confirm", tag = "Signing in",
    request_body = ConfirmResetRequest,
    responses(
        (status = 204),
        (status = 401, body = ProblemDocument, description = "`invalid_credentials`: the link is not valid"),
        (status = 422, body = ProblemDocument, description = "`validation_failed`"),
    ),
)]
pub async fn password_reset_confirm(
    State(state): State<WebState>,
    RequestClient(client): RequestClient,
    ApiJson(body): ApiJson<ConfirmResetRequest>,
) -> Result<StatusCode, Problem> {
    recover::confirm(&state.app, &client, &body.token, &body.new_password.into()).await?;
    Ok(StatusCode::NO_CONTENT)
}
