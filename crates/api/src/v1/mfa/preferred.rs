//! `PUT /api/v1/mfa/preferred`

use axum::{Json, extract::State};
use serde::{Deserialize, Serialize};
use twinlock_core::assurance::Method;
use twinlock_http::{
    WebState,
    extract::{LoggedIn, MfaAvailable, RequestClient},
    http::{ApiJson, Problem},
};
use twinlock_service::factors;
use utoipa::ToSchema;

use crate::v1::answer::ProblemDocument;

/// What may be asked first.
#[derive(Clone, Copy, Deserialize, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Preferred {
    /// A security key or passkey.
    Webauthn,
    /// The authenticator app.
    Totp,
}

impl From<Preferred> for Method {
    fn from(preferred: Preferred) -> Self {
        match preferred {
            Preferred::Webauthn => Self::SecurityKey,
            Preferred::Totp => Self::Totp,
        }
    }
}

/// What to ask first at sign-in.
#[derive(Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PreferredMethod {
    /// `webauthn` or `totp`.
    method: Preferred,
}

/// Choose what is asked first at sign-in, on every browser. Either still opens the lock.
#[utoipa::path(
    put, path = "/api/v1/mfa/preferred", tag = "Second factors", request_body = PreferredMethod,
    security(("bearer" = [])),
    responses(
        (status = 200, body = PreferredMethod),
        (status = 401, body = ProblemDocument, description = "`unauthenticated`"),
        (status = 409, body = ProblemDocument, description = "`mfa_not_enabled`: no factor of that kind"),
        (status = 422, body = ProblemDocument, description = "`validation_failed`"),
    ),
)]
pub async fn preferred(
    State(state): State<WebState>,
    _: MfaAvailable,
    LoggedIn(caller): LoggedIn,
    RequestClient(client): RequestClient,
    ApiJson(body): ApiJson<PreferredMethod>,
) -> Result<Json<PreferredMethod>, Problem> {
    factors::prefer(&state.app, &client, &caller, body.method.into()).await?;
    Ok(Json(body))
}
