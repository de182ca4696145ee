//! `POST /api/v1/mfa/webauthn/register/options`

use axum::{Json, extract::State};
use serde::Deserialize;
use twinlock_core::factor::webauthn::KeyKind;
use twinlock_http::{
    WebState,
    extract::{Enrolling, MfaAvailable, RequestClient},
    http::{ApiJson, Problem},
};
use twinlock_service::security_keys::register;
use utoipa::ToSchema;

use crate::v1::answer::{KeyOptions, ProblemDocument};

/// What is to be registered.
#[derive(Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RegisterOptionsRequest {
    /// 1 to 64 characters; the call that registers may still give another.
    name: Option<String>,
    /// `security_key` (the default): a second factor only. `passkey`: verifies the person, and signs in alone.
    #[schema(value_type = Option<String>, example = "security_key")]
    kind: Option<KeyKind>,
}

/// Begin to register a security key or passkey. The session's last registration is void.
#[utoipa::path(
    post, path = "/api/v1/mfa/webauthn/register/options", tag = "Second factors",
    request_body = Option<RegisterOptionsRequest>, security(("bearer" = [])),
    responses(
        (status = 200, body = KeyOptions),
        (status = 401, body = ProblemDocument, description = "`unauthenticated`"),
        (status = 403, body = ProblemDocument, description = "`step_up_required`, `enrollment_proof_required`"),
        (status = 409, body = ProblemDocument,
            description = "`conflict`: ten factors are enrolled; `kind_not_allowed`: the server has no name"),
        (status = 422, body = ProblemDocument, description = "`validation_failed`"),
    ),
)]
pub async fn options(
    State(state): State<WebState>,
    _: MfaAvailable,
    Enrolling(caller): Enrolling,
    RequestClient(client): RequestClient,
    ApiJson(body): ApiJson<RegisterOptionsRequest>,
) -> Result<Json<KeyOptions>, Problem> {
    let kind = body.kind.unwrap_or(KeyKind::SecurityKey);
    let options = register::options(&state.app, &client, &caller, kind, body.name.as_deref()).await?;
    Ok(Json(KeyOptions { public_key: options }))
}
