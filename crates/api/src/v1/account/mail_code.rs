//! `POST /api/v1/account/mail-code`

use axum::{extract::State, http::StatusCode};
use twinlock_http::{
    WebState,
    extract::{LoggedIn, RequestClient},
    http::{ApiJson, Problem},
};
use twinlock_service::mail_code;

use crate::v1::{Empty, answer::ProblemDocument};

/// Send a code to my address on file, for a change that answered `mail_code_required`.
#[utoipa::path(
    post, path = "/api/v1/account/mail-code", tag = "Account", security(("bearer" = [])),
    responses(
        (status = 202),
        (status = 401, body = ProblemDocument, description = "`unauthenticated`"),
        (status = 409, body = ProblemDocument, description = "`conflict`: the account has no address"),
        (status = 429, body = ProblemDocument, description = "`too_many_attempts`"),
    ),
)]
pub async fn mail_code(
    State(state): State<WebState>,
    LoggedIn(caller): LoggedIn,
    RequestClient(client): RequestClient,
    _: ApiJson<Empty>,
) -> Result<StatusCode, Problem> {
    mail_code::send(&state.app, &client, &caller).await?;
    Ok(StatusCode::ACCEPTED)
}
