//! What a person typed into the code field.
//!
//! The form alone picks the check: 6 digits are an authenticator app's code, 8 digits or 16 letters are a
//! recovery code. No text has two meanings, and every tolerated spelling of a code becomes the same value
//! before it is counted, compared or recorded as used.

use std::fmt;

use zeroize::ZeroizeOnDrop;

use super::recovery::RecoveryCode;

/// The digits of a TOTP code.
pub const TOTP_DIGITS: usize = 6;

/// Nothing longer is looked at, in bytes.
const MAX_TYPED: usize = 128;

/// A typed code of some kind.
#[derive(Clone, Debug)]
pub enum TypedCode {
    /// Six digits.
    Totp(TotpCode),
    /// Eight digits or sixteen letters.
    Recovery(RecoveryCode),
}

/// Six ASCII digits, as an authenticator app shows them. Does not print its content.
#[derive(Clone, ZeroizeOnDrop)]
pub struct TotpCode([u8; TOTP_DIGITS]);

impl TotpCode {
    /// From exactly six ASCII digits.
    pub fn from_digits(digits: &str) -> Option<Self> {
        let bytes: [u8; TOTP_DIGITS] = digits.as_bytes().try_into().ok()?;
        bytes.iter().all(u8::is_ascii_digit).then_some(Self(bytes))
    }

    /// The six digits.
    pub(super) fn as_bytes(&self) -> &[u8] {
        &self.0
    }
}

impl fmt::Debug for TotpCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("TotpCode([REDACTED])")
    }
}

/// Reads a typed code. Around and once inside a TOTP code spaces (U+0020) are tolerated; in a recovery
/// code spaces, hyphens and case do not matter. Anything else is no code.
pub fn parse(raw: &str) -> Option<TypedCode> {
    if raw.len() > MAX_TYPED {
        return None;
    }
    parse_totp(raw).map(TypedCode::Totp).or_else(|| RecoveryCode::parse(raw).map(TypedCode::Recovery))
}

/// Whether nothing was given: empty or white space only.
pub fn is_blank(raw: &str) -> bool {
    raw.trim().is_empty()
}

fn parse_totp(raw: &str) -> Option<TotpCode> {
    let typed = raw.trim_matches(' ');
    match typed.split_once(' ') {
        None => TotpCode::from_digits(typed),
        Some((left, right)) => TotpCode::from_digits(&[left, right].concat()),
    }
}
