//! `DELETE /api/v1/tenants/{tenantID}/users/{userID}/sessions`

use axum::{extract::State, http::StatusCode};
use twinlock_core::ids::UserId;
use twinlock_http::{
    WebState,
    extract::{May, RequestClient, administrative::Change},
    http::{ApiPath, Problem},
};
use twinlock_service::{administration::Whom, people};

use crate::v1::answer::ProblemDocument;

/// Sign a person out everywhere. Needs a fresh second factor once one is enrolled.
#[utoipa::path(
    delete, path = "/api/v1/tenants/{tenantID}/users/{userID}/sessions", tag = "People",
    security(("bearer" = [])),
    params(
        ("tenantID" = String, Path, description = "Id of the organisation"),
        ("userID" = uuid::Uuid, Path, description = "Id of the person"),
    ),
    responses(
        (status = 204),
        (status = 401, body = ProblemDocument, description = "`unauthenticated`"),
        (status = 403, body = ProblemDocument, description = "`forbidden`, `step_up_required`"),
        (status = 404, body = ProblemDocument, description = "`not_found`"),
    ),
)]
pub async fn end(
    State(state): State<WebState>,
    May(caller, ..): May<Change>,
    RequestClient(client): RequestClient,
    ApiPath((tenant, user)): ApiPath<(String, UserId)>,
) -> Result<StatusCode, Problem> {
    people::end_sessions(&state.app, &client, &caller, &Whom { tenant: &tenant, user }).await?;
    Ok(StatusCode::NO_CONTENT)
}
