//! `GET /api/v1/tenants/{tenantID}/users.csv`

use axum::{extract::State, response::Response};
use serde::Deserialize;
use twinlock_core::user::{Role, Status};
use twinlock_http::{
    WebState, export,
    extract::{May, administrative::Look},
    http::{ApiPath, ApiQuery, Problem, csv::ReadBy},
};
use twinlock_service::people::{Filter, Wanted};

use super::list::Mfa;
use crate::v1::answer::ProblemDocument;

/// Whom to export.
#[derive(Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ExportQuery {
    search: Option<String>,
    status: Option<Status>,
    role: Option<Role>,
    mfa: Option<Mfa>,
}

/// The people of the organisation as a CSV file (RFC 4180) with the columns that the import reads, in the order of the
/// list. A cell that a spreadsheet would take for a formula begins with an apostrophe; the import takes it off again. For
/// owners and administrators.
#[utoipa::path(
    get, path = "/api/v1/tenants/{tenantID}/users.csv", tag = "People", security(("bearer" = [])),
    params(
        ("tenantID" = String, Path, description = "Id of the organisation"),
        ("search" = Option<String>, Query,
         description = "How a user name, an address, or a word of a display name begins"),
        ("status" = Option<String>, Query, description = "`invited`, `active` or `suspended`"),
        ("role" = Option<String>, Query, description = "`owner`, `admin`, `helpdesk` or `member`"),
        ("mfa" = Option<String>, Query, description = "`enabled`, `none` or `at_risk`"),
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
    let filter = Filter { role: query.role, status: query.status, mfa: query.mfa.map(Mfa::into) };
    let wanted = Wanted { search: query.search, filter, ..Wanted::default() };
    export::people(&state, &caller, &tenant, wanted, ReadBy::Program).await
}
