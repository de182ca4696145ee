//! `PATCH /api/v1/mfa/methods/{id}`

use axum::{Json, extract::State};
use serde::Deserialize;
use twinlock_core::ids::FactorId;
use twinlock_http::{
    WebState,
    extract::{MfaAvailable, OwnFactors, RequestClient},
    http::{ApiJson, ApiPath, Problem},
};
use twinlock_service::factors;
use utoipa::ToSchema;

use crate::v1::answer::{Method, ProblemDocument};

/// The new name.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RenameRequest {
    /// 1 to 64 characters.
    name: String,
}

/// Rename a second factor. Needs a step-up.
#[utoipa::path(
    patch, path = "/api/v1/mfa/methods/{id}", tag = "Second factors", request_body = RenameRequest,
    security(("bearer" = [])),
    params(("id" = uuid::Uuid, Path, description = "Id of the factor")),
    responses(
        (status = 200, body = Method),
        (status = 401, body = ProblemDocument, description = "`unauthenticated`"),
        (status = 403, body = ProblemDocument, description = "`step_up_required`"),
        (status = 404, body = ProblemDocument, description = "`not_found`"),
        (status = 422, body = ProblemDocument, description = "`validation_failed`"),
    ),
)]
pub async fn rename(
    State(state): State<WebState>,
    _: MfaAvailable,
    OwnFactors(caller): OwnFactors,
    at: (RequestClient, ApiPath<FactorId>),
    ApiJson(body): ApiJson<RenameRequest>,
) -> Result<Json<Method>, Problem> {
    let (RequestClient(client), ApiPath(id)) = at;
    Ok(Json(factors::rename(&state.app, &client, &caller, id, &body.name).await?.into()))
}
