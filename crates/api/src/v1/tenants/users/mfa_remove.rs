//! `DELETE /api/v1/tenants/{tenantID}/users/{userID}/mfa/methods/{id}`

use axum::{extract::State, http::StatusCode};
use twinlock_core::ids::{FactorId, UserId};
use twinlock_http::{
    WebState,
    extract::{May, MfaAvailable, RequestClient, administrative::RemoveFactor},
    http::{ApiPath, Problem},
};
use twinlock_service::{administration::Whom, people};

use crate::v1::answer::ProblemDocument;

/// Remove one second factor of a person, the last one, too. Their sessions end and they are told by mail. Needs
/// an administrator who has a second factor, and a fresh proof of it. Whoever had but this one enrols anew with a code
/// that is mailed; where they have no address, `reset-mfa` answers one to hand over.
#[utoipa::path(
    delete, path = "/api/v1/tenants/{tenantID}/users/{userID}/mfa/methods/{id}", tag = "People",
    security(("bearer" = [])),
    params(
        ("tenantID" = String, Path, description = "Id of the organisation"),
        ("userID" = uuid::Uuid, Path, description = "Id of the person"),
        ("id" = uuid::Uuid, Path, description = "Id of the factor"),
    ),
    responses(
        (status = 204),
        (status = 401, body = ProblemDocument, description = "`unauthenticated`"),
        (status = 403, body = ProblemDocument, description = "`forbidden`, `step_up_required`"),
        (status = 404, body = ProblemDocument, description = "`not_found`"),
    ),
)]
pub async fn remove(
    State(state): State<WebState>,
    _: MfaAvailable,
    May(caller, ..): May<RemoveFactor>,
    RequestClient(client): RequestClient,
    ApiPath((tenant, user, id)): ApiPath<(String, UserId, FactorId)>,
) -> Result<StatusCode, Problem> {
    let whom = Whom { tenant: &tenant, user };
    // The contract answers nothing here; the page shows the code that this hands out.
    people::remove_factor(&state.app, &client, &caller, &whom, id).await?;
    Ok(StatusCode::NO_CONTENT)
}
