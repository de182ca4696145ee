//! `PATCH /api/v1/tenants/{tenantID}/settings`

use axum::{Json, extract::State};
use serde::Deserialize;
use twinlock_core::{
    enrollment::EnrollmentProof,
    factor::{
        recovery::CodeFormat,
        webauthn::{Attestation, UserVerification},
    },
};
use twinlock_service::settings::{self, SettingsPatch};
use utoipa::ToSchema;
use uuid::Uuid;

use super::SettingsAnswer;
use crate::{
    WebState,
    api::v1::answer::ProblemDocument,
    extract::{LoggedIn, RequestClient},
    http::{ApiJson, ApiPath, Problem},
};

/// What to change; absent stays.
#[derive(Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SettingsRequest {
    /// 8 to 128.
    password_min_length: Option<usize>,
    /// 1, or 2 consecutive ones.
    totp_enrollment_codes: Option<u8>,
    /// `password`, or `email` for a code by mail as well.
    #[schema(value_type = Option<String>, example = "password")]
    enrollment_proof: Option<EnrollmentProof>,
    /// `8digits` or `long` (16 letters and digits).
    #[schema(value_type = Option<String>, example = "8digits")]
    recovery_code_format: Option<CodeFormat>,
    /// 5 to 43200.
    session_lifetime_minutes: Option<i64>,
    /// `preferred` or `required`.
    #[schema(value_type = Option<String>, example = "preferred")]
    user_verification: Option<UserVerification>,
    /// `none` or `required`.
    #[schema(value_type = Option<String>, example = "none")]
    webauthn_attestation: Option<Attestation>,
    /// The makes that may be registered; needs `webauthn_attestation`.
    webauthn_allowed_aaguids: Option<Vec<Uuid>>,
    /// The version that was seen.
    version: Option<i64>,
}

/// Change the organisation's settings. Needs a fresh second factor once one is enrolled.
#[utoipa::path(
    patch, path = "/api/v1/tenants/{tenantID}/settings", tag = "Organisation",
    request_body = Option<SettingsRequest>, security(("bearer" = [])),
    params(("tenantID" = String, Path, description = "Id of the organisation")),
    responses(
        (status = 200, body = SettingsAnswer),
        (status = 401, body = ProblemDocument, description = "`unauthenticated`"),
        (status = 403, body = ProblemDocument, description = "`forbidden`, `step_up_required`"),
        (status = 404, body = ProblemDocument, description = "`not_found`"),
        (status = 409, body = ProblemDocument, description = "`conflict`: changed since `version`"),
        (status = 422, body = ProblemDocument, description = "`validation_failed`"),
    ),
)]
pub async fn settings_update(
    State(state): State<WebState>,
    LoggedIn(caller): LoggedIn,
    at: (RequestClient, ApiPath<String>),
    ApiJson(body): ApiJson<SettingsRequest>,
) -> Result<Json<SettingsAnswer>, Problem> {
    let (RequestClient(client), ApiPath(tenant)) = at;
    let change = SettingsPatch {
        password_min_length: body.password_min_length,
        totp_enrollment_codes: body.totp_enrollment_codes,
        enrollment_proof: body.enrollment_proof,
        recovery_code_format: body.recovery_code_format,
        session_lifetime_minutes: body.session_lifetime_minutes,
        user_verification: body.user_verification,
        webauthn_attestation: body.webauthn_attestation,
        webauthn_allowed_aaguids: body.webauthn_allowed_aaguids,
    };
    Ok(Json(settings::update(&state.app, &client, &caller, &tenant, (change, body.version)).await?.into()))
}
