//! Names people give: user names, e-mail addresses, display names, device names, tenant slugs.
//!
//! Addresses at international domains are read in the letters of their language and kept, compared and mailed to in
//! ASCII (UTS 46): [`readable_email`], [`ascii_email`].
//!
//! Look-up never compares what was typed. It compares [`NameKey`]s: one canonical form, computed in one
//! place, for look-up, counters, audit and uniqueness alike.

mod address;

use thiserror::Error;
use unicode_normalization::UnicodeNormalization;
use unicode_properties::{GeneralCategory, GeneralCategoryGroup, UnicodeGeneralCategory};

use address::canonical_address;
pub use address::{ascii_email, is_domain, readable_email, validate_email};

/// The longest text that is looked up at all, in code points.
const MAX_KEY: usize = 320;
/// The longest user name, in code points.
const MAX_USERNAME: usize = 64;
/// The longest part of a domain between dots (RFC 1035 §2.3.4); tenant slugs keep to it, too.
const MAX_LABEL: usize = 63;
/// The longest display name, in code points.
const MAX_DISPLAY_NAME: usize = 100;
/// The longest name of a device, in code points.
const MAX_DEVICE_NAME: usize = 64;
/// The longest reason that is written down, in code points.
const MAX_REASON: usize = 500;

/// Why a name was refused, in words for the person who typed it.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum NameError {
    /// Nothing that can be seen.
    #[error("This must not be empty.")]
    Empty,
    /// More than `max` characters.
    #[error("This must not be longer than {max} characters.")]
    TooLong {
        /// The longest that is allowed, in code points.
        max: usize,
    },
    /// Holds a character for which [`is_forbidden_char`] is true.
    #[error("This contains a character that cannot be seen or that changes the direction of text.")]
    Forbidden,
    /// Has the wrong form; the text says which form is right.
    #[error("{0}")]
    Invalid(&'static str),
}

/// The canonical form of a user name or e-mail address: NFKC, case-folded, trimmed; the domain of an address in ASCII,
/// so that both forms of an international one are the same name.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct NameKey(String);

impl NameKey {
    /// The key of what was typed, or nothing for text that can match nobody: with a forbidden
    /// character, blank, or longer than 320 code points.
    pub fn of(raw: &str) -> Option<Self> {
        let acceptable = |text: &str| fits(text, MAX_KEY) && !text.chars().any(is_forbidden_char);
        if !acceptable(raw) {
            return None;
        }
        let key = canonical_address(raw).unwrap_or_else(|| canonical(raw));
        (!key.is_empty() && acceptable(&key)).then_some(Self(key))
    }

    /// The same without a look at what is behind an `@`: for the beginning of a name, which is no whole address yet.
    pub fn of_letters(raw: &str) -> Option<Self> {
        let acceptable = |text: &str| fits(text, MAX_KEY) && !text.chars().any(is_forbidden_char);
        if !acceptable(raw) {
            return None;
        }
        let key = canonical(raw);
        (!key.is_empty() && acceptable(&key)).then_some(Self(key))
    }

