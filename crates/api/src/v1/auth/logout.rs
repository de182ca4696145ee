//! `POST /api/v1/auth/logout`

use axum::{extract::State, http::StatusCode};
use twinlock_http::{
    WebState,
    extract::{MayEnrol, RequestClient},
    http::{ApiJson, Problem},
};
use twinlock_service::sessions;

use crate::v1::{Empty, answer::ProblemDocument};

/// End this session.
#[utoipa::path(
    post, path = "/api/v1/auth/logout", tag = "Signing in", security(("bearer" = [])),
    responses((status = 204), (status = 401, body = ProblemDocument, description = "`unauthenticated`")),
)]
pub async fn logout(
    State(state): State<WebState>,
    MayEnrol(caller): MayEnrol,
    RequestClient(client): RequestClient,
    _: ApiJson<Empty>,
) -> Result<StatusCode, Problem> {
    sessions::logout(&state.app, &client, &caller).await?;
    Ok(StatusCode::NO_CONTENT)
}
