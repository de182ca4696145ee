//! `DELETE /api/v1/sessions/{id}`

use axum::{extract::State, http::StatusCode};
use twinlock_core::ids::SessionId;
use twinlock_http::{
    WebState,
    extract::{LoggedIn, RequestClient},
    http::{ApiPath, Problem},
};
use twinlock_service::sessions;

use crate::v1::answer::ProblemDocument;

/// End one of my sessions.
#[utoipa::path(
    delete, path = "/api/v1/sessions/{id}", tag = "Sessions", security(("bearer" = [])),
    params(("id" = uuid::Uuid, Path, description = "Id of the session")),
    responses(
        (status = 204),
        (status = 401, body = ProblemDocument, description = "`unauthenticated`"),
        (status = 404, body = ProblemDocument, description = "`not_found`"),
    ),
)]
pub async fn end(
    State(state): State<WebState>,
    LoggedIn(caller): LoggedIn,
    RequestClient(client): RequestClient,
    ApiPath(id): ApiPath<SessionId>,
) -> Result<StatusCode, Problem> {
    sessions::end(&state.app, &client, &caller, id).await?;
    Ok(StatusCode::NO_CONTENT)
}
