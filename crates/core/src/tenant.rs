//! Organisations and their settings.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::{
    clock::Timestamp,
    enrollment::EnrollmentProof,
    factor::{
        kinds::Kinds,
        recovery::CodeFormat,
        webauthn::{Attestation, UserVerification},
    },
    password,
    user::{Power, Role},
};

/// The slug of the tenant whose users are the operators of the whole server.
pub const SYSTEM_SLUG: &str = "system";

/// Between the wish to delete a tenant and its end, in seconds. Meanwhile it is suspended and can be restored.
pub const DELETION_WAIT_SECS: i64 = 7 * 86_400;

/// What a tenant decides about its own security. Stored as JSON; absent members take the default, so
/// that a new setting needs no migration.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Settings {
    /// Whether everybody must have a second factor.
    pub mfa_required: bool,
    /// Whether owners and administrators must have one, whoever else must: at once, without a grace period.
    pub mfa_required_for_admins: bool,
    /// How long who was there at the start may go on without one, in days (0–365).
    pub mfa_grace_period_days: u32,
    /// The kinds of second factor that count, and that may be enrolled.
    pub mfa_allowed_methods: Kinds,
    /// When the tenant began to require a factor; none while it does not.
    pub mfa_enforced_at: Option<Timestamp>,
    /// Whether a sign-in through an identity provider needs the local second factor.
    pub mfa_sso_policy: SsoPolicy,
    /// Shortest password accepted, in code points (8–128).
    pub password_min_length: usize,
    /// Codes asked for when an authenticator app is enrolled: 1, or 2 consecutive ones.
    pub totp_enrollment_codes: u8,
    /// What the first enrollment asks for beside the password.
    pub enrollment_proof: EnrollmentProof,
    /// Form of the recovery codes.
    pub recovery_code_format: CodeFormat,
    /// Absolute lifetime of a session, in minutes (5–43200).
    pub session_lifetime_minutes: i64,
    /// How long an invitation can be accepted, in days (1–30).
    pub invitation_lifetime_days: u32,
    /// Whether a security key must verify its user as a second factor. A passkey always must.
    pub user_verification: UserVerification,
    /// Whether a security key must prove its make when it is registered.
    pub webauthn_attestation: Attestation,
    /// The makes that may be registered; empty for all. Needs attestation: without it the make is a claim.
    pub webauthn_allowed_aaguids: Vec<Uuid>,
}

/// What a tenant thinks of the second factors of its identity providers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SsoPolicy {
    /// The local second factor is asked whatever the provider says.
    #[default]
    Require,
    /// What a trusted provider says of the factors it asked for is believed.
    TrustIdp,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            mfa_required: false,
            mfa_required_for_admins: false,
            mfa_grace_period_days: 0,
            mfa_allowed_methods: Kinds::ALL,
            mfa_enforced_at: None,
            mfa_sso_policy: SsoPolicy::Require,
            password_min_length: password::DEFAULT_MIN_LENGTH,
            totp_enrollment_codes: 1,
            enrollment_proof: EnrollmentProof::Password,
            recovery_code_format: CodeFormat::Digits8,
            session_lifetime_minutes: 1440,
            invitation_lifetime_days: 7,
            user_verification: UserVerification::Preferred,
            webauthn_attestation: Attestation::None,
            webauthn_allowed_aaguids: Vec::new(),
        }
    }
}

/// Makes of keys that a tenant may list.
const MAX_AAGUIDS: usize = 200;

/// Why a settings value was refused: the field and what is allowed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{field}: {allowed}")]
pub struct SettingError {
    /// The API's name of the field.
    pub field: &'static str,
    /// The allowed values, for a person.
    pub allowed: &'static str,
}

impl Settings {
    /// Those of the operators' own tenant when it is made: nobody is in it with one lock only.
    pub fn of_operators(now: Timestamp) -> Self {
        Self { mfa_required: true, mfa_enforced_at: Some(now), ..Self::default() }
    }

    /// What holds besides in the operators' own tenant: their second factor is not up to them.
    pub fn validate_of_operators(&self) -> Result<(), Vec<SettingError>> {
        let refuse = |field, allowed| Err(vec![SettingError { field, allowed }]);
        match (self.mfa_required, self.mfa_grace_period_days) {
            (false, _) => refuse("mfa_required", "must stay on for operators"),
            (true, 1..) => refuse("mfa_grace_period_days", "must be 0 for operators"),
            (true, 0) => Ok(()),
        }
    }

    /// Those of an organisation that is made from now on.
    pub fn of_new_tenant() -> Self {
        Self { mfa_required_for_admins: true, ..Self::default() }
    }

