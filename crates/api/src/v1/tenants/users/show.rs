//! `GET /api/v1/tenants/{tenantID}/users/{userID}`

use axum::{Json, extract::State};
use twinlock_core::ids::UserId;
use twinlock_http::{
    WebState,
    extract::{May, administrative::SeePeople},
    http::{ApiPath, Problem},
};
use twinlock_service::{administration::Whom, people};

use super::Person;
use crate::v1::answer::ProblemDocument;

/// A person. For owners, administrators and helpdesk.
#[utoipa::path(
    get, path = "/api/v1/tenants/{tenantID}/users/{userID}", tag = "People", security(("bearer" = [])),
    params(
        ("tenantID" = String, Path, description = "Id of the organisation"),
        ("userID" = uuid::Uuid, Path, description = "Id of the person"),
    ),
    responses(
        (status = 200, body = Person),
        (status = 401, body = ProblemDocument, description = "`unauthenticated`"),
        (status = 403, body = ProblemDocument, description = "`forbidden`"),
        (status = 404, body = ProblemDocument, description = "`not_found`"),
    ),
)]
pub async fn show(
    State(state): State<WebState>,
    May(caller, ..): May<SeePeople>,
    ApiPath((tenant, user)): ApiPath<(String, UserId)>,
) -> Result<Json<Person>, Problem> {
    Ok(Json(people::show(&state.app, &caller, &Whom { tenant: &tenant, user }).await?.into()))
}
