//! Organisations and their settings.

use serde::{Deserialize, Serialize};

use crate::{factor::recovery::CodeFormat, password};

/// The slug of the tenant whose users are the operators of the whole server.
pub const SYSTEM_SLUG: &str = "system";

/// What a tenant decides about its own security. Stored as JSON; absent members take the default, so
/// that a new setting needs no migration.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Settings {
    /// Shortest password accepted, in code points (8–128).
    pub password_min_length: usize,
    /// Codes asked for when an authenticator app is enrolled: 1, or 2 consecutive ones.
    pub totp_enrollment_codes: u8,
    /// Form of the recovery codes.
    pub recovery_code_format: CodeFormat,
    /// Absolute lifetime of a session, in minutes (5–43200).
    pub session_lifetime_minutes: i64,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            password_min_length: password::DEFAULT_MIN_LENGTH,
            totp_enrollment_codes: 1,
            recovery_code_format: CodeFormat::Digits8,
            session_lifetime_minutes: 1440,
        }
    }
}

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
    /// Checks every value against its range.
    pub fn validate(&self) -> Result<(), Vec<SettingError>> {
        let lengths = password::MIN_LENGTH..=password::MAX_LENGTH;
        let rules = [
            (lengths.contains(&self.password_min_length), "password_min_length", "must be 8 to 128"),
            (matches!(self.totp_enrollment_codes, 1 | 2), "totp_enrollment_codes", "must be 1 or 2"),
            (
                (5..=43_200).contains(&self.session_lifetime_minutes),
                "session_lifetime_minutes",
                "must be 5 to 43200",
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
    fn the_defaults_are_valid() {
        assert_eq!(Settings::default().validate(), Ok(()));
    }

    #[test]
    fn every_value_out_of_range_is_named() {
        let settings = Settings {
            password_min_length: 7,
            totp_enrollment_codes: 3,
            session_lifetime_minutes: 4,
            ..Settings::default()
        };
        let fields: Vec<_> = settings.validate().unwrap_err().into_iter().map(|e| e.field).collect();
        assert_eq!(fields, ["password_min_length", "totp_enrollment_codes", "session_lifetime_minutes"]);
    }
}
