//! `POST /api/v1/mfa/enrollment-proof`

use axum::{extract::State, http::StatusCode};
use twinlock_http::{
    WebState,
    extract::{MayEnrol, MfaAvailable, RequestClient},
    http::{ApiJson, Problem},
};
use twinlock_service::enrollment_proof;

use crate::v1::{Empty, answer::ProblemDocument};

/// Send the code that opens my first enrollment.
///
/// It goes to the address on file, for an enrollment that answered `enrollment_proof_required`. The code
/// before is void. Who has no address gets a code from an administrator instead.
#[utoipa::path(
    post, path = "/api/v1/mfa/enrollment-proof", tag = "Second factors", security(("bearer" = [])),
    responses(
        (status = 202),
        (status = 401, body = ProblemDocument, description = "`unauthenticated`"),
        (
            status = 409, body = ProblemDocument,
            description = "`conflict`: the account has no address, or has a second factor already"
        ),
        (status = 429, body = ProblemDocument, description = "`too_many_attempts`"),
    ),
)]
pub async fn send(
    State(state): State<WebState>,
    _: MfaAvailable,
    MayEnrol(caller): MayEnrol,
    RequestClient(client): RequestClient,
    _: ApiJson<Empty>,
) -> Result<StatusCode, Problem> {
    enrollment_proof::send(&state.app, &client, &caller).await?;
    Ok(StatusCode::ACCEPTED)
}
