//! `POST /api/v1/tenants/{tenantID}/users/import`

use axum::{Json, extract::State, http::StatusCode};
use serde::{Deserialize, Serialize};
use twinlock_core::user::Role;
use twinlock_http::{
    WebState,
    extract::{May, RequestClient, administrative::Import},
    http::{ApiCsv, ApiPath, ApiQuery, Problem},
};
use twinlock_service::people::{self, ImportRow};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::v1::answer::{FieldProblem, ProblemDocument};

/// Whether to import.
#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ImportQuery {
    #[serde(default)]
    dry_run: bool,
}

/// What became, or would become, of a line.
#[derive(Serialize, ToSchema)]
pub struct ImportedPerson {
    /// The line on which the person stands, counted from 1.
    line: usize,
    /// The user name as it is written there.
    username: String,
    /// `owner`, `admin`, `helpdesk` or `member`.
    #[schema(value_type = String, example = "member")]
    role: Role,
    /// The id of the new account; not in a dry run.
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<Uuid>,
    /// When the invitation leaves, where it goes by mail; RFC 3339, UTC; not in a dry run. Of very many, some wait.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(format = DateTime)]
    invited_at: Option<String>,
    /// Why the line is refused; empty for a good one.
    errors: Vec<FieldProblem>,
}

impl From<ImportRow> for ImportedPerson {
    fn from(row: ImportRow) -> Self {
        let error = |bad: &twinlock_service::setup::FieldProblem| FieldProblem {
            field: bad.field.to_owned(),
            message: bad.problem.to_string(),
        };
        let errors = row.problems.iter().map(error).collect();
        Self {
            line: row.line,
            username: row.username,
            role: row.role,
            id: row.user.map(|id| id.0),
            invited_at: row.invited_at.map(|at| at.to_string()),
            errors,
        }
    }
}

/// What an import did, or would do.
#[derive(Serialize, ToSchema)]
pub struct ImportAnswer {
    /// Whether nothing was written.
    dry_run: bool,
    /// People in the table.
    rows_total: usize,
    /// Those who are refused. With any of them an import writes nothing.
    rows_refused: usize,
    /// Invitations that are on their way by mail.
    invitations_queued: usize,
    /// When the last of them leaves; RFC 3339, UTC.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(format = DateTime)]
    invitations_sent_by: Option<String>,
    /// Everybody in the table, in its order.
    rows: Vec<ImportedPerson>,
}

impl ImportAnswer {
    fn of(dry_run: bool, rows: Vec<ImportRow>) -> Self {
        let rows_refused = rows.iter().filter(|row| row.is_refused()).count();
        let invitations: Vec<_> = rows.iter().filter_map(|row| row.invited_at).collect();
        let rows: Vec<_> = rows.into_iter().map(ImportedPerson::from).collect();
        Self {
            dry_run,
            rows_total: rows.len(),
            rows_refused,
            invitations_queued: invitations.len(),
            invitations_sent_by: invitations.iter().max().map(ToString::to_string),
            rows,
        }
    }
}

/// Make many people from a table: all of its lines, or none when one is refused. Everybody with an address is
/// invited by mail. Needs a fresh second factor once one is enrolled.
#[utoipa::path(
    post, path = "/api/v1/tenants/{tenantID}/users/import", tag = "People",
    request_body(
        content = String, content_type = "text/csv",
        description = "At most 1 MiB and 2,000 people. The first line names the columns: `username` and, where wanted, `email`, `display_name`, `role`"
    ),
    security(("bearer" = [])),
    params(
        ("tenantID" = String, Path, description = "Id of the organisation"),
        ("dry_run" = Option<bool>, Query, description = "Change nothing and answer what would happen"),
    ),
    responses(
        (status = 200, body = ImportAnswer, description = "What would happen"),
        (status = 201, body = ImportAnswer, description = "Everybody was made"),
        (status = 401, body = ProblemDocument, description = "`unauthenticated`"),
        (status = 403, body = ProblemDocument, description = "`forbidden`, `step_up_required`"),
        (status = 404, body = ProblemDocument, description = "`not_found`"),
        (status = 409, body = ProblemDocument, description = "`conflict`: a name was taken meanwhile"),
        (status = 413, body = ProblemDocument, description = "`payload_too_large`"),
        (status = 415, body = ProblemDocument, description = "`unsupported_media_type`"),
        (status = 429, body = ProblemDocument, description = "`too_many_attempts`: so many mails wait already that these would wait for more than a week"),
        (status = 422, body = ProblemDocument,
         description = "`validation_failed`: no table of people, or lines that are refused; a field is named as `3.email`, by its line"),
    ),
)]
pub async fn import(
    State(state): State<WebState>,
    May(caller, ..): May<Import>,
    at: (RequestClient, ApiPath<String>, ApiQuery<ImportQuery>),
    ApiCsv(table): ApiCsv,
) -> Result<(StatusCode, Json<ImportAnswer>), Problem> {
    let (RequestClient(client), ApiPath(tenant), ApiQuery(ImportQuery { dry_run })) = at;
    if dry_run {
        let rows = people::preview_import(&state.app, &caller, &tenant, &table).await?;
        return Ok((StatusCode::OK, Json(ImportAnswer::of(true, rows))));
    }
    let rows = people::import(&state.app, &client, &caller, &tenant, &table).await?;
    Ok((StatusCode::CREATED, Json(ImportAnswer::of(false, rows))))
}
