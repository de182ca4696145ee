//! `PATCH /api/v1/tenants/{tenantID}/users/{userID}`

use axum::{Json, extract::State};
use serde::Deserialize;
use twinlock_core::{ids::UserId, user::Role};
use twinlock_http::{
    WebState,
    extract::{May, RequestClient, administrative::ChangePerson},
    http::{ApiJson, ApiPath, Problem},
};
use twinlock_service::{
    administration::Whom,
    people::{self, PersonChange},
};
use utoipa::ToSchema;

use super::Person;
use crate::v1::answer::ProblemDocument;

/// What to change; absent or null stays.
#[derive(Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PersonUpdateRequest {
    /// Another user name.
    username: Option<String>,
    /// A new address; counts once the link sent to it was used.
    email: Option<String>,
    /// Name for people. Where it is empty, the user name takes its place.
    display_name: Option<String>,
    /// `owner`, `admin`, `helpdesk` or `member`; counts at once.
    #[schema(value_type = Option<String>, example = "helpdesk")]
    role: Option<Role>,
    /// `active` or `suspended`: a suspended person is signed out and cannot sign in.
    #[schema(value_type = Option<String>, example = "suspended")]
    status: Option<SettableStatus>,
}

/// A status that can be set.
#[derive(Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SettableStatus {
    /// May sign in.
    Active,
    /// May not.
    Suspended,
}

/// Change a person. Needs a fresh second factor once one is enrolled; a new role, status or address needs an
/// administrator who has one.
#[utoipa::path(
    patch, path = "/api/v1/tenants/{tenantID}/users/{userID}", tag = "People",
    request_body = Option<PersonUpdateRequest>, security(("bearer" = [])),
    params(
        ("tenantID" = String, Path, description = "Id of the organisation"),
        ("userID" = uuid::Uuid, Path, description = "Id of the person"),
    ),
    responses(
        (status = 200, body = Person),
        (status = 401, body = ProblemDocument, description = "`unauthenticated`"),
        (status = 403, body = ProblemDocument, description = "`forbidden`, `step_up_required`"),
        (status = 404, body = ProblemDocument, description = "`not_found`"),
        (status = 409, body = ProblemDocument,
         description = "`conflict`: the user name or address is taken, the last owner, an invitation is open"),
        (status = 422, body = ProblemDocument, description = "`validation_failed`"),
        (status = 429, body = ProblemDocument, description = "`too_many_attempts`: too many mails"),
    ),
)]
pub async fn update(
    State(state): State<WebState>,
    May(caller, ..): May<ChangePerson>,
    at: (RequestClient, ApiPath<(String, UserId)>),
    ApiJson(body): ApiJson<PersonUpdateRequest>,
) -> Result<Json<Person>, Problem> {
    let (RequestClient(client), ApiPath((tenant, user))) = at;
    let change = PersonChange {
        username: body.username,
        email: body.email,
        display_name: body.display_name,
        role: body.role,
        suspended: body.status.map(|status| status == SettableStatus::Suspended),
    };
    let whom = Whom { tenant: &tenant, user };
    Ok(Json(people::change(&state.app, &client, &caller, &whom, &change).await?.into()))
}
