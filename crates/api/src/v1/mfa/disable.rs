//! `POST /api/v1/mfa/disable`

use axum::extract::State;
use serde::{Deserialize, Serialize};
use twinlock_http::{
    WebState,
    extract::{LoggedIn, MfaAvailable, RequestClient},
    http::{ApiJson, Problem},
    reply::Renewed,
};
use twinlock_service::factors;
use utoipa::ToSchema;

use crate::v1::answer::{FreshToken, ProblemDocument};

/// A code, unless a step-up is fresh.
#[derive(Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct DisableRequest {
    /// Code of an authenticator app, or a recovery code.
    code: Option<String>,
}

/// Second factors are off.
#[derive(Serialize, ToSchema)]
pub struct DisableAnswer {
    /// Always false.
    enabled: bool,
    #[serde(flatten)]
    fresh: FreshToken,
}

/// Switch second factors off: every factor and recovery code goes, other sessions end.
#[utoipa::path(
    post, path = "/api/v1/mfa/disable", tag = "Second factors", request_body = Option<DisableRequest>,
    security(("bearer" = [])),
    responses(
        (status = 200, body = DisableAnswer),
        (status = 401, body = ProblemDocument, description = "`unauthenticated`, `invalid_mfa_code`"),
        (status = 403, body = ProblemDocument, description = "`step_up_required`"),
        (status = 409, body = ProblemDocument, description = "`mfa_not_enabled`"),
        (status = 422, body = ProblemDocument, description = "`validation_failed`"),
        (status = 429, body = ProblemDocument, description = "`too_many_attempts`"),
    ),
)]
pub async fn disable(
    State(state): State<WebState>,
    _: MfaAvailable,
    LoggedIn(caller): LoggedIn,
    RequestClient(client): RequestClient,
    ApiJson(body): ApiJson<DisableRequest>,
) -> Result<Renewed<DisableAnswer>, Problem> {
    let issued = factors::disable(&state.app, &client, &caller, body.code.as_deref()).await?;
    let answer = DisableAnswer { enabled: false, fresh: FreshToken::from(&issued) };
    Ok(Renewed::new(&state, answer, issued))
}
