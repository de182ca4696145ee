//! Secrets that a test saw go by, and where they must never be: in the log, and in the database as they are.
//!
//! Every request, answer and mail of a [`crate::TestApp`] is looked through for what nobody may write down.
//! When the test ends, so is everything that was logged at the finest level, and the database file.

use std::{
    collections::BTreeSet,
    io::{self, Write},
    sync::{Mutex, Once, PoisonError},
};

use axum::http::{HeaderMap, header};
use serde_json::Value;
use tracing::level_filters::LevelFilter;
use tracing_subscriber::{Layer, filter::Targets, fmt, layer::SubscriberExt};
use uuid::Uuid;

use crate::Mail;

/// What everything in this process logged.
static LOG: Mutex<Vec<u8>> = Mutex::new(Vec::new());

/// Collects what is logged from now on, as the program filters it at its most talkative.
pub(crate) fn listen() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let filter =
            Targets::new().with_default(LevelFilter::WARN).with_target("twinlock", LevelFilter::TRACE);
        // Without the time: its digits could be a code's.
        let lines = fmt::layer().with_ansi(false).without_time().with_writer(|| Log);
        let log = tracing_subscriber::registry().with(lines.with_filter(filter));
        tracing::subscriber::set_global_default(log).expect("no test logs elsewhere");
    });
}

struct Log;

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        LOG.lock().unwrap_or_else(PoisonError::into_inner).write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Members of JSON and fields of forms that hold a secret.
const FIELDS: [&str; 14] = [
    "password",
    "current_password",
    "new_password",
    "mfa_code",
    "mail_code",
    "second_code",
    "enrollment_code",
    "token",
    "mfa_token",
    "enrollment_token",
    "secret",
    "otpauth_url",
    "backup_codes",
    "csrf",
];
/// The same, but the name of an error in an answer.
const ASKED: &str = "code";

/// Shorter ones could be anything: a count, a word.
const SHORTEST: usize = 6;

/// The secrets of one test.
#[derive(Debug, Default)]
pub struct Secrets(Mutex<BTreeSet<String>>);

impl Secrets {
    /// Adds one.
    pub fn keep(&self, secret: &str) {
        let secret = secret.trim();
        // A single word may well be in the log for another reason: tests try names of all kinds.
        let is_word = secret.bytes().all(|byte| byte.is_ascii_alphabetic() || byte == b'_');
        // Nor is an address one, though somebody tried it as a password.
        let is_address = secret.ends_with(".example");
        // Nor is an id, though somebody tried it as a token.
        let is_id = Uuid::parse_str(secret).is_ok();
        if secret.len() >= SHORTEST && !is_word && !is_address && !is_id {
            self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(secret.to_owned());
        }
    }

    pub(crate) fn of_request(&self, path: &str, headers: &HeaderMap, body: &[u8]) {
        let last = path.rsplit('/').next().unwrap_or_default();
        if last.len() >= 32 && Uuid::parse_str(last).is_err() {
            self.keep(last);
        }
        for value in headers.get_all(header::AUTHORIZATION) {
            self.keep(value.to_str().unwrap_or_default().trim_start_matches("Bearer "));
        }
        for pair in
            headers.get_all(header::COOKIE).iter().flat_map(|v| v.to_str().unwrap_or_default().split("; "))
        {
            self.keep(pair.split_once('=').unwrap_or_default().1);
        }
        match serde_json::from_slice(body) {
            Ok(json) => self.of_json(&json, true),
            Err(_) => {
                for (name, value) in url::form_urlencoded::parse(body) {
                    if FIELDS.contains(&&*name) || name == ASKED {
                        self.keep(&value);
                    }
                }
            }
        }
    }

    pub(crate) fn of_answer(&self, headers: &HeaderMap, body: &[u8]) {
        for cookie in headers.get_all(header::SET_COOKIE).iter().filter_map(|value| value.to_str().ok()) {
            let value = cookie.split_once('=').unwrap_or_default().1;
            self.keep(value.split(';').next().unwrap_or_default());
        }
        if let Ok(json) = serde_json::from_slice(body) {
            self.of_json(&json, false);
        }
    }

    pub(crate) fn of_mail(&self, mail: &Mail) {
        for word in mail.text.split_whitespace() {
            if word.starts_with("http") {
                self.of_request(word, &HeaderMap::new(), b"");
            } else if word.len() == 8 && word.bytes().all(|byte| byte.is_ascii_digit()) {
                self.keep(word);
            }
        }
    }

