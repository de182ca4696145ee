//! Administering a tenant.

pub mod settings;
pub mod settings_update;

use serde::Serialize;
use twinlock_core::{
    enrollment::EnrollmentProof,
    factor::{
        recovery::CodeFormat,
        webauthn::{Attestation, UserVerification},
    },
};
use twinlock_service::settings::SettingsView;
use utoipa::ToSchema;
use uuid::Uuid;

/// A tenant's settings.
#[derive(Serialize, ToSchema)]
pub struct SettingsAnswer {
    /// Shortest password, in characters.
    password_min_length: usize,
    /// Codes asked for when an authenticator app is enrolled: 1 or 2.
    totp_enrollment_codes: u8,
    /// What the first enrolment asks for: `password` given lately, or a code by `email` as well.
    #[schema(value_type = String, example = "password")]
    enrollment_proof: EnrollmentProof,
    /// Form of new recovery codes.
    #[schema(value_type = String, example = "8digits")]
    recovery_code_format: CodeFormat,
    /// Absolute lifetime of new sessions, in minutes.
    session_lifetime_minutes: i64,
    /// Whether a security key must verify its user as a second factor: `preferred` or `required`.
    #[schema(value_type = String, example = "preferred")]
    user_verification: UserVerification,
    /// Whether a security key must prove its make when it is registered: `none` or `required`.
    #[schema(value_type = String, example = "none")]
    webauthn_attestation: Attestation,
    /// The makes that may be registered; empty for all.
    webauthn_allowed_aaguids: Vec<Uuid>,
    /// Rises with each change; a PATCH may name the one it saw.
    version: i64,
}

impl From<SettingsView> for SettingsAnswer {
    fn from(view: SettingsView) -> Self {
        let SettingsView { settings, version } = view;
        Self {
            password_min_length: settings.password_min_length,
            totp_enrollment_codes: settings.totp_enrollment_codes,
            enrollment_proof: settings.enrollment_proof,
            recovery_code_format: settings.recovery_code_format,
            session_lifetime_minutes: settings.session_lifetime_minutes,
            user_verification: settings.user_verification,
            webauthn_attestation: settings.webauthn_attestation,
            webauthn_allowed_aaguids: settings.webauthn_allowed_aaguids,
            version,
        }
    }
}
