//! `DELETE /api/v1/sessions`

use axum::{extract::State, http::StatusCode};
use twinlock_http::{
    WebState,
    extract::{LoggedIn, RequestClient},
    http::Problem,
};
use twinlock_service::sessions;

use crate::v1::answer::ProblemDocument;

/// End all my sessions but this one.
#[utoipa::path(
    delete, path = "/api/v1/sessions", tag = "Sessions", security(("bearer" = [])),
    responses((status = 204), (status = 401, body = ProblemDocument, description = "`unauthenticated`")),
)]
pub async fn end_others(
    State(state): State<WebState>,
    LoggedIn(caller): LoggedIn,
    RequestClient(client): RequestClient,
) -> Result<StatusCode, Problem> {
    sessions::end_all_others(&state.app, &client, &caller).await?;
    Ok(StatusCode::NO_CONTENT)
}