    fn of_json(&self, json: &Value, asked: bool) {
        match json {
            Value::Object(members) => {
                for (name, value) in members {
                    if FIELDS.contains(&name.as_str()) || (asked && name == ASKED) {
                        value.as_str().into_iter().for_each(|text| self.keep(text));
                        let all = value.as_array().into_iter().flatten();
                        all.filter_map(Value::as_str).for_each(|text| self.keep(text));
                    } else {
                        self.of_json(value, asked);
                    }
                }
            }
            Value::Array(items) => items.iter().for_each(|item| self.of_json(item, asked)),
            _ => {}
        }
    }

    /// Takes one back that was tried as a secret and is none.
    pub fn forget(&self, text: &str) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).remove(text.trim());
    }

    /// Those that were logged, and lines with a token of anybody's.
    pub fn logged(&self) -> Vec<String> {
        let log = LOG.lock().unwrap_or_else(PoisonError::into_inner);
        assert!(!log.is_empty(), "nothing was logged: nobody listens");
        let mut found = self.chosen(|secret| holds(&log, secret.as_bytes()));
        found.extend(position(&log, b"eyJ").map(|at| {
            let line = log[at.saturating_sub(200)..].split(|byte| *byte == b'\n').next().unwrap_or_default();
            format!("a token: {}", String::from_utf8_lossy(line))
        }));
        found
    }

    /// Those that are in these bytes of a database, where values follow each other without a gap.
    pub fn stored(&self, bytes: &[u8]) -> Vec<String> {
        self.chosen(|secret| secret.len() > SHORTEST && position(bytes, secret.as_bytes()).is_some())
    }

    fn chosen(&self, choose: impl Fn(&str) -> bool) -> Vec<String> {
        let secrets = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        secrets.iter().filter(|secret| choose(secret)).cloned().collect()
    }
}

/// Whether `needle` is there, and not merely within a longer number, word or id.
fn holds(mut bytes: &[u8], needle: &[u8]) -> bool {
    let joins =
        |byte: Option<&u8>| byte.is_some_and(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(byte));
    let mut before = None;
    while let Some(at) = position(bytes, needle) {
        let (start, end) = (at.checked_sub(1).map_or(before, |at| bytes.get(at)), at + needle.len());
        if !joins(start) && !joins(bytes.get(end)) {
            return true;
        }
        before = bytes.get(at);
        bytes = &bytes[at + 1..];
    }
    false
}

fn position(bytes: &[u8], needle: &[u8]) -> Option<usize> {
    memchr::memmem::find(bytes, needle)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{TestApp, app::PASSWORD};

    #[test]
    fn a_word_of_its_own_is_found() {
        assert!(holds(b"code=123456 ", b"123456") && holds(b"123456", b"123456"));
        for other in [&b"0123456"[..], b"1234567", b"a123456", b"123456-89", b"12345"] {
            assert!(!holds(other, b"123456"), "{other:?}");
        }
        assert!(holds(b"1234567 123456", b"123456"));
    }

    /// attacks.md row 94: the tests notice a secret in the log.
    #[tokio::test]
    #[should_panic(expected = "written down: [\"correct horse battery\"]")]
    async fn a_password_in_the_log_is_noticed() {
        let test = TestApp::start().await;
        test.sign_in("mia").await;
        tracing::trace!(target: "twinlock_web", password = PASSWORD, "on purpose");
    }

    /// attacks.md row 94: the tests notice a token in the log.
    #[tokio::test]
    #[should_panic(expected = "written down")]
    async fn a_token_in_the_log_is_noticed() {
        let test = TestApp::start().await;
        let mia = test.sign_in("mia").await;
        tracing::debug!(target: "twinlock_service::login", token = mia.token, "on purpose");
    }

    /// attacks.md row 95: the tests notice a secret in the database.
    #[tokio::test]
    #[should_panic(expected = "written down")]
    async fn a_recovery_code_in_the_database_is_noticed() {
        let test = TestApp::start().await;
        let (_, phone) = test.enrolled("mia").await;
        test.by_hand(&format!("UPDATE users SET display_name = '{}'", phone.recovery_codes[3])).await;
    }
}
