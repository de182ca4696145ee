//! `DELETE /api/v1/mfa/methods/{id}`

use axum::extract::State;
use serde::Serialize;
use twinlock_core::ids::FactorId;
use twinlock_http::{
    WebState,
    extract::{MfaAvailable, OwnFactors, RequestClient},
    http::{ApiPath, Problem},
    reply::Renewed,
};
use twinlock_service::factors;
use utoipa::ToSchema;

use crate::v1::answer::{FreshToken, ProblemDocument};

/// The factor is gone.
#[derive(Serialize, ToSchema)]
pub struct RemoveAnswer {
    /// Whether another factor is still asked at sign-in.
    enabled: bool,
    #[serde(flatten)]
    fresh: FreshToken,
}

/// Remove a second factor. Removing the last one switches second factors off. Needs a step-up.
#[utoipa::path(
    delete, path = "/api/v1/mfa/methods/{id}", tag = "Second factors", security(("bearer" = [])),
    params(("id" = uuid::Uuid, Path, description = "Id of the factor")),
    responses(
        (status = 200, body = RemoveAnswer),
        (status = 401, body = ProblemDocument, description = "`unauthenticated`"),
        (status = 403, body = ProblemDocument, description = "`step_up_required`"),
        (status = 404, body = ProblemDocument, description = "`not_found`"),
    ),
)]
pub async fn remove(
    State(state): State<WebState>,
    _: MfaAvailable,
    OwnFactors(caller): OwnFactors,
    RequestClient(client): RequestClient,
    ApiPath(id): ApiPath<FactorId>,
) -> Result<Renewed<RemoveAnswer>, Problem> {
    let removed = factors::remove(&state.app, &client, &caller, id).await?;
    let answer = RemoveAnswer { enabled: removed.enabled, fresh: FreshToken::from(&removed.issued) };
    Ok(Renewed::new(&state, answer, removed.issued))
}
