//! `PATCH /api/v1/tenants/{tenantID}`

use axum::{Json, extract::State};
use serde::Deserialize;
use twinlock_http::{
    WebState,
    extract::{ActingOperator, RequestClient},
    http::{ApiJson, ApiPath, Problem},
};
use twinlock_service::operators::{
    By,
    operate::{self, OrganisationPatch},
};
use utoipa::ToSchema;

use super::Organisation;
use crate::v1::answer::ProblemDocument;

/// What to change; absent stays.
#[derive(Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct TenantRequest {
    /// Its name for people.
    name: Option<String>,
    /// Whether nobody can sign in. What is open for its people ends at once.
    suspended: Option<bool>,
}

/// Rename an organisation, suspend it, or let its people in again. For operators; needs a fresh second factor.
#[utoipa::path(
    patch, path = "/api/v1/tenants/{tenantID}", tag = "Operators",
    request_body = Option<TenantRequest>, security(("bearer" = [])),
    params(("tenantID" = String, Path, description = "Id of the organisation")),
    responses(
        (status = 200, body = Organisation),
        (status = 401, body = ProblemDocument, description = "`unauthenticated`"),
        (status = 403, body = ProblemDocument, description = "`step_up_required`"),
        (status = 404, body = ProblemDocument, description = "`not_found`: also to whoever is no operator"),
        (status = 409, body = ProblemDocument, description = "`conflict`: it is to be deleted"),
        (status = 422, body = ProblemDocument, description = "`validation_failed`"),
    ),
)]
pub async fn update(
    State(state): State<WebState>,
    ActingOperator(caller): ActingOperator,
    at: (RequestClient, ApiPath<String>),
    ApiJson(body): ApiJson<TenantRequest>,
) -> Result<Json<Organisation>, Problem> {
    let (RequestClient(client), ApiPath(tenant)) = at;
    let patch = OrganisationPatch { name: body.name, suspended: body.suspended };
    Ok(Json(operate::change(&state.app, By::Session(&client, &caller), &tenant, patch).await?.into()))
}
