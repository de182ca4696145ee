//! `POST /api/v1/tenants`

use axum::{Json, extract::State, http::StatusCode};
use serde::{Deserialize, Serialize};
use twinlock_http::{
    WebState,
    extract::{ActingOperator, RequestClient},
    http::{ApiJson, Problem},
};
use twinlock_service::operators::{
    By,
    create::{self, NewOrganisation, NewOwner},
};
use utoipa::ToSchema;

use super::Organisation;
use crate::v1::answer::{ProblemDocument, User};

/// A new organisation.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewTenantRequest {
    /// Its id: small letters, digits and hyphens. It never changes.
    #[schema(example = "acme")]
    id: String,
    /// Its name for people.
    name: String,
    /// Who owns it. The invitation goes to their address.
    owner: OwnerRequest,
}

/// The first owner.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct OwnerRequest {
    /// User name.
    username: String,
    /// Address.
    email: String,
    /// Name for people.
    display_name: Option<String>,
}

/// What was made.
#[derive(Serialize, ToSchema)]
pub struct NewTenantAnswer {
    /// The organisation.
    #[serde(flatten)]
    organisation: Organisation,
    /// Its owner, invited.
    owner: User,
}

/// Make an organisation and invite its first owner. For operators; needs a fresh second factor.
#[utoipa::path(
    post, path = "/api/v1/tenants", tag = "Operators",
    request_body = NewTenantRequest, security(("bearer" = [])),
    responses(
        (status = 201, body = NewTenantAnswer),
        (status = 401, body = ProblemDocument, description = "`unauthenticated`"),
        (status = 403, body = ProblemDocument, description = "`step_up_required`"),
        (status = 404, body = ProblemDocument, description = "`not_found`: also to whoever is no operator"),
        (status = 409, body = ProblemDocument, description = "`conflict`: the id is taken"),
        (status = 422, body = ProblemDocument, description = "`validation_failed`"),
    ),
)]
pub async fn create(
    State(state): State<WebState>,
    ActingOperator(caller): ActingOperator,
    RequestClient(client): RequestClient,
    ApiJson(body): ApiJson<NewTenantRequest>,
) -> Result<(StatusCode, Json<NewTenantAnswer>), Problem> {
    let OwnerRequest { username, email, display_name } = body.owner;
    let owner = NewOwner { username, email, display_name };
    let wanted = NewOrganisation { id: body.id, name: body.name, owner };
    let made = create::create(&state.app, By::Session(&client, &caller), wanted).await?;
    let answer = NewTenantAnswer { organisation: made.organisation.into(), owner: made.owner.into() };
    Ok((StatusCode::CREATED, Json(answer)))
}
