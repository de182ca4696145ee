//! `POST /api/v1/auth/passkey/options`

use axum::{Json, extract::State};
use serde::Deserialize;
use twinlock_http::{
    WebState,
    extract::{MfaAvailable, RequestClient},
    http::{ApiJson, Problem},
};
use twinlock_service::security_keys::passkey;
use utoipa::ToSchema;

use crate::v1::answer::{KeyOptions, ProblemDocument};

/// Where somebody wants to sign in.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct OptionsRequest {
    /// The organisation's id.
    #[schema(example = "demo")]
    tenant_id: String,
}

/// A challenge for signing in with a passkey alone. Whether the organisation exists is not told.
#[utoipa::path(
    post, path = "/api/v1/auth/passkey/options", tag = "Signing in", request_body = OptionsRequest,
    responses(
        (status = 200, body = KeyOptions),
        (status = 409, body = ProblemDocument, description = "`kind_not_allowed`: the server has no name"),
        (status = 422, body = ProblemDocument, description = "`validation_failed`"),
    ),
)]
pub async fn options(
    State(state): State<WebState>,
    _: MfaAvailable,
    RequestClient(client): RequestClient,
    ApiJson(body): ApiJson<OptionsRequest>,
) -> Result<Json<KeyOptions>, Problem> {
    let options = passkey::options(&state.app, &client, &body.tenant_id, None).await?;
    Ok(Json(KeyOptions { public_key: options }))
}
