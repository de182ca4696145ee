//! `POST /api/v1/mfa/recovery-codes`

use axum::extract::State;
use secrecy::ExposeSecret;
use serde::Serialize;
use twinlock_service::factors;
use utoipa::ToSchema;

use crate::{
    WebState,
    api::v1::{
        Empty,
        answer::{FreshToken, ProblemDocument},
    },
    extract::{LoggedIn, MfaAvailable, RequestClient},
    http::{ApiJson, Problem},
    reply::Renewed,
};

/// New codes, shown once.
#[derive(Serialize, ToSchema)]
pub struct RecoveryCodesAnswer {
    /// The codes.
    backup_codes: Vec<String>,
    #[serde(flatten)]
    fresh: FreshToken,
}

/// Replace the recovery codes: the old set is void. Needs a step-up.
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
    LoggedIn(caller): LoggedIn,
    RequestClient(client): RequestClient,
    _: ApiJson<Empty>,
) -> Result<Renewed<RecoveryCodesAnswer>, Problem> {
    let new = factors::regenerate_codes(&state.app, &client, &caller).await?;
    let answer = RecoveryCodesAnswer {
        backup_codes: new.codes.iter().map(|code| code.expose_secret().to_owned()).collect(),
        fresh: FreshToken::from(&new.issued),
    };
    Ok(Renewed::new(&state, answer, new.issued))
}
