//! How the program ends when it cannot do what it was asked to.

use std::{error::Error, fmt};

use twinlock_service::{Internal, keys::KeyError};
use twinlock_store::{StoreError, refusal};

/// Why the program ends: one line for standard error, and its exit code.
#[derive(Debug)]
pub struct Failure {
    code: u8,
    line: String,
}

impl Failure {
    /// Exit code 2: a bad setting, an unreadable key, a database that cannot be reached or is newer than
    /// this program. Trying again changes nothing before somebody has corrected it.
    pub fn setup(what: impl fmt::Display) -> Self {
        Self { code: 2, line: one_line(&what.to_string()) }
    }

    /// Exit code 1: it was tried and did not work.
    pub fn failed(what: impl fmt::Display) -> Self {
        Self { code: 1, line: one_line(&what.to_string()) }
    }

    /// Either of them, by what the database says: missing rights, a server that only reads, and a pooler that does
    /// not do are a matter of how it was set up.
    fn of(error: &(dyn Error + 'static)) -> Self {
        match refusal(error) {
            Some(line) => Self::setup(line),
            None => Self::failed(error),
        }
    }

    /// The exit code.
    pub fn code(&self) -> u8 {
        self.code
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.line)
    }
}

impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Self {
        Self::of(&error)
    }
}

impl From<Internal> for Failure {
    fn from(error: Internal) -> Self {
        Self::of(&error)
    }
}

impl From<KeyError> for Failure {
    fn from(error: KeyError) -> Self {
        match error {
            KeyError::Store(error) => error.into(),
            other => Self::setup(other),
        }
    }
}

/// Scripts and people read one line; control characters of a file or a driver do not reach the terminal.
fn one_line(text: &str) -> String {
    let spaced: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    spaced.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failure_is_one_line_whatever_it_was_told() {
        let failure = Failure::setup("line 3:\n  |\n3 | \u{1b}[31mx\r\n");
        assert_eq!(failure.to_string(), "line 3: | 3 | [31mx");
        assert_eq!(failure.code(), 2);
    }
}
