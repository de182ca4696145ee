//! Passwords: one normal form, and what makes one too weak to be chosen.
//!
//! There are no composition rules and no forced rotation (NIST SP 800-63B-4 §3.1.1.2).

use std::sync::LazyLock;

use secrecy::{ExposeSecret, SecretString};
use thiserror::Error;
use unicode_normalization::{UnicodeNormalization, is_nfkc};
use zeroize::Zeroizing;
use zxcvbn::{Score, zxcvbn};

/// No tenant can allow shorter passwords, in code points.
pub const MIN_LENGTH: usize = 8;
/// The shortest password unless the tenant says otherwise, in code points.
pub const DEFAULT_MIN_LENGTH: usize = 12;
/// The longest password that can be chosen, in code points.
pub const MAX_LENGTH: usize = 128;

/// How much of a password the estimator reads, in code points: its time grows faster than the length.
const ESTIMATED: usize = 100;
/// Context words shorter than this, in code points, are too common in good passwords to matter.
const MIN_CONTEXT_WORD: usize = 4;
/// Letters and digits a password must have besides context words.
const MIN_BESIDES_CONTEXT: usize = 6;
/// The product's own name belongs to every context.
const PRODUCT: &str = "twinlock";

/// At least eight characters each, lower case, sorted by byte. `password/README.md` names the source.
static COMMON: LazyLock<Vec<&'static str>> =
    LazyLock::new(|| include_str!("password/common.txt").lines().collect());

/// Why a password cannot be chosen, in words for the person who chose it.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum PasswordProblem {
    /// Fewer than `min` characters.
    #[error("Use at least {min} characters.")]
    TooShort {
        /// The fewest that are allowed, in code points.
        min: usize,
    },
    /// More than `max` characters.
    #[error("Use at most {max} characters.")]
    TooLong {
        /// The most that are allowed, in code points.
        max: usize,
    },
    /// On the list of common passwords.
    #[error("Many people use this password, so it is among the first to be tried. Choose another.")]
    TooCommon,
    /// Long enough, but made of what a guesser tries early.
    #[error("This password is easy to guess. {suggestion}")]
    TooGuessable {
        /// One sentence that helps to do better.
        suggestion: String,
    },
    /// Little more than the person's, the organisation's or the product's name.
    #[error("This password is mostly your name, your address or the name of this service. Choose another.")]
    ContainsContext,
}

/// The form that is hashed and verified: NFKC (NIST SP 800-63B-4 §3.1.1.2), so that the same password
/// typed on different keyboards is the same. Never shortened; nothing else is changed.
pub fn normalize(raw: &str) -> SecretString {
    if is_nfkc(raw) {
        return SecretString::from(raw);
    }
    // Counting first keeps the text in one allocation, the one that is wiped.
    let mut text = String::with_capacity(raw.nfkc().map(char::len_utf8).sum());
    text.extend(raw.nfkc());
    SecretString::from(text)
}

/// Whether `password` may be chosen. `min_length` below [`MIN_LENGTH`] counts as that; `context` are
/// words an attacker knows: user name, e-mail address, display name, tenant name.
///
/// Takes milliseconds for long input: check before hashing, not on every keystroke.
pub fn check(password: &str, min_length: usize, context: &[&str]) -> Result<(), PasswordProblem> {
    let normal = normalize(password);
    let password = normal.expose_secret();
    check_length(password, min_length.max(MIN_LENGTH))?;

    let folded = Zeroizing::new(password.to_lowercase());
    if COMMON.binary_search(&folded.trim()).is_ok() {
        return Err(PasswordProblem::TooCommon);
    }
    let words = context_words(context);
    if is_mostly_context(&folded, &words) {
        return Err(PasswordProblem::ContainsContext);
    }
    check_guessability(password, &words)
}

fn check_length(password: &str, min: usize) -> Result<(), PasswordProblem> {
    match password.chars().take(MAX_LENGTH + 1).count() {
        length if length < min => Err(PasswordProblem::TooShort { min }),
        length if length > MAX_LENGTH => Err(PasswordProblem::TooLong { max: MAX_LENGTH }),
        _ => Ok(()),
    }
}

/// Lower-case words of the context, longest first so that a part does not break up the whole.
fn context_words(context: &[&str]) -> Vec<String> {
    let mut words: Vec<String> = context
        .iter()
        .chain(&[PRODUCT])
        .flat_map(|text| {
            let folded = text.nfkc().collect::<String>().to_lowercase();
            let parts: Vec<String> =
                folded.split(|c: char| !c.is_alphanumeric()).map(ToOwned::to_owned).collect();
            parts.into_iter().chain([folded])
        })
        .filter(|word| word.chars().count() >= MIN_CONTEXT_WORD)
        .collect();
    words.sort_by(|a, b| b.len().cmp(&a.len()).then_with(|| a.cmp(b)));
    words.dedup();
    words
}

/// Whether hardly anything is left once the context words, forwards and backwards, are taken away.
fn is_mostly_context(folded: &str, words: &[String]) -> bool {
    let mut rest = Zeroizing::new(folded.to_owned());
    let mut found = false;
    for word in words {
        let backwards: String = word.chars().rev().collect();
        for form in [word, &backwards] {
            if rest.contains(form.as_str()) {
                found = true;
                rest = Zeroizing::new(rest.replace(form.as_str(), " "));
            }
        }
    }
    found && rest.chars().filter(|c| c.is_alphanumeric()).count() < MIN_BESIDES_CONTEXT
}

fn check_guessability(password: &str, words: &[String]) -> Result<(), PasswordProblem> {
    let start: Zeroizing<String> = Zeroizing::new(password.chars().take(ESTIMATED).collect());
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let estimate = zxcvbn(&start, &words);
    if estimate.score() >= Score::Three {
        return Ok(());
    }
    let suggestion = estimate
        .feedback()
        .and_then(|feedback| feedback.suggestions().first())
        .map_or_else(|| "Add another word or two.".to_owned(), ToString::to_string);
    Err(PasswordProblem::TooGuessable { suggestion })
}

#[cfg(test)]
mod tests {
    use super::*;
    #[test]
    fn explore() {
        for p in ["correct horse battery","correct horse battery staple","correcthorsebattery","Tr0ub4dor&3xyz","password1234","maria12345678","Summer2025!!","aaaaaaaaaaaaaaaaaaaaaaaa","abcabcabcabcabcabcabcabc","qwertyuiopasdfgh","123456789012","my dog likes cheese","the quick brown fox","iloveyousomuch","DemoPass-2025!","winter is coming soon","hunter2hunter2","a long enough password","another long password","new correct horse battery","Passw0rd!Passw0rd!","пароль пароль пароль","日本語のパスワードです","s3cret-enough-1","letmeinletmein","Sup3r-Secret-Pw!","battery horse correct","maria's new password"] {
            let e = zxcvbn(p, &["maria","twinlock"]);
            println!("{p:32} {:?} {:.2} {:?}", e.score(), e.guesses_log10(), check(p, 8, &["maria","maria@demo.example","Demo organisation"]));
        }
    }
}
