//! `POST /api/v1/auth/step-up/options`

use axum::{Json, extract::State};
use twinlock_http::{
    WebState,
    extract::{MfaAvailable, OwnSession, RequestClient},
    http::{ApiJson, Problem},
};
use twinlock_service::step_up;

use crate::v1::{
    Empty,
    answer::{KeyOptions, ProblemDocument},
};

/// A challenge for proving oneself again with a security key. A new one voids the last.
#[utoipa::path(
    post, path = "/api/v1/auth/step-up/options", tag = "Signing in", security(("bearer" = [])),
    responses(
        (status = 200, body = KeyOptions),
        (status = 401, body = ProblemDocument, description = "`unauthenticated`"),
        (status = 409, body = ProblemDocument, description = "`mfa_not_enabled`: no key that could be asked"),
    ),
)]
pub async fn options(
    State(state): State<WebState>,
    RequestClient(client): RequestClient,
    _: MfaAvailable,
    OwnSession(caller): OwnSession,
    _: ApiJson<Empty>,
) -> Result<Json<KeyOptions>, Problem> {
    let options = step_up::key_options(&state.app, &client, &caller).await?;
    Ok(Json(KeyOptions { public_key: options }))
}
