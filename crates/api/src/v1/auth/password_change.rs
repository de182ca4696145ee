//! `POST /api/v1/auth/password-change`

use axum::{Json, extract::State};
use serde::Deserialize;
use twinlock_http::{
    WebState,
    extract::RequestClient,
    http::{ApiJson, Problem},
};
use twinlock_service::login::{self, ChangeError, Target};
use utoipa::ToSchema;

use super::answered;
use crate::v1::answer::{ProblemDocument, SignInAnswer};

/// A password of one's own in place of the one that was given.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PasswordChangeRequest {
    /// Of the sign-in that asked for it.
    change_token: String,
    /// Another one than the one that was given.
    #[schema(format = Password)]
    new_password: String,
}

/// Choose a password of one's own where an administrator gave one; goes on as a sign-in with it. The token is good once;
/// a password that cannot be chosen does not use it up.
#[utoipa::path(
    post, path = "/api/v1/auth/password-change", tag = "Signing in", request_body = PasswordChangeRequest,
    responses(
        (status = 200, body = SignInAnswer),
        (status = 401, body = ProblemDocument, description = "`mfa_token_invalid`: the token is unknown, used or expired"),
        (status = 422, body = ProblemDocument, description = "`validation_failed`"),
    ),
)]
pub async fn password_change(
    State(state): State<WebState>,
    RequestClient(client): RequestClient,
    ApiJson(body): ApiJson<PasswordChangeRequest>,
) -> Result<Json<SignInAnswer>, Problem> {
    let new = body.new_password.into();
    let outcome =
        match login::change_password(&state.app, &client, &body.change_token, &new, Target::API).await {
            Ok(outcome) => Ok(outcome),
            Err(ChangeError::Login(error)) => Err(error),
            Err(error) => return Err(error.into()),
        };
    answered(&state, outcome)
}
