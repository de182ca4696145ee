//! `DELETE /api/v1/tenants/{tenantID}`

use axum::{extract::State, http::StatusCode};
use twinlock_http::{
    WebState,
    extract::{ActingOperator, RequestClient},
    http::{ApiPath, Problem},
};
use twinlock_service::operators::{By, operate};

use crate::v1::answer::ProblemDocument;

/// Delete an organisation with all that is in it: in seven days. Until then it is suspended and can be restored. For
/// operators; needs a fresh second factor.
#[utoipa::path(
    delete, path = "/api/v1/tenants/{tenantID}", tag = "Operators", security(("bearer" = [])),
    params(("tenantID" = String, Path, description = "Id of the organisation")),
    responses(
        (status = 204),
        (status = 401, body = ProblemDocument, description = "`unauthenticated`"),
        (status = 403, body = ProblemDocument, description = "`step_up_required`"),
        (status = 404, body = ProblemDocument, description = "`not_found`: also to whoever is no operator"),
    ),
)]
pub async fn remove(
    State(state): State<WebState>,
    ActingOperator(caller): ActingOperator,
    RequestClient(client): RequestClient,
    ApiPath(tenant): ApiPath<String>,
) -> Result<StatusCode, Problem> {
    operate::delete(&state.app, By::Session(&client, &caller), &tenant).await?;
    Ok(StatusCode::NO_CONTENT)
}
