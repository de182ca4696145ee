//! `PATCH /api/v1/account`

use axum::{Json, extract::State};
use serde::Deserialize;
use twinlock_http::{
    WebState,
    extract::{LoggedIn, RequestClient},
    http::{ApiJson, Problem},
};
use twinlock_service::account::{self, ProfileChange};
use utoipa::ToSchema;

use super::AccountAnswer;
use crate::v1::answer::ProblemDocument;

/// What to change; absent or null stays.
#[derive(Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct UpdateRequest {
    /// Name for people, up to 100 characters. Where it is empty, the user name takes its place.
    display_name: Option<String>,
    /// A new address; counts once the link sent to it was used.
    email: Option<String>,
    /// Needed for a new address where no second factor is enrolled.
    #[schema(format = Password)]
    current_password: Option<String>,
    /// A code sent by mail, where `mail_code_required` was answered.
    mail_code: Option<String>,
}

/// Change my profile. A new address needs a step-up, or the password where no second factor is enrolled.
#[utoipa::path(
    patch, path = "/api/v1/account", tag = "Account", request_body = Option<UpdateRequest>,
    security(("bearer" = [])),
    responses(
        (status = 200, body = AccountAnswer),
        (status = 401, body = ProblemDocument, description = "`unauthenticated`, `invalid_credentials`"),
        (status = 403, body = ProblemDocument, description = "`step_up_required`, `mail_code_required`"),
        (status = 422, body = ProblemDocument, description = "`validation_failed`"),
        (status = 429, body = ProblemDocument, description = "`too_many_attempts`"),
    ),
)]
pub async fn update(
    State(state): State<WebState>,
    LoggedIn(caller): LoggedIn,
    RequestClient(client): RequestClient,
    ApiJson(body): ApiJson<UpdateRequest>,
) -> Result<Json<AccountAnswer>, Problem> {
    let change = ProfileChange {
        display_name: body.display_name,
        email: body.email,
        current_password: body.current_password.map(Into::into),
        mail_code: body.mail_code,
    };
    Ok(Json(account::update_profile(&state.app, &client, &caller, change).await?.into()))
}
