//! `POST /api/v1/tenants/{tenantID}/users/{userID}/invitation`

use axum::{Json, extract::State};
use serde::Deserialize;
use twinlock_core::ids::UserId;
use twinlock_service::{administration::Whom, people};
use utoipa::ToSchema;

use super::InvitedPerson;
use crate::{
    WebState,
    api::v1::answer::ProblemDocument,
    extract::{May, RequestClient, administrative::Change},
    http::{ApiJson, ApiPath, Problem},
};

/// Nothing to say.
#[derive(Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct InvitationRequest {}

/// Send the invitation again; the link before is dead. Needs a fresh second factor once one is enrolled.
#[utoipa::path(
    post, path = "/api/v1/tenants/{tenantID}/users/{userID}/invitation", tag = "People",
    request_body = Option<InvitationRequest>, security(("bearer" = [])),
    params(
        ("tenantID" = String, Path, description = "Id of the organisation"),
        ("userID" = uuid::Uuid, Path, description = "Id of the person"),
    ),
    responses(
        (status = 200, body = InvitedPerson),
        (status = 401, body = ProblemDocument, description = "`unauthenticated`"),
        (status = 403, body = ProblemDocument, description = "`forbidden`, `step_up_required`"),
        (status = 404, body = ProblemDocument, description = "`not_found`"),
        (status = 409, body = ProblemDocument, description = "`conflict`: the account waits for no invitation"),
        (status = 422, body = ProblemDocument, description = "`validation_failed`"),
        (status = 429, body = ProblemDocument, description = "`too_many_attempts`: too many mails"),
    ),
)]
pub async fn invite(
    State(state): State<WebState>,
    May(caller, ..): May<Change>,
    at: (RequestClient, ApiPath<(String, UserId)>),
    _: ApiJson<InvitationRequest>,
) -> Result<Json<InvitedPerson>, Problem> {
    let (RequestClient(client), ApiPath((tenant, user))) = at;
    let whom = Whom { tenant: &tenant, user };
    Ok(Json(people::invite(&state.app, &client, &caller, &whom).await?.into()))
}