    /// The canonical text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Whether `c` may not be part of a name that identifies somebody: controls, line separators, bidi and
/// zero-width characters, fillers that look like nothing, private and unassigned code points.
pub fn is_forbidden_char(c: char) -> bool {
    use GeneralCategory::{
        Control, Format, LineSeparator, ParagraphSeparator, PrivateUse, Surrogate, Unassigned,
    };
    let category = c.general_category();
    matches!(
        category,
        Control | Format | LineSeparator | ParagraphSeparator | PrivateUse | Surrogate | Unassigned
    ) || is_invisible(c)
}

/// A user name as it is shown: trimmed and in NFKC. At most 64 characters, no white space inside, no
/// `/`; with an `@` only when it is a valid e-mail address.
pub fn validate_username(raw: &str) -> Result<String, NameError> {
    refuse_forbidden(raw)?;
    let name = raw.nfkc().collect::<String>().trim().to_owned();
    refuse_forbidden(&name)?;
    require_length(&name, MAX_USERNAME)?;
    if name.chars().any(char::is_whitespace) {
        return Err(NameError::Invalid("A user name has no spaces."));
    }
    if name.contains('/') {
        return Err(NameError::Invalid("A user name has no slash."));
    }
    if name.chars().next().is_some_and(is_mark) {
        return Err(NameError::Invalid("A user name does not begin with an accent."));
    }
    if name.contains('@') {
        return validate_email(&name);
    }
    Ok(name)
}

/// A person's or organisation's name for people to read, trimmed, in NFC: at most 100 characters.
pub fn validate_display_name(raw: &str) -> Result<String, NameError> {
    readable(raw, MAX_DISPLAY_NAME)
}

/// The name of a device or factor, trimmed, in NFC: 1–64 characters.
pub fn validate_device_name(raw: &str) -> Result<String, NameError> {
    readable(raw, MAX_DEVICE_NAME)
}

/// Why somebody did something, for the audit log: one line of 1–500 characters.
pub fn validate_reason(raw: &str) -> Result<String, NameError> {
    readable(raw, MAX_REASON)
}

/// A device's name that none of `taken` is: "Key", then "Key 2". What is too long for its number is shortened.
pub fn numbered(name: &str, taken: &[&str]) -> String {
    if !taken.contains(&name) {
        return name.to_owned();
    }
    let with = |number: usize| {
        let end = format!(" {number}");
        let room = MAX_DEVICE_NAME.saturating_sub(end.len());
        let begin: String = name.chars().take(room).collect();
        format!("{}{end}", begin.trim_end())
    };
    // One more number than there are names: one of them is free.
    let last = taken.len() + 2;
    (2..last).map(with).find(|name| !taken.contains(&name.as_str())).unwrap_or_else(|| with(last))
}

/// A tenant's slug: `[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?`. Reserved slugs are refused elsewhere.
pub fn validate_slug(raw: &str) -> Result<String, NameError> {
    require_length(raw, MAX_LABEL)?;
    if !is_label(raw) || raw.bytes().any(|b| b.is_ascii_uppercase()) {
        return Err(NameError::Invalid(
            "Use small letters a–z, digits and hyphens, beginning and ending with a letter or digit.",
        ));
    }
    Ok(raw.to_owned())
}

/// The slug that somebody means who typed this: read as tolerantly as a name (see [`NameKey`]), and nothing where no
/// tenant can have it.
pub fn slug_key(raw: &str) -> Option<String> {
    validate_slug(NameKey::of(raw)?.as_str()).ok()
}

/// Folds until nothing changes. One round nearly always does; a second is needed where folding makes
/// text that NFKC composes anew.
fn canonical(raw: &str) -> String {
    let mut text = fold(raw);
    for _ in 0..4 {
        let again = fold(&text);
        if again == text {
            break;
        }
        text = again;
    }
    text
}

/// NFKC and case folding by way of both cases, so that `ß`/`SS`, `ς`/`σ` and `ı`/`I` fall together.
/// Character by character: `str::to_lowercase` treats a final sigma by its neighbours.
fn fold(text: &str) -> String {
    let folded: String = text
        .nfkc()
        .flat_map(char::to_lowercase)
        .flat_map(char::to_uppercase)
        .flat_map(char::to_lowercase)
        .nfkc()
        .collect();
    folded.trim().to_owned()
}

/// Characters outside the format category that show nothing: fillers, joiners, variation selectors.
fn is_invisible(c: char) -> bool {
    matches!(
        c,
        '\u{034F}' | '\u{115F}' | '\u{1160}' | '\u{17B4}' | '\u{17B5}' | '\u{2800}' | '\u{3164}' | '\u{FFA0}'
    ) || matches!(c, '\u{180B}'..='\u{180F}')
        || is_variation_selector(c)
}

fn is_variation_selector(c: char) -> bool {
    matches!(c, '\u{FE00}'..='\u{FE0F}' | '\u{E0100}'..='\u{E01EF}')
}

/// Text for reading may hold what some scripts and emoji are written with.
fn is_forbidden_in_text(c: char) -> bool {
    let joiner = matches!(c, '\u{200C}' | '\u{200D}');
    is_forbidden_char(c) && !joiner && !is_variation_selector(c)
}

fn is_mark(c: char) -> bool {
    c.general_category_group() == GeneralCategoryGroup::Mark
}

fn readable(raw: &str, max: usize) -> Result<String, NameError> {
    if raw.chars().any(is_forbidden_in_text) {
        return Err(NameError::Forbidden);
    }
    let name = raw.nfc().collect::<String>().trim().to_owned();
    if !name.chars().any(|c| !is_forbidden_char(c)) {
        return Err(NameError::Empty);
    }
    require_length(&name, max)?;
    Ok(name)
}

fn refuse_forbidden(text: &str) -> Result<(), NameError> {
    if text.chars().any(is_forbidden_char) { Err(NameError::Forbidden) } else { Ok(()) }
}

fn require_length(text: &str, max: usize) -> Result<(), NameError> {
    if text.is_empty() {
        return Err(NameError::Empty);
    }
    if fits(text, max) { Ok(()) } else { Err(NameError::TooLong { max }) }
}

/// Whether `text` has at most `max` code points; stops counting beyond.
fn fits(text: &str, max: usize) -> bool {
    text.chars().nth(max).is_none()
}

/// RFC 1123 §2.1: letters, digits and hyphens, no hyphen at either end.
fn is_label(text: &str) -> bool {
    let characters = text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
    let hyphen_at_end = text.starts_with('-') || text.ends_with('-');
    (1..=MAX_LABEL).contains(&text.len()) && characters && !hyphen_at_end
}

#[cfg(test)]
mod tests;
