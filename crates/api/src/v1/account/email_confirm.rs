//! `POST /api/v1/account/email/confirm`

use axum::{Json, extract::State};
use serde::Deserialize;
use twinlock_http::{
    WebState,
    extract::RequestClient,
    http::{ApiJson, Problem},
};
use twinlock_service::email;
use utoipa::ToSchema;

use crate::v1::answer::{ProblemDocument, User};

/// The link's token.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ConfirmEmailRequest {
    /// From the mailed link.
    token: String,
}

/// Confirm a new address with its mailed link.
#[utoipa::path(
    post, path = "/api/v1/account/email/confirm", tag = "Account", request_body = ConfirmEmailRequest,
    responses(
        (status = 200, body = User),
        (status = 401, body = ProblemDocument, description = "`invalid_credentials`: the link is not valid"),
        (status = 422, body = ProblemDocument, description = "`validation_failed`"),
    ),
)]
pub async fn email_confirm(
    State(state): State<WebState>,
    RequestClient(client): RequestClient,
    ApiJson(body): ApiJson<ConfirmEmailRequest>,
) -> Result<Json<User>, Problem> {
    Ok(Json(email::confirm(&state.app, &client, &body.token).await?.into()))
}
