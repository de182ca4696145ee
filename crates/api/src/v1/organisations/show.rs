//! `GET /api/v1/tenants/{tenantID}`

use axum::{Json, extract::State};
use twinlock_http::{
    WebState,
    extract::{Operator, RequestClient},
    http::{ApiPath, Problem},
};
use twinlock_service::operators::{By, list};

use super::Organisation;
use crate::v1::answer::ProblemDocument;

/// One organisation. For operators.
#[utoipa::path(
    get, path = "/api/v1/tenants/{tenantID}", tag = "Operators", security(("bearer" = [])),
    params(("tenantID" = String, Path, description = "Id of the organisation")),
    responses(
        (status = 200, body = Organisation),
        (status = 401, body = ProblemDocument, description = "`unauthenticated`"),
        (status = 403, body = ProblemDocument, description = "`step_up_required`"),
        (status = 404, body = ProblemDocument, description = "`not_found`: also to whoever is no operator"),
    ),
)]
pub async fn show(
    State(state): State<WebState>,
    Operator(caller): Operator,
    RequestClient(client): RequestClient,
    ApiPath(tenant): ApiPath<String>,
) -> Result<Json<Organisation>, Problem> {
    Ok(Json(list::show(&state.app, By::Session(&client, &caller), &tenant).await?.into()))
}