    /// Whether a second factor is required of people of this role, during a grace period, too.
    pub fn require_of(&self, role: Role) -> bool {
        self.mfa_required || (self.mfa_required_for_admins && role.has(Power::Administer))
    }

    /// Whether a change to `self` takes a kind of factor away that counted before.
    pub fn narrows(&self, before: &Self) -> bool {
        self.mfa_allowed_methods.lacks_some_of(before.mfa_allowed_methods)
    }

    /// Checks every value against its range.
    pub fn validate(&self) -> Result<(), Vec<SettingError>> {
        let lengths = password::MIN_LENGTH..=password::MAX_LENGTH;
        let rules = [
            (self.mfa_grace_period_days <= 365, "mfa_grace_period_days", "must be 0 to 365"),
            (!self.mfa_allowed_methods.is_empty(), "mfa_allowed_methods", "must name totp, webauthn or both"),
            (lengths.contains(&self.password_min_length), "password_min_length", "must be 8 to 128"),
            (matches!(self.totp_enrollment_codes, 1 | 2), "totp_enrollment_codes", "must be 1 or 2"),
            (
                (5..=43_200).contains(&self.session_lifetime_minutes),
                "session_lifetime_minutes",
                "must be 5 to 43200",
            ),
            (
                (1..=30).contains(&self.invitation_lifetime_days),
                "invitation_lifetime_days",
                "must be 1 to 30",
            ),
            (
                self.webauthn_allowed_aaguids.is_empty()
                    || self.webauthn_attestation == Attestation::Required,
                "webauthn_allowed_aaguids",
                "needs webauthn_attestation: without it the make is only a claim",
            ),
            (
                self.webauthn_allowed_aaguids.len() <= MAX_AAGUIDS,
                "webauthn_allowed_aaguids",
                "must be 200 at most",
            ),
        ];
        let broken: Vec<_> = rules
            .into_iter()
            .filter(|(holds, ..)| !holds)
            .map(|(_, field, allowed)| SettingError { field, allowed })
            .collect();
        if broken.is_empty() { Ok(()) } else { Err(broken) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn operators_cannot_do_without_a_second_factor() {
        let settings = Settings::of_operators(Timestamp::from_secs(1));
        assert_eq!((settings.validate(), settings.validate_of_operators()), (Ok(()), Ok(())));
        let off = Settings { mfa_required: false, ..settings.clone() };
        assert_eq!(off.validate_of_operators().unwrap_err()[0].field, "mfa_required");
        let later = Settings { mfa_grace_period_days: 1, ..settings };
        assert_eq!(later.validate_of_operators().unwrap_err()[0].field, "mfa_grace_period_days");
    }

    #[test]
    fn the_defaults_are_valid() {
        assert_eq!(Settings::default().validate(), Ok(()));
        assert_eq!(Settings::of_new_tenant().validate(), Ok(()));
    }

    #[test]
    fn a_factor_may_be_required_of_those_alone_who_administer() {
        let required = |settings: Settings| {
            [Role::Owner, Role::Admin, Role::Helpdesk, Role::Member].map(|role| settings.require_of(role))
        };
        assert_eq!(required(Settings::default()), [false; 4]);
        assert_eq!(required(Settings::of_new_tenant()), [true, true, false, false]);
        assert_eq!(required(Settings { mfa_required: true, ..Settings::default() }), [true; 4]);
    }

    #[test]
    fn a_list_of_makes_needs_attestation() {
        let listed = Settings { webauthn_allowed_aaguids: vec![Uuid::from_u128(1)], ..Settings::default() };
        assert_eq!(listed.validate().unwrap_err()[0].field, "webauthn_allowed_aaguids");
        let proven = Settings { webauthn_attestation: Attestation::Required, ..listed };
        assert_eq!(proven.validate(), Ok(()));
    }

    #[test]
    fn every_value_out_of_range_is_named() {
        let settings = Settings {
            mfa_grace_period_days: 366,
            mfa_allowed_methods: Kinds::NONE,
            password_min_length: 7,
            totp_enrollment_codes: 3,
            session_lifetime_minutes: 4,
            invitation_lifetime_days: 31,
            ..Settings::default()
        };
        let fields: Vec<_> = settings.validate().unwrap_err().into_iter().map(|e| e.field).collect();
        let expected = [
            "mfa_grace_period_days",
            "mfa_allowed_methods",
            "password_min_length",
            "totp_enrollment_codes",
            "session_lifetime_minutes",
            "invitation_lifetime_days",
        ];
        assert_eq!(fields, expected);
    }
}
