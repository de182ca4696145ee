//! `GET /api/v1/tenants/{tenantID}/users/{userID}/mfa`

use axum::{Json, extract::State};
use twinlock_core::ids::UserId;
use twinlock_http::{
    WebState,
    extract::{May, MfaAvailable, administrative::SeeFactors},
    http::{ApiPath, Problem},
};
use twinlock_service::{administration::Whom, people};

use crate::v1::{answer::ProblemDocument, mfa::overview::MfaOverview};

/// A person's second factors; never a secret. For owners, administrators and helpdesk.
#[utoipa::path(
    get, path = "/api/v1/tenants/{tenantID}/users/{userID}/mfa", tag = "People", security(("bearer" = [])),
    params(
        ("tenantID" = String, Path, description = "Id of the organisation"),
        ("userID" = uuid::Uuid, Path, description = "Id of the person"),
    ),
    responses(
        (status = 200, body = MfaOverview),
        (status = 401, body = ProblemDocument, description = "`unauthenticated`"),
        (status = 403, body = ProblemDocument, description = "`forbidden`"),
        (status = 404, body = ProblemDocument, description = "`not_found`"),
    ),
)]
pub async fn mfa(
    State(state): State<WebState>,
    _: MfaAvailable,
    May(caller, ..): May<SeeFactors>,
    ApiPath((tenant, user)): ApiPath<(String, UserId)>,
) -> Result<Json<MfaOverview>, Problem> {
    let found = people::overview(&state.app, &caller, &Whom { tenant: &tenant, user }).await?;
    Ok(Json(MfaOverview::of(found, state.app.now())))
}
