//! Administering a tenant.

pub mod audit;
pub mod audit_csv;
pub mod invitations;
pub mod mfa_history;
pub mod mfa_reminders;
pub mod mfa_status;
pub mod recommendations;
pub mod settings;
mod settings_affected;
pub mod settings_update;
pub mod user_deadline;
pub mod users;

use serde::Serialize;
use twinlock_core::{
    enrollment::EnrollmentProof,
    factor::{
        kinds::Kinds,
        recovery::CodeFormat,
        webauthn::{Attestation, UserVerification},
    },
    tenant::SsoPolicy,
};
use twinlock_service::settings::SettingsView;
use utoipa::ToSchema;
use uuid::Uuid;

/// A tenant's settings.
#[derive(Serialize, ToSchema)]
pub struct SettingsAnswer {
    /// Whether everybody must have a second factor.
    mfa_required: bool,
    /// Whether owners and administrators must have one, whoever else must: at once, without a grace period.
    mfa_required_for_admins: bool,
    /// How long who was there when it became required may go on without one, in days.
    mfa_grace_period_days: u32,
    /// The kinds of second factor that count, and that may be enrolled: `totp`, `webauthn`.
    #[schema(value_type = Vec<String>, example = json!(["totp", "webauthn"]))]
    mfa_allowed_methods: Kinds,
    /// When it became required; RFC 3339, UTC. Null while it is not.
    #[schema(format = DateTime)]
    mfa_enforced_at: Option<String>,
    /// Whether a sign-in through an identity provider needs the local second factor: `require` or `trust_idp`.
    #[schema(value_type = String, example = "require")]
    mfa_sso_policy: SsoPolicy,
    /// Shortest password, in characters.
    password_min_length: usize,
    /// Codes asked for when an authenticator app is enrolled: 1 or 2.
    totp_enrollment_codes: u8,
    /// What the first enrollment asks for: `password` given lately, or a code by `email` as well.
    #[schema(value_type = String, example = "password")]
    enrollment_proof: EnrollmentProof,
    /// Form of new recovery codes.
    #[schema(value_type = String, example = "8digits")]
    recovery_code_format: CodeFormat,
    /// Absolute lifetime of new sessions, in minutes.
    session_lifetime_minutes: i64,
    /// How long a new invitation can be accepted, in days.
    invitation_lifetime_days: u32,
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
            mfa_required: settings.mfa_required,
            mfa_required_for_admins: settings.mfa_required_for_admins,
            mfa_grace_period_days: settings.mfa_grace_period_days,
            mfa_allowed_methods: settings.mfa_allowed_methods,
            mfa_enforced_at: settings.mfa_enforced_at.map(|at| at.to_string()),
            mfa_sso_policy: settings.mfa_sso_policy,
            password_min_length: settings.password_min_length,
            totp_enrollment_codes: settings.totp_enrollment_codes,
            enrollment_proof: settings.enrollment_proof,
            recovery_code_format: settings.recovery_code_format,
            session_lifetime_minutes: settings.session_lifetime_minutes,
            invitation_lifetime_days: settings.invitation_lifetime_days,
            user_verification: settings.user_verification,
            webauthn_attestation: settings.webauthn_attestation,
            webauthn_allowed_aaguids: settings.webauthn_allowed_aaguids,
            version,
        }
    }
}
