//! `POST /api/v1/tenants/{tenantID}/users`

use axum::{Json, extract::State, http::StatusCode};
use serde::Deserialize;
use twinlock_core::{factor::typed::is_blank, user::Role};
use twinlock_http::{
    WebState,
    extract::{May, RequestClient, administrative::Change},
    http::{ApiJson, ApiPath, Problem},
};
use twinlock_service::people::{self, NewPerson};
use utoipa::ToSchema;

use super::InvitedPerson;
use crate::v1::answer::ProblemDocument;

/// A person to be made.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CreateRequest {
    /// Up to 64 characters without spaces. Nobody else in the organisation may have it, in any spelling.
    username: String,
    /// Address.
    email: Option<String>,
    /// Name for people; the user name where none is given.
    display_name: Option<String>,
    /// First password. Without one an invitation goes out by mail, to choose one.
    #[schema(format = Password)]
    password: Option<String>,
    /// `owner`, `admin`, `helpdesk` or, by default, `member`.
    #[schema(value_type = Option<String>, example = "member")]
    role: Option<Role>,
}

/// Make a person, or invite one. Needs a fresh second factor once one is enrolled.
#[utoipa::path(
    post, path = "/api/v1/tenants/{tenantID}/users", tag = "People", request_body = CreateRequest,
    security(("bearer" = [])),
    params(("tenantID" = String, Path, description = "Id of the organisation")),
    responses(
        (status = 201, body = InvitedPerson),
        (status = 401, body = ProblemDocument, description = "`unauthenticated`"),
        (status = 403, body = ProblemDocument,
         description = "`forbidden`: also for a role at or above one's own, unless one is an owner; `step_up_required`"),
        (status = 404, body = ProblemDocument, description = "`not_found`"),
        (status = 409, body = ProblemDocument, description = "`conflict`: the user name or address is taken"),
        (status = 422, body = ProblemDocument, description = "`validation_failed`"),
        (status = 429, body = ProblemDocument, description = "`too_many_attempts`: too many mails"),
    ),
)]
pub async fn create(
    State(state): State<WebState>,
    May(caller, ..): May<Change>,
    at: (RequestClient, ApiPath<String>),
    ApiJson(body): ApiJson<CreateRequest>,
) -> Result<(StatusCode, Json<InvitedPerson>), Problem> {
    let (RequestClient(client), ApiPath(tenant)) = at;
    let wanted = NewPerson {
        username: body.username,
        email: body.email,
        display_name: body.display_name,
        password: body.password.filter(|password| !is_blank(password)).map(Into::into),
        role: body.role.unwrap_or(Role::Member),
    };
    let created = people::create(&state.app, &client, &caller, &tenant, wanted).await?;
    Ok((StatusCode::CREATED, Json(created.into())))
}
