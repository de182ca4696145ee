//! `GET /api/v1/tenants/{tenantID}/mfa/history`

use axum::{Json, extract::State};
use serde::{Deserialize, Deserializer, Serialize, de};
use twinlock_http::{
    WebState,
    extract::{May, MfaAvailable, administrative::SeePeople},
    http::{ApiPath, ApiQuery, Problem},
};
use twinlock_service::mfa_history;
use utoipa::ToSchema;

use crate::v1::answer::ProblemDocument;

/// Days of an answer when none are asked for.
const DEFAULT_DAYS: u32 = 90;

/// How far back.
#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HistoryQuery {
    #[serde(default)]
    days: Days,
}

/// How many days: 1 to 400, by default 90.
struct Days(u32);

impl Default for Days {
    fn default() -> Self {
        Self(DEFAULT_DAYS)
    }
}

impl<'de> Deserialize<'de> for Days {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let digits = (1..=3).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit());
        match text.parse() {
            Ok(days) if digits && (1..=mfa_history::DAYS).contains(&days) => Ok(Self(days)),
            _ => Err(de::Error::custom("expected a whole number from 1 to 400")),
        }
    }
}

/// The organisation on one day.
#[derive(Serialize, ToSchema)]
pub struct EnrollmentDay {
    /// The day, in UTC.
    #[schema(format = Date, example = "2026-11-22")]
    day: String,
    /// Everybody who could sign in.
    users_total: u64,
    /// Those with a second factor of a kind that is allowed now.
    users_enrolled: u64,
}

/// Enrollment over time.
#[derive(Serialize, ToSchema)]
pub struct MfaHistory {
    /// As it was at the beginning of each day, oldest first, and as it is now: the last is today. Days on which no
    /// server ran are missing.
    days: Vec<EnrollmentDay>,
}

/// How many had a second factor, day by day? For owners, administrators and the helpdesk.
#[utoipa::path(
    get, path = "/api/v1/tenants/{tenantID}/mfa/history", tag = "Organisation", security(("bearer" = [])),
    params(
        ("tenantID" = String, Path, description = "Id of the organisation"),
        ("days" = Option<u32>, Query, description = "How many days, today included: 1 to 400, by default 90"),
    ),
    responses(
        (status = 200, body = MfaHistory),
        (status = 401, body = ProblemDocument, description = "`unauthenticated`"),
        (status = 403, body = ProblemDocument, description = "`forbidden`, `mfa_enrollment_required`"),
        (status = 404, body = ProblemDocument, description = "`not_found`"),
        (status = 422, body = ProblemDocument, description = "`validation_failed`"),
    ),
)]
pub async fn mfa_history(
    State(state): State<WebState>,
    _: MfaAvailable,
    May(caller, ..): May<SeePeople>,
    ApiPath(tenant): ApiPath<String>,
    ApiQuery(query): ApiQuery<HistoryQuery>,
) -> Result<Json<MfaHistory>, Problem> {
    let found = mfa_history::of_tenant(&state.app, &caller, &tenant, query.days.0).await?;
    let days = found.into_iter().map(|counted| EnrollmentDay {
        day: counted.day.to_string(),
        users_total: counted.people,
        users_enrolled: counted.enrolled,
    });
    Ok(Json(MfaHistory { days: days.collect() }))
}
