//! `POST /api/v1/mfa/webauthn/register`

use axum::{
    extract::State,
    http::StatusCode,
    response::{IntoResponse, Response},
};
use secrecy::ExposeSecret;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use twinlock_http::{
    WebState,
    extract::{ConfirmingKey, MfaAvailable, RequestClient},
    http::{ApiJson, Problem},
    reply::Renewed,
};
use twinlock_service::security_keys::register::{self, Registered, Registration};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::v1::answer::{FreshToken, ProblemDocument, User};

/// What the key answered, and what to call it.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RegisterRequest {
    /// 1 to 64 characters; by default the name given before, or the key's make.
    name: Option<String>,
    /// `RegistrationResponseJSON` (W3C WebAuthn Level 3, §5.1).
    #[schema(value_type = Object)]
    credential: Value,
    /// Whether recovery codes that come with a first factor count as saved at once.
    #[serde(default)]
    codes_saved: bool,
}

/// The key is a factor.
#[derive(Serialize, ToSchema)]
pub struct RegisterAnswer {
    /// Id.
    id: Uuid,
    /// Kind: `webauthn`.
    #[serde(rename = "type")]
    #[schema(example = "webauthn")]
    kind: &'static str,
    /// Its name.
    name: String,
    /// The credential id, base64url without padding.
    key_id: String,
    /// RFC 3339, UTC.
    #[schema(format = DateTime)]
    created_at: String,
    /// The recovery codes that became valid with a first factor, shown once.
    #[serde(skip_serializing_if = "Option::is_none")]
    backup_codes: Option<Vec<String>>,
    /// Recovery codes that are valid now.
    recovery_codes_remaining: u32,
    /// Who is signed in now, where this was the enrollment that a sign-in had led into.
    #[serde(skip_serializing_if = "Option::is_none")]
    user: Option<User>,
    #[serde(flatten)]
    fresh: FreshToken,
}

impl From<&Registered> for RegisterAnswer {
    fn from(registered: &Registered) -> Self {
        let Registered { key, enrolled } = registered;
        let codes: Vec<_> =
            enrolled.recovery_codes.iter().map(|code| code.expose_secret().to_owned()).collect();
        Self {
            id: key.id,
            kind: "webauthn",
            name: key.name.clone(),
            key_id: key.key_id.clone(),
            created_at: key.created_at.to_string(),
            backup_codes: (!codes.is_empty()).then_some(codes),
            recovery_codes_remaining: enrolled.recovery_codes_remaining,
            user: enrolled.signed_in.clone().map(User::from),
            fresh: FreshToken::from(&enrolled.issued),
        }
    }
}

/// Register a security key or passkey. Other sessions end; the challenge is used up, whatever comes of it.
#[utoipa::path(
    post, path = "/api/v1/mfa/webauthn/register", tag = "Second factors", request_body = RegisterRequest,
    security(("bearer" = [])),
    responses(
        (status = 201, body = RegisterAnswer),
        (status = 401, body = ProblemDocument, description = "`unauthenticated`"),
        (status = 403, body = ProblemDocument, description = "`step_up_required`, `enrollment_proof_required`"),
        (status = 409, body = ProblemDocument,
            description = "`conflict`: the key is registered already, or ten factors are enrolled"),
        (status = 422, body = ProblemDocument,
            description = "`validation_failed`, `invalid_webauthn_response`"),
    ),
)]
pub async fn register(
    State(state): State<WebState>,
    _: MfaAvailable,
    ConfirmingKey(caller): ConfirmingKey,
    RequestClient(client): RequestClient,
    ApiJson(body): ApiJson<RegisterRequest>,
) -> Result<Response, Problem> {
    let answer = Registration {
        name: body.name.as_deref(),
        credential: &body.credential,
        codes_saved: body.codes_saved,
    };
    let registered = register::register(&state.app, &client, &caller, answer).await?;
    let answer = RegisterAnswer::from(&registered);
    let renewed = Renewed::new(&state, answer, registered.enrolled.issued);
    Ok((StatusCode::CREATED, renewed).into_response())
}
