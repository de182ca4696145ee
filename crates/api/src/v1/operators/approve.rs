//! `POST /api/v1/operators/{id}/approve`

use axum::{Json, extract::State};
use twinlock_http::{
    WebState,
    extract::{Approver, RequestClient},
    http::{ApiJson, Problem},
};
use twinlock_service::operators::approval;

use crate::v1::{Empty, answer::ProblemDocument, tenants::users::Person};

/// Approve the invitation of an operator whom another one invited; it is sent then. Never one's own. For operators;
/// needs a fresh second factor.
#[utoipa::path(
    post, path = "/api/v1/operators/{id}/approve", tag = "Operators",
    request_body = Option<Empty>, security(("bearer" = [])),
    params(("id" = String, Path, description = "Id of the person who is to be an operator")),
    responses(
        (status = 200, body = Person),
        (status = 401, body = ProblemDocument, description = "`unauthenticated`"),
        (
            status = 403, body = ProblemDocument,
            description = "`forbidden`: one's own invitation, or one to more than one's own role; `step_up_required`"
        ),
        (status = 404, body = ProblemDocument, description = "`not_found`: also to whoever is no operator"),
        (status = 409, body = ProblemDocument, description = "`conflict`: no invitation of theirs waits"),
    ),
)]
pub async fn approve(
    State(state): State<WebState>,
    Approver(caller, user): Approver,
    RequestClient(client): RequestClient,
    ApiJson(Empty {}): ApiJson<Empty>,
) -> Result<Json<Person>, Problem> {
    Ok(Json(approval::approve(&state.app, &client, &caller, user).await?.into()))
}
