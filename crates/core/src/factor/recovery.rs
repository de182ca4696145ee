//! Recovery codes: single-use, made in sets, shown once.

use data_encoding::BASE32_NOPAD;
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};
use zeroize::{Zeroize, Zeroizing};

use crate::entropy::{Entropy, random_bytes, uniform_below};

/// How many codes a person gets at once.
pub const CODES_PER_SET: usize = 10;

const SHORT_DIGITS: usize = 8;
/// All numbers of eight digits.
const SHORT_CODES: u32 = 100_000_000;
const LONG_LETTERS: usize = 16;
/// Ten bytes are exactly sixteen base32 letters: 80 bits.
const LONG_BYTES: usize = 10;
/// Letters between two hyphens of a long code.
const GROUP: usize = 4;

/// How a tenant's recovery codes look.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum CodeFormat {
    /// Eight digits: 26.6 bits.
    #[default]
    #[serde(rename = "8digits")]
    Digits8,
    /// Sixteen base32 letters: 80 bits, above the 64 of NIST SP 800-63B-4 §4.2.1.1.
    #[serde(rename = "long")]
    Long16,
}

/// One recovery code in its canonical form. Does not print its content and is wiped when dropped.
#[derive(Clone, Debug)]
pub struct RecoveryCode {
    format: CodeFormat,
    canonical: SecretString,
}

impl RecoveryCode {
    /// Reads what a person typed. Spaces (U+0020), hyphens and the case of ASCII letters do not matter;
    /// what is left must be eight digits or sixteen letters of the base32 alphabet (RFC 4648 §6).
    pub fn parse(raw: &str) -> Option<Self> {
        let mut typed = Zeroizing::new(String::with_capacity(raw.len()));
        typed.extend(raw.chars().filter(|c| !matches!(c, ' ' | '-')).map(|c| c.to_ascii_uppercase()));
        let format = format_of(&typed)?;
        Some(Self { format, canonical: SecretString::from(typed.as_str()) })
    }

    /// The canonical form, as it is hashed: eight digits, or sixteen of `A`–`Z` and `2`–`7`.
    pub fn expose(&self) -> &str {
        self.canonical.expose_secret()
    }

    /// Which format this code has.
    pub fn format(&self) -> CodeFormat {
        self.format
    }

    /// The form for people: `12345678`, or `ABCD-EFGH-IJKL-MNOP`.
    pub fn display(&self) -> String {
        match self.format {
            CodeFormat::Digits8 => self.expose().to_owned(),
            CodeFormat::Long16 => super::grouped(self.expose(), GROUP, '-'),
        }
    }

    fn generate(entropy: &dyn Entropy, format: CodeFormat) -> Self {
        let canonical = match format {
            CodeFormat::Digits8 => {
                SecretString::from(format!("{:0SHORT_DIGITS$}", uniform_below(entropy, SHORT_CODES)))
            }
            CodeFormat::Long16 => {
                let mut bytes: [u8; LONG_BYTES] = random_bytes(entropy);
                let text = SecretString::from(BASE32_NOPAD.encode(&bytes));
                bytes.zeroize();
                text
            }
        };
        Self { format, canonical }
    }
}

/// A fresh set of [`CODES_PER_SET`] codes, each uniform among all codes of its format, no two alike.
pub fn generate_set(entropy: &dyn Entropy, format: CodeFormat) -> Vec<RecoveryCode> {
    let mut codes: Vec<RecoveryCode> = Vec::with_capacity(CODES_PER_SET);
    while codes.len() < CODES_PER_SET {
        let code = RecoveryCode::generate(entropy, format);
        if codes.iter().all(|other| other.expose() != code.expose()) {
            codes.push(code);
        }
    }
    codes
}

fn format_of(canonical: &str) -> Option<CodeFormat> {
    let is_base32 = |b: u8| matches!(b, b'A'..=b'Z' | b'2'..=b'7');
    match canonical.len() {
        SHORT_DIGITS if canonical.bytes().all(|b| b.is_ascii_digit()) => Some(CodeFormat::Digits8),
        LONG_LETTERS if canonical.bytes().all(is_base32) => Some(CodeFormat::Long16),
        _ => None,
    }
}
