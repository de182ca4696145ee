//! `POST /api/v1/tenants/{tenantID}/users/{userID}/invitation`

use axum::{Json, extract::State};
use serde::Deserialize;
use twinlock_core::ids::UserId;
use twinlock_http::{
    WebState,
    extract::{Inviter, RequestClient},
    http::{ApiJson, ApiPath, Problem},
};
use twinlock_service::{
    administration::Whom,
    operators::{By, owners},
    people::{self, Created},
};
use utoipa::ToSchema;

use super::InvitedPerson;
use crate::v1::answer::ProblemDocument;

/// Nothing to say.
#[derive(Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct InvitationRequest {}

/// Send the invitation again; the link before is dead. Needs a fresh second factor once one is enrolled. An operator may
/// do it for an owner of an organisation that no owner has opened yet.
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
        (status = 409, body = ProblemDocument, description = "`conflict`: the account waits for no invitation, or, to an operator, the organisation is suspended"),
        (status = 422, body = ProblemDocument, description = "`validation_failed`"),
        (status = 429, body = ProblemDocument, description = "`too_many_attempts`: too many mails"),
    ),
)]
pub async fn invite(
    State(state): State<WebState>,
    inviter: Inviter,
    at: (RequestClient, ApiPath<(String, UserId)>),
    _: ApiJson<InvitationRequest>,
) -> Result<Json<InvitedPerson>, Problem> {
    let (RequestClient(client), ApiPath((tenant, user))) = at;
    let whom = Whom { tenant: &tenant, user };
    let invited = match &inviter {
        Inviter::Administrator(caller) => people::invite(&state.app, &client, caller, &whom).await?,
        Inviter::Operator(caller) => {
            let person = owners::invite(&state.app, By::Session(&client, caller), &whom).await?;
            Created { person, invitation: None }
        }
    };
    Ok(Json(invited.into()))
}
