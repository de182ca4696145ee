//! `GET /api/v1/tenants/{tenantID}/audit.csv`

use axum::{extract::State, response::Response};
use serde::Deserialize;
use twinlock_core::{audit::EventKind, clock::Timestamp, ids::UserId};
use twinlock_http::{
    WebState, export,
    extract::{May, administrative::Look},
    http::{ApiPath, ApiQuery, Problem, csv::ReadBy},
};
use twinlock_service::audit_log::Filter;

use super::audit::{kind, user};
use crate::v1::answer::ProblemDocument;

/// What to export: all of it.
#[derive(Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ExportQuery {
    #[serde(rename = "type", deserialize_with = "kind")]
    kind: Option<EventKind>,
    #[serde(deserialize_with = "user")]
    user_id: Option<UserId>,
    #[serde(deserialize_with = "user")]
    actor_id: Option<UserId>,
    since: Option<Timestamp>,
    until: Option<Timestamp>,
}

/// The audit log as a CSV file (RFC 4180), newest first. A cell that a spreadsheet would take for a formula begins
/// with an apostrophe. For owners and administrators.
#[utoipa::path(
    get, path = "/api/v1/tenants/{tenantID}/audit.csv", tag = "Organisation", security(("bearer" = [])),
    params(
        ("tenantID" = String, Path, description = "Id of the organisation"),
        ("type" = Option<String>, Query, description = "Only this type"),
        ("user_id" = Option<Uuid>, Query, description = "Only what happened to this person"),
        ("actor_id" = Option<Uuid>, Query, description = "Only what this person did"),
        ("since" = Option<String>, Query, description = "Only from this time on; RFC 3339"),
        ("until" = Option<String>, Query, description = "Only before this time; RFC 3339"),
    ),
    responses(
        (status = 200, body = String, content_type = "text/csv", description = "All that match"),
        (status = 401, body = ProblemDocument, description = "`unauthenticated`"),
        (status = 403, body = ProblemDocument, description = "`forbidden`"),
        (status = 404, body = ProblemDocument, description = "`not_found`"),
        (status = 422, body = ProblemDocument, description = "`validation_failed`"),
    ),
)]
pub async fn export(
    State(state): State<WebState>,
    May(caller, ..): May<Look>,
    ApiPath(tenant): ApiPath<String>,
    ApiQuery(query): ApiQuery<ExportQuery>,
) -> Result<Response, Problem> {
    let filter = Filter {
        kind: query.kind,
        user: query.user_id,
        actor: query.actor_id,
        since: query.since,
        until: query.until,
        before: None,
    };
    export::audit(&state, &caller, &tenant, filter, ReadBy::Program).await
}
