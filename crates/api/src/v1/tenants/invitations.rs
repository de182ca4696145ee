//! `POST /api/v1/tenants/{tenantID}/invitations`

use axum::{Json, extract::State, http::StatusCode};
use serde::{Deserialize, Serialize};
use twinlock_core::ids::UserId;
use twinlock_http::{
    WebState,
    extract::{Inviter, RequestClient},
    http::{ApiJson, ApiPath, Problem},
};
use twinlock_service::{
    operators::{By, owners},
    people::{self, Invited, MAX_INVITED},
};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::v1::answer::ProblemDocument;

/// Whom to invite again.
#[derive(Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct InvitationsRequest {
    /// These people, 1 to 1000; by default everybody who has not accepted yet.
    user_ids: Option<Vec<Uuid>>,
}

/// Somebody who was left out.
#[derive(Serialize, ToSchema)]
pub struct NotInvitedPerson {
    /// Who.
    user_id: Uuid,
    /// `no_email` (their link is handed over one by one), `not_invited` (accepted, or suspended), `forbidden` (not
    /// below the caller) or `too_many_mails` (theirs would wait for days).
    #[schema(example = "no_email")]
    reason: &'static str,
}

/// What became of the invitations.
#[derive(Serialize, ToSchema)]
pub struct InvitationsAnswer {
    /// Mails that are on their way.
    queued: u64,
    /// When the last of them leaves: of very many, some wait. RFC 3339, UTC.
    #[schema(format = DateTime)]
    sent_by: Option<String>,
    /// Who was left out; of many, the first thousand.
    skipped: Vec<NotInvitedPerson>,
}

impl From<Invited> for InvitationsAnswer {
    fn from(invited: Invited) -> Self {
        let skipped = invited.skipped.into_iter();
        Self {
            queued: invited.queued,
            sent_by: invited.sent_by.map(|at| at.to_string()),
            skipped: skipped
                .map(|(id, reason)| NotInvitedPerson { user_id: id.0, reason: reason.as_str() })
                .collect(),
        }
    }
}

/// Send the invitations of many people again; the links before are dead. Needs a fresh second factor once one is
/// enrolled. An operator may do it for the owners of an organisation that no owner has opened yet.
#[utoipa::path(
    post, path = "/api/v1/tenants/{tenantID}/invitations", tag = "People",
    request_body = Option<InvitationsRequest>, security(("bearer" = [])),
    params(("tenantID" = String, Path, description = "Id of the organisation")),
    responses(
        (status = 202, body = InvitationsAnswer),
        (status = 401, body = ProblemDocument, description = "`unauthenticated`"),
        (
            status = 403, body = ProblemDocument,
            description = "`forbidden`, `step_up_required`, `mfa_enrollment_required`"
        ),
        (status = 404, body = ProblemDocument, description = "`not_found`: the organisation, or one of the people"),
        (status = 409, body = ProblemDocument, description = "`conflict`: to an operator, of a suspended organisation"),
        (status = 422, body = ProblemDocument, description = "`validation_failed`"),
    ),
)]
pub async fn invitations(
    State(state): State<WebState>,
    inviter: Inviter,
    at: (RequestClient, ApiPath<String>),
    ApiJson(body): ApiJson<InvitationsRequest>,
) -> Result<(StatusCode, Json<InvitationsAnswer>), Problem> {
    let (RequestClient(client), ApiPath(tenant)) = at;
    let named: Option<Vec<UserId>> = body.user_ids.map(|ids| ids.into_iter().map(UserId).collect());
    if named.as_ref().is_some_and(|ids| ids.is_empty() || ids.len() > MAX_INVITED) {
        return Err(Problem::invalid("user_ids", "must name 1 to 1000 people"));
    }
    let (app, named) = (&state.app, named.as_deref());
    let invited = match &inviter {
        Inviter::Administrator(caller) => people::invite_all(app, &client, caller, &tenant, named).await?,
        Inviter::Operator(caller) => {
            owners::invite_all(app, By::Session(&client, caller), &tenant, named).await?
        }
    };
    Ok((StatusCode::ACCEPTED, Json(invited.into())))
}
