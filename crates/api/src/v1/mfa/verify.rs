//! `POST /api/v1/mfa/verify`

use axum::extract::State;
use serde::{Deserialize, Serialize};
use twinlock_http::{
    WebState,
    extract::{ConfirmingApp, MfaAvailable, RequestClient},
    http::{ApiJson, Problem},
    reply::Renewed,
};
use twinlock_service::enrol::{self, app::Confirmation};
use utoipa::ToSchema;

use crate::v1::{
    answer::{FreshToken, Method, ProblemDocument, User},
    given,
};

/// The code, or two consecutive ones where the organisation asks for them.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct VerifyRequest {
    /// A current code.
    #[schema(example = "123456")]
    code: String,
    /// The next one.
    second_code: Option<String>,
    /// Whether the recovery codes of the set-up are saved: otherwise they are no way in until
    /// `POST /mfa/recovery-codes/saved` says so, or one is used.
    #[serde(default)]
    codes_saved: bool,
}

/// The factor is enrolled.
#[derive(Serialize, ToSchema)]
pub struct VerifyAnswer {
    /// Always true.
    enabled: bool,
    /// The new factor.
    method: Method,
    /// Recovery codes that are valid now.
    recovery_codes_remaining: u32,
    /// Who is signed in now, where this was the enrollment that a sign-in had led into.
    #[serde(skip_serializing_if = "Option::is_none")]
    user: Option<User>,
    #[serde(flatten)]
    fresh: FreshToken,
}

/// Confirm the candidate: only a right code enables it. Other sessions end.
#[utoipa::path(
    post, path = "/api/v1/mfa/verify", tag = "Second factors", request_body = VerifyRequest,
    security(("bearer" = [])),
    responses(
        (status = 200, body = VerifyAnswer),
        (status = 401, body = ProblemDocument, description = "`unauthenticated`, `invalid_mfa_code`"),
        (
            status = 403, body = ProblemDocument,
            description = "`step_up_required`, `enrollment_proof_required`"
        ),
        (status = 409, body = ProblemDocument, description = "`setup_not_started`, `kind_not_allowed`"),
        (status = 422, body = ProblemDocument, description = "`validation_failed`"),
        (status = 429, body = ProblemDocument, description = "`too_many_attempts`"),
    ),
)]
pub async fn verify(
    State(state): State<WebState>,
    _: MfaAvailable,
    ConfirmingApp(caller): ConfirmingApp,
    RequestClient(client): RequestClient,
    ApiJson(body): ApiJson<VerifyRequest>,
) -> Result<Renewed<VerifyAnswer>, Problem> {
    let confirmation = Confirmation {
        code: given("code", &body.code)?,
        second_code: body.second_code.as_deref(),
        codes_saved: body.codes_saved,
    };
    let enrolled = enrol::app::verify(&state.app, &client, &caller, confirmation).await?;
    let answer = VerifyAnswer {
        enabled: true,
        method: enrolled.method.into(),
        recovery_codes_remaining: enrolled.recovery_codes_remaining,
        user: enrolled.signed_in.map(User::from),
        fresh: FreshToken::from(&enrolled.issued),
    };
    Ok(Renewed::new(&state, answer, enrolled.issued))
}
