//! Recovery codes: single-use, made in sets, shown once.

use data_encoding::BASE32_NOPAD;
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};
use unicode_properties::{GeneralCategory, UnicodeGeneralCategory};
use zeroize::{Zeroize, Zeroizing};

use crate::entropy::{Entropy, random_bytes, uniform_below};

/// How many codes a person gets at once.
pub const CODES_PER_SET: usize = 10;

/// This many left, or fewer, are few: time for a new set.
pub const FEW_CODES: u32 = 2;

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
    /// Reads what a person typed or pasted. White space, dashes of any kind and the case of ASCII letters do not matter;
    /// what is left must be eight digits or sixteen letters of the base32 alphabet (RFC 4648 §6).
    pub fn parse(raw: &str) -> Option<Self> {
        let mut typed = Zeroizing::new(String::with_capacity(raw.len()));
        typed.extend(raw.chars().filter(|c| !is_separator(*c)).map(|c| c.to_ascii_uppercase()));
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

    /// A fresh code, uniform among all of its format.
    pub fn generate(entropy: &dyn Entropy, format: CodeFormat) -> Self {
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

/// What stands between the characters of a code where it was printed, copied or spoken: Unicode's white space and
/// dashes, the minus sign, and what a line was broken by without being seen.
fn is_separator(c: char) -> bool {
    let invisible = matches!(c, '\u{00AD}' | '\u{200B}' | '\u{2060}' | '\u{FEFF}');
    let minus = matches!(c, '\u{2212}' | '\u{2043}' | '\u{02D7}');
    c.is_whitespace() || minus || invisible || c.general_category() == GeneralCategory::DashPunctuation
}

fn format_of(canonical: &str) -> Option<CodeFormat> {
    let is_base32 = |b: u8| matches!(b, b'A'..=b'Z' | b'2'..=b'7');
    match canonical.len() {
        SHORT_DIGITS if canonical.bytes().all(|b| b.is_ascii_digit()) => Some(CodeFormat::Digits8),
        LONG_LETTERS if canonical.bytes().all(is_base32) => Some(CodeFormat::Long16),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use proptest::prelude::*;

    use super::*;
    use crate::factor::testing::Seeded;

    /// Chi-squared of counts that should all be equal.
    fn chi_squared(counts: &[u32]) -> f64 {
        let expected =
            f64::from(counts.iter().sum::<u32>()) / f64::from(u32::try_from(counts.len()).unwrap());
        counts.iter().map(|&count| (f64::from(count) - expected).powi(2) / expected).sum()
    }

    /// attacks.md row 39: uniform digits, leading zeros included.
    #[test]
    fn the_digits_of_many_codes_are_uniform_in_every_place() {
        let entropy = Seeded::new(1);
        let mut counts = [[0_u32; 10]; SHORT_DIGITS];
        for _ in 0..2_000 {
            for code in generate_set(&entropy, CodeFormat::Digits8) {
                for (place, digit) in code.expose().bytes().enumerate() {
                    counts[place][usize::from(digit - b'0')] += 1;
                }
            }
        }
        // 9 degrees of freedom: above 33.7 once in ten thousand.
        assert!(counts.iter().all(|place| chi_squared(place) < 33.7), "{counts:?}");
    }

    /// attacks.md row 39: uniform letters.
    #[test]
    fn the_letters_of_many_long_codes_are_uniform() {
        let entropy = Seeded::new(2);
        let mut counts = [0_u32; 32];
        for _ in 0..500 {
            for code in generate_set(&entropy, CodeFormat::Long16) {
                for letter in code.expose().bytes() {
                    let index = if letter.is_ascii_digit() { letter - b'2' + 26 } else { letter - b'A' };
                    counts[usize::from(index)] += 1;
                }
            }
        }
        // 31 degrees of freedom: above 68 about once in ten thousand.
        assert!(chi_squared(&counts) < 68.0, "{counts:?}");
    }

    /// attacks.md row 39: no duplicates inside a set, even from a generator that repeats itself.
    #[test]
    fn the_codes_of_a_set_differ() {
        struct Repeating(std::sync::atomic::AtomicU8);
        impl Entropy for Repeating {
            fn fill(&self, buffer: &mut [u8]) {
                let calls = self.0.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
                buffer.fill(0);
                buffer[0] = calls / 3;
            }
        }
        for format in [CodeFormat::Digits8, CodeFormat::Long16] {
            let set = generate_set(&Repeating(0.into()), format);
            let different: HashSet<&str> = set.iter().map(RecoveryCode::expose).collect();
            assert_eq!(different.len(), CODES_PER_SET);
        }
    }

    #[test]
    fn long_codes_are_shown_in_groups_and_short_ones_plain() {
        let shown = |raw| RecoveryCode::parse(raw).unwrap().display();
        assert_eq!(shown("abcdefghijklm234"), "ABCD-EFGH-IJKL-M234");
        assert_eq!(shown("0123 4567"), "01234567");
    }

    #[test]
    fn the_settings_name_the_formats() {
        use serde::de::{IntoDeserializer, value};
        let read = |name: &'static str| {
            let text: value::StrDeserializer<'_, value::Error> = name.into_deserializer();
            CodeFormat::deserialize(text)
        };
        assert_eq!(read("8digits"), Ok(CodeFormat::Digits8));
        assert_eq!(read("long"), Ok(CodeFormat::Long16));
        assert!(read("short").is_err());
    }

    proptest! {
        #[test]
        fn every_generated_code_is_read_back_from_what_is_shown(seed in any::<u64>(), long in any::<bool>()) {
            let format = if long { CodeFormat::Long16 } else { CodeFormat::Digits8 };
            for code in generate_set(&Seeded::new(seed), format) {
                let typed = RecoveryCode::parse(&code.display().to_lowercase()).unwrap();
                prop_assert_eq!(typed.expose(), code.expose());
                prop_assert_eq!(typed.format(), format);
            }
        }
    }
}
