//! `POST /api/v1/mfa/recovery-codes/saved`

use axum::{extract::State, http::StatusCode};
use twinlock_http::{
    WebState,
    extract::{LoggedIn, MfaAvailable, RequestClient},
    http::{ApiJson, Problem},
};
use twinlock_service::shown_codes;

use crate::v1::{Empty, answer::ProblemDocument};

/// Say that the recovery codes are saved: from then on they count as a way in. Saying it again changes nothing.
#[utoipa::path(
    post, path = "/api/v1/mfa/recovery-codes/saved", tag = "Second factors", security(("bearer" = [])),
    responses(
        (status = 204, description = "They count as saved."),
        (status = 401, body = ProblemDocument, description = "`unauthenticated`"),
        (status = 403, body = ProblemDocument, description = "`mfa_enrollment_required`"),
        (status = 409, body = ProblemDocument, description = "`mfa_not_enabled`"),
    ),
)]
pub async fn saved(
    State(state): State<WebState>,
    _: MfaAvailable,
    LoggedIn(caller): LoggedIn,
    RequestClient(client): RequestClient,
    _: ApiJson<Empty>,
) -> Result<StatusCode, Problem> {
    shown_codes::saved(&state.app, &client, &caller).await?;
    Ok(StatusCode::NO_CONTENT)
}
