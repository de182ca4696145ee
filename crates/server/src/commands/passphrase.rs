//! A secret line from whoever started the program.

use std::{
    env,
    io::{self, BufRead, IsTerminal, Read},
};

use secrecy::SecretString;
use zeroize::Zeroizing;

use crate::failure::Failure;

/// The variable that holds the passphrase of a file of keys.
const VARIABLE: &str = "TWINLOCK_PASSPHRASE";
/// The longest line read, in bytes.
const MAX_LINE: u64 = 4096;

/// The passphrase of a file of keys: from the environment, else from standard input.
pub fn passphrase() -> Result<SecretString, Failure> {
    match env::var(VARIABLE) {
        Ok(text) if !text.is_empty() => Ok(text.into()),
        _ => secret_line(&format!("the passphrase: set {VARIABLE}, or")),
    }
}

/// One line of standard input, which must not be a terminal: what is typed there would be seen.
pub fn secret_line(what: &str) -> Result<SecretString, Failure> {
    let input = io::stdin();
    if input.is_terminal() {
        return Err(Failure::setup(format!("{what} pipe it to standard input")));
    }
    let mut line = Zeroizing::new(String::new());
    input
        .lock()
        .take(MAX_LINE)
        .read_line(&mut line)
        .map_err(|error| Failure::setup(format!("standard input: {error}")))?;
    match line.trim_end_matches(['\r', '\n']) {
        "" => Err(Failure::setup(format!("{what} pipe it to standard input"))),
        text => Ok(text.into()),
    }
}
