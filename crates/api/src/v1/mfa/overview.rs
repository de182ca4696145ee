//! `GET /api/v1/mfa`

use axum::{Json, extract::State};
use serde::Serialize;
use twinlock_core::{clock::Timestamp, enrollment::EnrollmentProof};
use twinlock_http::{
    WebState,
    extract::{MayEnrol, MfaAvailable},
    http::Problem,
};
use twinlock_service::factors::{self, Overview};
use utoipa::ToSchema;

use crate::v1::{
    answer::{Grace, Method, ProblemDocument},
    mfa::readiness::Readiness,
};

/// One's second factors; never a secret.
#[derive(Serialize, ToSchema)]
pub struct MfaOverview {
    /// Whether a second factor is asked at sign-in.
    enabled: bool,
    /// The factors, oldest first.
    methods: Vec<Method>,
    /// What is asked first at sign-in: `webauthn` or `totp`. Absent without a factor.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "webauthn")]
    preferred: Option<&'static str>,
    /// Unused recovery codes.
    recovery_codes_remaining: u32,
    /// Whether the recovery codes are saved, as far as their owner said. False where there are none.
    recovery_codes_saved: bool,
    /// How ready the person is for losing one thing.
    readiness: Readiness,
    /// Whether the organisation requires a second factor.
    required: bool,
    /// Where no factor is enrolled: what an enrollment in this session still asks for. `email`: give the
    /// code of `POST /mfa/enrollment-proof` first. `password`: one that was given lately is enough.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "password")]
    enrollment_proof: Option<&'static str>,
    /// The deadline for enrolling, where one is running.
    #[serde(skip_serializing_if = "Option::is_none")]
    grace: Option<Grace>,
}

/// What do I have?
#[utoipa::path(
    get, path = "/api/v1/mfa", tag = "Second factors", security(("bearer" = [])),
    responses(
        (status = 200, body = MfaOverview),
        (status = 401, body = ProblemDocument, description = "`unauthenticated`"),
    ),
)]
pub async fn overview(
    State(state): State<WebState>,
    _: MfaAvailable,
    MayEnrol(caller): MayEnrol,
) -> Result<Json<MfaOverview>, Problem> {
    let found = factors::overview(&state.app, &caller).await?;
    Ok(Json(MfaOverview::of(found, state.app.now())))
}

impl MfaOverview {
    pub(crate) fn of(found: Overview, now: Timestamp) -> Self {
        Self {
            enabled: found.enabled,
            methods: found.methods.into_iter().map(Method::from).collect(),
            preferred: found.preferred,
            recovery_codes_remaining: found.recovery_codes_remaining,
            recovery_codes_saved: found.recovery_codes_saved,
            readiness: found.readiness.into(),
            required: found.required,
            enrollment_proof: found.enrollment_proof.map(EnrollmentProof::as_str),
            grace: found.grace_until.map(|deadline| Grace::until(deadline, now)),
        }
    }
}
