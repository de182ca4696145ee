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
/// code white space, dashes and case do not matter. Anything else is no code.
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

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::factor::recovery::CodeFormat;

    fn totp(raw: &str) -> Option<String> {
        match parse(raw)? {
            TypedCode::Totp(code) => Some(String::from_utf8(code.as_bytes().to_vec()).unwrap()),
            TypedCode::Recovery(_) => None,
        }
    }

    fn recovery(raw: &str) -> Option<(CodeFormat, String)> {
        match parse(raw)? {
            TypedCode::Recovery(code) => Some((code.format(), code.expose().to_owned())),
            TypedCode::Totp(_) => None,
        }
    }

    /// attacks.md row 9: the tolerated spellings are one code before anything is compared or recorded.
    #[test]
    fn spaces_around_and_once_inside_a_totp_code_are_tolerated() {
        for raw in ["123456", "123456 ", "  123456", "123 456", " 123 456  ", "12345 6"] {
            assert_eq!(totp(raw).as_deref(), Some("123456"), "{raw:?}");
        }
        assert_eq!(totp("012345").as_deref(), Some("012345"));
    }

    /// attacks.md row 9: other spellings are no code at all.
    #[test]
    fn any_other_spelling_of_a_totp_code_is_no_code() {
        let refused = [
            "12 34 56",
            "123  456",
            "123-456",
            "123456\n",
            "\t123456",
            "+123456",
            "-123456",
            "0123456",
            "12345",
            "123456.0",
            "１２３４５６",
            "١٢٣٤٥٦",
            "123456\u{0}",
            "123\u{a0}456",
            "\u{200b}123456",
            "0x1e24",
            "1e5",
        ];
        for raw in refused {
            assert!(parse(raw).is_none(), "{raw:?}");
        }
    }

    /// attacks.md row 38: the documented forms map to one code.
    #[test]
    fn white_space_dashes_and_case_do_not_matter_in_a_recovery_code() {
        let spelled = [
            "12345678",
            "1234-5678",
            "1234 5678",
            " 12-34-56-78 ",
            "1 2 3 4 5 6 7 8",
            "12345678\n",
            "\t1234\r\n5678",
            "1234\u{2013}5678",
            "1234\u{2014}5678",
            "1234 \u{2212} 5678",
            "1234\u{2010}5678",
            "1234\u{2011}5678",
            "1234\u{00a0}5678",
            "1234\u{202f}5678",
            "1234\u{2009}5678",
            "1234\u{3000}5678",
            "1234\u{ff0d}5678",
            "1234\u{fe58}5678",
            "\u{feff}12345678",
        ];
        for raw in spelled {
            assert_eq!(recovery(raw), Some((CodeFormat::Digits8, "12345678".into())), "{raw:?}");
        }
        for raw in ["ABCDEFGHIJKLM234", "abcd-efgh-ijkl-m234", "AbCd EfGh IjKl M234"] {
            assert_eq!(recovery(raw), Some((CodeFormat::Long16, "ABCDEFGHIJKLM234".into())), "{raw:?}");
        }
    }

    /// attacks.md row 38: near misses, lists and concatenations are no code.
    #[test]
    fn any_other_spelling_of_a_recovery_code_is_no_code() {
        let refused = [
            "1234567",
            "123456789",
            "1234_5678",
            "1234\u{00b7}5678",
            "1234.5678",
            "１２３４５６７８",
            "١٢٣٤٥٦٧٨",
            "1234567O",
            "12345678123456",
            "12345678,23456789",
            "ABCDEFGHIJKLM018",
            "ABCDEFGHIJKLMNO",
            "ABCDEFGHIJKLMNſP",
        ];
        for raw in refused {
            assert!(parse(raw).is_none(), "{raw:?}");
        }
    }

    /// attacks.md row 12: hostile values are no code.
    #[test]
    fn hostile_values_are_no_code() {
        let megabyte = "0".repeat(1 << 20);
        for raw in ["", " ", "%", "_", "' OR 1=1--", "NaN", "-1", "null", "[]", &megabyte] {
            assert!(parse(raw).is_none());
        }
        let spaces = " ".repeat(1 << 20) + "123456";
        assert!(parse(&spaces).is_none());
    }

    #[test]
    fn only_white_space_is_blank() {
        assert!(["", " ", "\t\n", "\u{3000}"].iter().all(|raw| is_blank(raw)));
        assert!(!["0", " 123456", "\u{0}"].iter().any(|raw| is_blank(raw)));
    }

    #[test]
    fn a_typed_code_does_not_print_itself() {
        for raw in ["123456", "12345678", "ABCDEFGHIJKLMNOP"] {
            let printed = format!("{:?}", parse(raw).unwrap());
            assert!(!printed.contains(raw), "{printed}");
        }
    }

    proptest! {
        #[test]
        fn any_text_is_read_without_panic(raw in any::<String>()) {
            let _ = (parse(&raw), is_blank(&raw));
        }

        #[test]
        fn what_looks_like_a_code_has_only_ascii_in_it(raw in "[ 0-9A-Za-z\\-+.,\t\n０-９]{1,20}") {
            if let Some(code) = parse(&raw) {
                prop_assert!(raw.is_ascii() && !raw.contains(['\t', '\n', '+', '.', ',']), "{:?} {:?}", raw, code);
            }
        }

        #[test]
        fn six_digits_are_a_totp_code_and_eight_a_recovery_code(six in "[0-9]{6}", eight in "[0-9]{8}") {
            prop_assert_eq!(totp(&six), Some(six));
            prop_assert_eq!(recovery(&eight), Some((CodeFormat::Digits8, eight)));
        }
    }
}
