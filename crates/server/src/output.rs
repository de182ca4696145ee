//! What people and scripts read: results on standard output, warnings on standard error. Everything else
//! is the log's.

use std::{
    fmt::Display,
    io::{self, Write},
};

/// One line on standard output, at once. Whoever closed the pipe does not want to read it.
pub fn say(line: impl Display) {
    let mut out = io::stdout().lock();
    let _ = writeln!(out, "{line}").and_then(|()| out.flush());
}

/// One line on standard error that must be seen whatever the log level is.
pub fn warn(line: impl Display) {
    let _ = writeln!(io::stderr().lock(), "twinlock: {line}");
}
