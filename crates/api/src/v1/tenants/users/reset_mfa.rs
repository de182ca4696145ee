//! `POST /api/v1/tenants/{tenantID}/users/{userID}/reset-mfa`

use axum::{Json, extract::State};
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};
use twinlock_core::ids::UserId;
use twinlock_http::{
    WebState,
    extract::{May, MfaAvailable, RequestClient, administrative::ResetFactors},
    http::{ApiJson, ApiPath, Problem},
};
use twinlock_service::{administration::Whom, people};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::v1::answer::ProblemDocument;

/// Why the factors are reset.
#[derive(Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ResetMfaRequest {
    /// For the audit log; up to 500 characters.
    reason: Option<String>,
}

/// The factors are gone.
#[derive(Serialize, ToSchema)]
pub struct ResetMfaAnswer {
    /// Whose.
    user_id: Uuid,
    /// Always false.
    mfa_enabled: bool,
    /// Where the person has no address: the code that opens their next enrollment, once, within 24 hours. It is
    /// shown only now: hand it over.
    #[serde(skip_serializing_if = "Option::is_none")]
    enrollment_code: Option<String>,
}

impl ResetMfaAnswer {
    /// Somebody without second factors, and the code to hand over, if there is one.
    pub(super) fn of(user: UserId, code: Option<&SecretString>) -> Self {
        let enrollment_code = code.map(|code| code.expose_secret().to_owned());
        Self { user_id: user.0, mfa_enabled: false, enrollment_code }
    }
}

/// Reset a person's second factors: factors, recovery codes and sessions are gone, and the person is told by mail.
/// Needs an administrator (or helpdesk, for members) who has a second factor, and a fresh proof of it.
#[utoipa::path(
    post, path = "/api/v1/tenants/{tenantID}/users/{userID}/reset-mfa", tag = "People",
    request_body = Option<ResetMfaRequest>, security(("bearer" = [])),
    params(
        ("tenantID" = String, Path, description = "Id of the organisation"),
        ("userID" = uuid::Uuid, Path, description = "Id of the person"),
    ),
    responses(
        (status = 200, body = ResetMfaAnswer),
        (status = 401, body = ProblemDocument, description = "`unauthenticated`"),
        (status = 403, body = ProblemDocument, description = "`forbidden`, `step_up_required`"),
        (status = 404, body = ProblemDocument, description = "`not_found`"),
        (status = 409, body = ProblemDocument, description = "`conflict`: the invitation is still open"),
        (status = 422, body = ProblemDocument, description = "`validation_failed`"),
    ),
)]
pub async fn reset(
    State(state): State<WebState>,
    _: MfaAvailable,
    May(caller, ..): May<ResetFactors>,
    at: (RequestClient, ApiPath<(String, UserId)>),
    ApiJson(body): ApiJson<ResetMfaRequest>,
) -> Result<Json<ResetMfaAnswer>, Problem> {
    let (RequestClient(client), ApiPath((tenant, user))) = at;
    let whom = Whom { tenant: &tenant, user };
    let reset = people::reset_mfa(&state.app, &client, &caller, &whom, body.reason.as_deref()).await?;
    Ok(Json(ResetMfaAnswer::of(reset.user, reset.enrollment_code.as_ref())))
}
