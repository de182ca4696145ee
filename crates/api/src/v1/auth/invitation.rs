//! `POST /api/v1/auth/invitation/accept`

use axum::{Json, extract::State};
use serde::Deserialize;
use twinlock_http::{
    WebState,
    extract::RequestClient,
    http::{ApiJson, Problem},
};
use twinlock_service::{
    invitation::{self, InvitationError},
    login::Target,
};
use utoipa::ToSchema;

use super::answered;
use crate::v1::answer::{ProblemDocument, SignInAnswer};

/// The link's token and the first password.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AcceptRequest {
    /// From the mailed link.
    token: String,
    /// The first password.
    #[schema(format = Password)]
    password: String,
}

/// Accept an invitation: set the first password and sign in.
#[utoipa::path(
    post, path = "/api/v1/auth/invitation/accept", tag = "Signing in", request_body = AcceptRequest,
    responses(
        (status = 200, body = SignInAnswer),
        (status = 401, body = ProblemDocument, description = "`invalid_credentials`: the link is not valid"),
        (status = 422, body = ProblemDocument, description = "`validation_failed`"),
    ),
)]
pub async fn accept(
    State(state): State<WebState>,
    RequestClient(client): RequestClient,
    ApiJson(body): ApiJson<AcceptRequest>,
) -> Result<Json<SignInAnswer>, Problem> {
    let password = body.password.into();
    let outcome = match invitation::accept(&state.app, &client, &body.token, &password, Target::API).await {
        Ok(outcome) => Ok(outcome),
        Err(InvitationError::Login(error)) => Err(error),
        Err(error) => return Err(error.into()),
    };
    answered(&state, outcome)
}
