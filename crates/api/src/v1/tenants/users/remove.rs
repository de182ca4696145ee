//! `DELETE /api/v1/tenants/{tenantID}/users/{userID}`

use axum::{extract::State, http::StatusCode};
use twinlock_core::ids::UserId;
use twinlock_http::{
    WebState,
    extract::{May, RequestClient, administrative::Change},
    http::{ApiPath, Problem},
};
use twinlock_service::{administration::Whom, people};

use crate::v1::answer::ProblemDocument;

/// Delete a person and everything of theirs. Needs a fresh second factor once one is enrolled; deleting somebody
/// who has second factors needs an administrator who has one.
#[utoipa::path(
    delete, path = "/api/v1/tenants/{tenantID}/users/{userID}", tag = "People", security(("bearer" = [])),
    params(
        ("tenantID" = String, Path, description = "Id of the organisation"),
        ("userID" = uuid::Uuid, Path, description = "Id of the person"),
    ),
    responses(
        (status = 204),
        (status = 401, body = ProblemDocument, description = "`unauthenticated`"),
        (status = 403, body = ProblemDocument, description = "`forbidden`, `step_up_required`"),
        (status = 404, body = ProblemDocument, description = "`not_found`"),
        (status = 409, body = ProblemDocument, description = "`conflict`: the last owner"),
    ),
)]
pub async fn remove(
    State(state): State<WebState>,
    May(caller, ..): May<Change>,
    RequestClient(client): RequestClient,
    ApiPath((tenant, user)): ApiPath<(String, UserId)>,
) -> Result<StatusCode, Problem> {
    people::delete(&state.app, &client, &caller, &Whom { tenant: &tenant, user }).await?;
    Ok(StatusCode::NO_CONTENT)
}
