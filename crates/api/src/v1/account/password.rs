//! `POST /api/v1/account/password`

use axum::extract::State;
use serde::Deserialize;
use twinlock_http::{
    WebState,
    extract::{OwnPassword, RequestClient},
    http::{ApiJson, Problem},
    reply::Renewed,
};
use twinlock_service::account::{self, ChangePassword};
use utoipa::ToSchema;

use crate::v1::answer::{FreshToken, ProblemDocument};

/// The old password and the new one.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PasswordRequest {
    /// The password that counts now.
    #[schema(format = Password)]
    current_password: String,
    /// The new one.
    #[schema(format = Password)]
    new_password: String,
    /// A code sent by mail, where `mail_code_required` was answered.
    mail_code: Option<String>,
}

/// Change my password. Needs a step-up where a second factor is enrolled; other sessions end.
#[utoipa::path(
    post, path = "/api/v1/account/password", tag = "Account", request_body = PasswordRequest,
    security(("bearer" = [])),
    responses(
        (status = 200, body = FreshToken),
        (status = 401, body = ProblemDocument, description = "`unauthenticated`, `invalid_credentials`"),
        (status = 403, body = ProblemDocument, description = "`step_up_required`, `mail_code_required`"),
        (status = 422, body = ProblemDocument, description = "`validation_failed`"),
        (status = 429, body = ProblemDocument, description = "`too_many_attempts`"),
    ),
)]
pub async fn password(
    State(state): State<WebState>,
    OwnPassword(caller): OwnPassword,
    RequestClient(client): RequestClient,
    ApiJson(body): ApiJson<PasswordRequest>,
) -> Result<Renewed<FreshToken>, Problem> {
    let change = ChangePassword {
        current_password: body.current_password.into(),
        new_password: body.new_password.into(),
        mail_code: body.mail_code,
    };
    let issued = account::change_password(&state.app, &client, &caller, change).await?;
    Ok(Renewed::new(&state, FreshToken::from(&issued), issued))
}
