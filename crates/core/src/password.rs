//! Passwords: one normal form, and what makes one too weak to be chosen.
//!
//! There are no composition rules and no forced rotation (NIST SP 800-63B-4 §3.1.1.2).

mod origin;

use std::sync::LazyLock;

use secrecy::{ExposeSecret, SecretString};
use thiserror::Error;
use unicode_normalization::{UnicodeNormalization, is_nfkc};
use zeroize::Zeroizing;
use zxcvbn::zxcvbn;

pub use origin::{GIVEN_SECS, Origin};

/// No tenant can allow shorter passwords, in code points.
pub const MIN_LENGTH: usize = 8;
/// The shortest password unless the tenant says otherwise, in code points.
pub const DEFAULT_MIN_LENGTH: usize = 12;
/// The longest password that can be chosen, in code points.
pub const MAX_LENGTH: usize = 128;

/// How much of a password the estimator reads, in code points. Its time grows with the square of the
/// length and more: a hundred hostile characters take it a second. What begins strong stays strong.
const ESTIMATED: usize = 40;
/// The fewest guesses the estimator must think necessary: its score 3, without the margin that would
/// refuse every random password of eight characters.
const MIN_GUESSES: u64 = 100_000_000;
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
/// Takes milliseconds, for hostile input a tenth of a second: belongs where passwords are hashed, not on
/// an async thread.
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
    if estimate.guesses() >= MIN_GUESSES {
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
    use proptest::prelude::*;

    use super::*;

    const CONTEXT: [&str; 3] = ["maria", "maria.lopez", "Demo organisation"];

    fn verdict(password: &str) -> Result<(), PasswordProblem> {
        check(password, DEFAULT_MIN_LENGTH, &CONTEXT)
    }

    #[test]
    fn phrases_and_random_passwords_are_accepted() {
        let good = [
            "correct horse battery",
            "my dog likes cheese",
            "maria paints seven blue doors",
            "v7Kq-x2Mn-Pd9t",
            "кот спит на тёплой печке",
            "日本語の長いパスフレーズ",
            "twelve\u{0}and\u{7}bells",
        ];
        for password in good {
            assert_eq!(verdict(password), Ok(()), "{password}");
        }
    }

    #[test]
    fn length_is_counted_in_code_points_after_normalisation() {
        // Each ligature becomes two letters, each decomposed letter becomes one.
        let ligatures = "\u{FB01}".repeat(6);
        assert_ne!(verdict(&ligatures), Err(PasswordProblem::TooShort { min: 12 }));
        let decomposed = "e\u{301}".repeat(11);
        assert_eq!(verdict(&decomposed), Err(PasswordProblem::TooShort { min: 12 }));
    }

    #[test]
    fn a_tenant_cannot_go_below_the_least_length() {
        assert_eq!(check("x9$Kq2", 1, &[]), Err(PasswordProblem::TooShort { min: MIN_LENGTH }));
        for random in ["x9$Kq2vB", "vkqzhwmx"] {
            assert_eq!(check(random, 1, &[]), Ok(()), "{random}");
        }
    }

    #[test]
    fn a_password_of_the_greatest_length_is_accepted_and_one_more_is_not() {
        let longest: String = "a quick brown fox jumps ".chars().cycle().take(MAX_LENGTH).collect();
        assert_eq!(verdict(&longest), Ok(()));
        assert_eq!(verdict(&format!("{longest}x")), Err(PasswordProblem::TooLong { max: MAX_LENGTH }));
    }

    #[test]
    fn common_passwords_are_refused_in_any_case() {
        for password in ["password1234", "PASSWORD1234", "ｐａｓｓｗｏｒｄ１２３４"] {
            assert_eq!(check(password, 8, &[]), Err(PasswordProblem::TooCommon), "{password}");
        }
    }

    #[test]
    fn patterns_are_refused_with_a_suggestion() {
        for password in ["aaaaaaaaaaaaaaaa", "qwertyuiopasdfgh", "abcabcabcabcabcabc", "hunter2hunter2"] {
            let Err(PasswordProblem::TooGuessable { suggestion }) = verdict(password) else {
                panic!("{password} was not refused as guessable");
            };
            assert!(!suggestion.is_empty());
        }
    }

    #[test]
    fn what_is_mostly_a_known_name_is_refused() {
        for password in ["Maria.Lopez.2026", "demo organisation", "Twinlock2026!", "!kcolniwtkcolniwt!"] {
            assert_eq!(verdict(password), Err(PasswordProblem::ContainsContext), "{password}");
        }
    }

    #[test]
    fn the_list_is_sorted_and_can_be_chosen_from() {
        assert!(COMMON.len() > 5_000);
        assert!(COMMON.is_sorted());
        assert!(COMMON.iter().all(|entry| entry.len() >= MIN_LENGTH));
        assert!(COMMON.iter().all(|entry| *entry == entry.to_lowercase().trim()));
    }

    #[test]
    fn composed_and_decomposed_spellings_are_one_password() {
        let composed = normalize("cre\u{300}me bru\u{302}le\u{301}e");
        assert_eq!(composed.expose_secret(), normalize("crème brûlée").expose_secret());
    }

    #[test]
    fn a_long_password_is_never_shortened() {
        let long = "x".repeat(100_000);
        assert_eq!(normalize(&long).expose_secret(), long);
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        #[test]
        fn any_text_gets_a_verdict(password in "\\PC{0,140}", word in "\\PC{0,12}") {
            let _ = check(&password, DEFAULT_MIN_LENGTH, &[&word]);
        }

        #[test]
        fn normalising_twice_changes_nothing(password in any::<String>()) {
            let once = normalize(&password);
            let twice = normalize(once.expose_secret());
            prop_assert_eq!(twice.expose_secret(), once.expose_secret());
        }
    }
}
