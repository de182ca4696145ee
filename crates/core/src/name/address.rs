//! E-mail addresses, and the domains in them.

use unicode_normalization::UnicodeNormalization;

use super::{NameError, canonical, is_label, refuse_forbidden, require_length};

/// The longest e-mail address, in characters (RFC 5321 §4.5.3.1.3 less the angle brackets).
const MAX_EMAIL: usize = 254;
/// The longest part before the `@` (RFC 5321 §4.5.3.1.1).
const MAX_LOCAL_PART: usize = 64;

/// Exactly one e-mail address, trimmed, in the form for people. Without quotes, comments or address literals (a subset
/// of RFC 5321 §4.1.2 `Mailbox`); the part before the `@` is ASCII, the domain may be an international one in either
/// form (RFC 5890 §2.3.2.1), and its length counts in ASCII. Spelling is untouched otherwise.
pub fn validate_email(raw: &str) -> Result<String, NameError> {
    const WRONG: NameError = NameError::Invalid("This is not an e-mail address like name@example.org.");
    refuse_forbidden(raw)?;
    let address = raw.trim();
    require_length(address, MAX_EMAIL)?;
    let (local, domain) = address.rsplit_once('@').ok_or(WRONG)?;
    if !local.is_ascii() {
        return Err(NameError::Invalid(
            "The part before the @ may only have letters from a to z without accents, digits and signs: not every mail \
             server delivers others.",
        ));
    }
    let ascii = ascii_domain(domain).ok_or(WRONG)?;
    if !is_local_part(local) || !is_domain(&ascii) {
        return Err(WRONG);
    }
    require_length(&format!("{local}@{ascii}"), MAX_EMAIL)?;
    Ok(readable_email(&format!("{local}@{}", if domain.is_ascii() { domain } else { &ascii })))
}

/// An address with its domain in ASCII (A-labels), as it is kept and mailed to. What is no address stays as it is.
pub fn ascii_email(address: &str) -> String {
    match address.rsplit_once('@') {
        Some((local, domain)) if !domain.is_ascii() => {
            ascii_domain(domain).map_or_else(|| address.to_owned(), |ascii| format!("{local}@{ascii}"))
        }
        _ => address.to_owned(),
    }
}

/// An address with its domain in the letters of its language (U-labels), for people. A domain that only looks like an
/// international one stays as it is.
pub fn readable_email(address: &str) -> String {
    match address.rsplit_once('@') {
        Some((local, domain)) if has_a_label(domain) => match idna::domain_to_unicode(domain) {
            (readable, Ok(())) => format!("{local}@{readable}"),
            _ => address.to_owned(),
        },
        _ => address.to_owned(),
    }
}

/// RFC 5890 §2.3.2.1: these four characters begin a label that stands for others.
fn has_a_label(domain: &str) -> bool {
    domain.split('.').any(|label| label.get(..4).is_some_and(|begin| begin.eq_ignore_ascii_case("xn--")))
}

/// A domain in ASCII; none for one that cannot be. One without any international label stays as it was typed.
fn ascii_domain(domain: &str) -> Option<String> {
    if domain.is_ascii() && !has_a_label(domain) {
        return Some(domain.to_owned());
    }
    idna::domain_to_ascii(domain).ok().filter(|ascii| !ascii.is_empty())
}

/// The same of an address at an international domain, in either form. Its domain is not folded as names are: `ß` is a
/// letter of its own there. None for everything else.
pub(super) fn canonical_address(raw: &str) -> Option<String> {
    let text: String = raw.nfkc().collect();
    let (local, domain) = text.trim().rsplit_once('@')?;
    if domain.is_ascii() && !has_a_label(domain) {
        return None;
    }
    let ascii = ascii_domain(domain).filter(|ascii| is_domain(ascii))?;
    let folded = canonical(local);
    (folded.chars().count() > 0 && local.trim() == local)
        .then(|| format!("{folded}@{}", ascii.to_ascii_lowercase()))
}

/// RFC 5322 §3.2.3 `dot-atom-text`.
fn is_local_part(text: &str) -> bool {
    let is_atext = |b: u8| b.is_ascii_alphanumeric() || b"!#$%&'*+-/=?^_`{|}~".contains(&b);
    text.len() <= MAX_LOCAL_PART && text.split('.').all(|atom| !atom.is_empty() && atom.bytes().all(is_atext))
}

/// Whether this is a host name in ASCII: labels, of which the last is not a number (that would be an IP address).
pub fn is_domain(text: &str) -> bool {
    let last = text.rsplit('.').next().unwrap_or_default();
    text.split('.').all(is_label) && !last.bytes().all(|b| b.is_ascii_digit())
}
