//! `POST /api/v1/mfa/recovery-codes`

use axum::{Json, extract::State};
use secrecy::ExposeSecret;
use serde::Serialize;
use twinlock_http::{
    WebState,
    extract::{MfaAvailable, OwnFactors, RequestClient},
    http::{ApiJson, Problem},
};
use twinlock_service::factors;
use utoipa::ToSchema;

use crate::v1::{Empty, answer::ProblemDocument};

/// New codes, shown once.
#[derive(Serialize, ToSchema)]
pub struct RecoveryCodesAnswer {
    /// The codes.
    backup_codes: Vec<String>,
}

/// Replace the recovery codes: the old set is void. Needs a step-up. No session and no token ends with it.
#[utoipa::path(
    post, path = "/api/v1/mfa/recovery-codes", tag = "Second factors", security(("bearer" = [])),
    responses(
        (status = 200, body = RecoveryCodesAnswer),
        (status = 401, body = ProblemDocument, description = "`unauthenticated`"),
        (status = 403, body = ProblemDocument, description = "`step_up_required`"),
        (status = 409, body = ProblemDocument, description = "`mfa_not_enabled`"),
    ),
)]
pub async fn recovery_codes(
    State(state): State<WebState>,
    _: MfaAvailable,
    OwnFactors(caller): OwnFactors,
    RequestClient(client): RequestClient,
    _: ApiJson<Empty>,
) -> Result<Json<RecoveryCodesAnswer>, Problem> {
    let codes = factors::regenerate_codes(&state.app, &client, &caller).await?;
    let backup_codes = codes.iter().map(|code| code.expose_secret().to_owned()).collect();
    Ok(Json(RecoveryCodesAnswer { backup_codes }))
}
