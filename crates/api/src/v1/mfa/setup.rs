//! `POST /api/v1/mfa/setup`

use axum::{Json, extract::State};
use secrecy::ExposeSecret;
use serde::{Deserialize, Serialize};
use twinlock_http::{
    WebState,
    extract::{Enrolling, MfaAvailable, RequestClient},
    http::{ApiJson, Code, Problem},
    qr,
};
use twinlock_service::enrol;
use utoipa::ToSchema;

use crate::v1::answer::ProblemDocument;

/// What the device is to be called.
#[derive(Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SetupRequest {
    /// 1 to 64 characters; "Authenticator app" when absent.
    name: Option<String>,
}

/// A candidate, shown once. Nothing is enabled.
#[derive(Serialize, ToSchema)]
pub struct SetupAnswer {
    /// The secret in base32, for typing by hand.
    secret: String,
    /// The URI that the QR code carries.
    otpauth_url: String,
    /// A PNG as a `data:` URL.
    qr_code: String,
    /// Recovery codes, inert until `verify`; empty when a set is active already.
    backup_codes: Vec<String>,
    /// When the candidate ends; RFC 3339, UTC.
    #[schema(format = DateTime)]
    expires_at: String,
    /// How many consecutive codes `verify` asks for: 1 or 2.
    codes_required: u8,
}

/// Begin enrolling an authenticator app.
///
/// Replaces the last candidate, never an active factor. The first factor may be enrolled within ten
/// minutes of a password; adding another needs a step-up by a factor.
#[utoipa::path(
    post, path = "/api/v1/mfa/setup", tag = "Second factors", request_body = Option<SetupRequest>,
    security(("bearer" = [])),
    responses(
        (status = 200, body = SetupAnswer),
        (status = 401, body = ProblemDocument, description = "`unauthenticated`"),
        (
            status = 403, body = ProblemDocument,
            description = "`step_up_required`, `enrollment_proof_required`"
        ),
        (status = 409, body = ProblemDocument, description = "`conflict`: ten factors are enrolled"),
        (status = 422, body = ProblemDocument, description = "`validation_failed`"),
    ),
)]
pub async fn setup(
    State(state): State<WebState>,
    _: MfaAvailable,
    Enrolling(caller): Enrolling,
    RequestClient(client): RequestClient,
    ApiJson(body): ApiJson<SetupRequest>,
) -> Result<Json<SetupAnswer>, Problem> {
    let setup = enrol::app::setup(&state.app, &client, &caller, body.name.as_deref()).await?;
    let uri = setup.otpauth_url.expose_secret();
    Ok(Json(SetupAnswer {
        secret: setup.secret.expose_secret().to_owned(),
        qr_code: qr::png_data_url(uri).ok_or_else(|| Problem::new(Code::Internal))?,
        otpauth_url: uri.to_owned(),
        backup_codes: setup.backup_codes.iter().map(|code| code.expose_secret().to_owned()).collect(),
        expires_at: setup.expires_at.to_string(),
        codes_required: setup.codes_required,
    }))
}
