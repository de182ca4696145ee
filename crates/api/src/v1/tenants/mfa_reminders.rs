//! `POST /api/v1/tenants/{tenantID}/mfa/reminders`

use axum::{Json, extract::State, http::StatusCode};
use serde::{Deserialize, Serialize};
use twinlock_core::ids::UserId;
use twinlock_http::{
    WebState,
    extract::{May, MfaAvailable, RequestClient, administrative::Change},
    http::{ApiJson, ApiPath, Problem},
};
use twinlock_service::remind::{self, MAX_NAMED, Round};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::v1::answer::ProblemDocument;

/// Whom to remind.
#[derive(Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RemindersRequest {
    /// These people, 1 to 1000; by default everybody without a second factor that counts.
    user_ids: Option<Vec<Uuid>>,
}

/// Somebody who was left out.
#[derive(Serialize, ToSchema)]
pub struct Skipped {
    /// Who.
    user_id: Uuid,
    /// `no_email`, `already_enrolled`, `reminded_recently` (within a day), `invited` (not accepted yet), `suspended` or
    /// `too_many_mails` (so many wait that this one would wait for days).
    #[schema(example = "reminded_recently")]
    reason: &'static str,
}

/// What became of the reminders.
#[derive(Serialize, ToSchema)]
pub struct RemindersAnswer {
    /// Mails that are on their way.
    queued: u64,
    /// Who was left out; of many, the first thousand.
    skipped: Vec<Skipped>,
}

impl From<Round> for RemindersAnswer {
    fn from(round: Round) -> Self {
        let skipped = round.skipped.into_iter();
        Self {
            queued: round.queued,
            skipped: skipped.map(|(id, reason)| Skipped { user_id: id.0, reason: reason.as_str() }).collect(),
        }
    }
}

/// Ask people by mail to enrol a second factor. Nobody is asked more than once a day.
#[utoipa::path(
    post, path = "/api/v1/tenants/{tenantID}/mfa/reminders", tag = "Organisation",
    request_body = Option<RemindersRequest>, security(("bearer" = [])),
    params(("tenantID" = String, Path, description = "Id of the organisation")),
    responses(
        (status = 202, body = RemindersAnswer),
        (status = 401, body = ProblemDocument, description = "`unauthenticated`"),
        (
            status = 403, body = ProblemDocument,
            description = "`forbidden`, `step_up_required`, `mfa_enrollment_required`"
        ),
        (status = 404, body = ProblemDocument, description = "`not_found`: the organisation, or one of the people"),
        (status = 422, body = ProblemDocument, description = "`validation_failed`"),
    ),
)]
pub async fn mfa_reminders(
    State(state): State<WebState>,
    _: MfaAvailable,
    May(caller, ..): May<Change>,
    at: (RequestClient, ApiPath<String>),
    ApiJson(body): ApiJson<RemindersRequest>,
) -> Result<(StatusCode, Json<RemindersAnswer>), Problem> {
    let (RequestClient(client), ApiPath(tenant)) = at;
    let named: Option<Vec<UserId>> = body.user_ids.map(|ids| ids.into_iter().map(UserId).collect());
    if named.as_ref().is_some_and(|ids| ids.is_empty() || ids.len() > MAX_NAMED) {
        return Err(Problem::invalid("user_ids", "must name 1 to 1000 people"));
    }
    let round = remind::send(&state.app, &client, &caller, &tenant, named.as_deref()).await?;
    Ok((StatusCode::ACCEPTED, Json(round.into())))
}
