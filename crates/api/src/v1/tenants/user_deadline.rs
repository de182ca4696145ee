//! `PUT /api/v1/tenants/{tenantID}/users/{userID}/mfa/deadline`

use axum::{Json, extract::State};
use serde::Deserialize;
use twinlock_core::{clock::Timestamp, ids::UserId};
use twinlock_http::{
    WebState,
    extract::{May, MfaAvailable, RequestClient, administrative::ChangePerson},
    http::{ApiJson, ApiPath, Problem},
};
use twinlock_service::{administration::Whom, deadline};
use utoipa::ToSchema;

use super::mfa_status::UserWithoutMfa;
use crate::v1::answer::ProblemDocument;

/// A deadline of this person's own.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct DeadlineRequest {
    /// RFC 3339; within 365 days. One that is over makes enrollment due now.
    #[schema(format = DateTime)]
    deadline: String,
    /// Why; kept in the audit log. 1 to 500 characters.
    reason: String,
}

/// Give a person a longer (or shorter) time to enrol than the organisation gives.
#[utoipa::path(
    put, path = "/api/v1/tenants/{tenantID}/users/{userID}/mfa/deadline", tag = "Organisation",
    request_body = DeadlineRequest, security(("bearer" = [])),
    params(
        ("tenantID" = String, Path, description = "Id of the organisation"),
        ("userID" = String, Path, description = "Id of the person"),
    ),
    responses(
        (status = 200, body = UserWithoutMfa),
        (status = 401, body = ProblemDocument, description = "`unauthenticated`"),
        (
            status = 403, body = ProblemDocument,
            description = "`forbidden`, `step_up_required`, `mfa_enrollment_required`"
        ),
        (status = 404, body = ProblemDocument, description = "`not_found`"),
        (status = 409, body = ProblemDocument, description = "`conflict`: no second factor is required"),
        (status = 422, body = ProblemDocument, description = "`validation_failed`"),
    ),
)]
pub async fn user_deadline(
    State(state): State<WebState>,
    _: MfaAvailable,
    May(caller, ..): May<ChangePerson>,
    at: (RequestClient, ApiPath<(String, UserId)>),
    ApiJson(body): ApiJson<DeadlineRequest>,
) -> Result<Json<UserWithoutMfa>, Problem> {
    let (RequestClient(client), ApiPath((tenant, user))) = at;
    let until = Timestamp::parse(&body.deadline)
        .ok_or_else(|| Problem::invalid("deadline", "must be an RFC 3339 time"))?;
    let whom = Whom { tenant: &tenant, user };
    let without = deadline::set(&state.app, &client, &caller, &whom, (until, &body.reason)).await?;
    Ok(Json(without.into()))
}
