//! `POST /api/v1/auth/login`

use axum::{Json, extract::State};
use serde::Deserialize;
use twinlock_http::{
    WebState,
    extract::RequestClient,
    http::{ApiJson, Problem},
};
use twinlock_service::login::{self, Credentials, Target};
use utoipa::ToSchema;

use super::answered;
use crate::v1::answer::{ProblemDocument, SignInAnswer};

/// A name and a password, and perhaps a code with them.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct LoginRequest {
    /// User name or address.
    #[schema(example = "maria")]
    username: String,
    /// Password.
    #[schema(format = Password)]
    password: String,
    /// The organisation's id.
    #[schema(example = "demo")]
    tenant_id: String,
    /// Code of an authenticator app, or a recovery code; absent, null and blank mean none.
    mfa_code: Option<String>,
}

/// Sign in, in one step or two.
///
/// With a second factor enrolled and no `mfa_code`, the answer is `mfa_required` with a token for
/// `/auth/mfa`: no session exists yet.
#[utoipa::path(
    post, path = "/api/v1/auth/login", tag = "Signing in", request_body = LoginRequest,
    responses(
        (status = 200, body = SignInAnswer),
        (status = 401, body = ProblemDocument, description = "`invalid_credentials`, `invalid_mfa_code`"),
        (status = 422, body = ProblemDocument, description = "`validation_failed`"),
        (status = 429, body = ProblemDocument, description = "`too_many_attempts`"),
    ),
)]
pub async fn login(
    State(state): State<WebState>,
    RequestClient(client): RequestClient,
    ApiJson(body): ApiJson<LoginRequest>,
) -> Result<Json<SignInAnswer>, Problem> {
    let credentials = Credentials {
        tenant: body.tenant_id,
        username: body.username,
        password: body.password.into(),
        code: body.mfa_code,
    };
    let outcome = login::with_password(&state.app, &client, credentials, Target::API).await;
    answered(&state, outcome)
}
