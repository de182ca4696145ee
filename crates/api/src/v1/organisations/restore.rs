//! `POST /api/v1/tenants/{tenantID}/restore`

use axum::{Json, extract::State};
use twinlock_http::{
    WebState,
    extract::{ActingOperator, RequestClient},
    http::{ApiJson, ApiPath, Problem},
};
use twinlock_service::operators::{By, operate};

use super::Organisation;
use crate::v1::{Empty, answer::ProblemDocument};

/// Keep an organisation that was to be deleted. It stays suspended until its people are let in again. For operators;
/// needs a fresh second factor.
#[utoipa::path(
    post, path = "/api/v1/tenants/{tenantID}/restore", tag = "Operators",
    request_body = Option<Empty>, security(("bearer" = [])),
    params(("tenantID" = String, Path, description = "Id of the organisation")),
    responses(
        (status = 200, body = Organisation),
        (status = 401, body = ProblemDocument, description = "`unauthenticated`"),
        (status = 403, body = ProblemDocument, description = "`step_up_required`"),
        (status = 404, body = ProblemDocument, description = "`not_found`: also to whoever is no operator"),
        (status = 409, body = ProblemDocument, description = "`conflict`: it is not to be deleted"),
    ),
)]
pub async fn restore(
    State(state): State<WebState>,
    ActingOperator(caller): ActingOperator,
    at: (RequestClient, ApiPath<String>),
    ApiJson(Empty {}): ApiJson<Empty>,
) -> Result<Json<Organisation>, Problem> {
    let (RequestClient(client), ApiPath(tenant)) = at;
    Ok(Json(operate::restore(&state.app, By::Session(&client, &caller), &tenant).await?.into()))
}
