//! `GET /api/v1/tenants/{tenantID}/settings`

use axum::{Json, extract::State};
use twinlock_http::{
    WebState,
    extract::{May, administrative::Look},
    http::{ApiPath, Problem},
};
use twinlock_service::settings;

use super::SettingsAnswer;
use crate::v1::answer::ProblemDocument;

/// The organisation's settings. For owners and administrators.
#[utoipa::path(
    get, path = "/api/v1/tenants/{tenantID}/settings", tag = "Organisation", security(("bearer" = [])),
    params(("tenantID" = String, Path, description = "Id of the organisation")),
    responses(
        (status = 200, body = SettingsAnswer),
        (status = 401, body = ProblemDocument, description = "`unauthenticated`"),
        (status = 403, body = ProblemDocument, description = "`forbidden`"),
        (status = 404, body = ProblemDocument, description = "`not_found`"),
    ),
)]
pub async fn settings(
    State(state): State<WebState>,
    May(caller, ..): May<Look>,
    ApiPath(tenant): ApiPath<String>,
) -> Result<Json<SettingsAnswer>, Problem> {
    Ok(Json(settings::get(&state.app, &caller, &tenant).await?.into()))
}
