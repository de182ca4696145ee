//! Laying the sources of settings on top of each other.

use std::{env, fs, net::SocketAddr, path::Path};

use toml::{Table, Value};

use super::{
    values::{self, Fault},
    written::Written,
};
use crate::failure::Failure;

/// What every variable of ours begins with.
const PREFIX: &str = "TWINLOCK_";
/// The parts of the settings, as the environment writes them.
const SECTIONS: [&str; 10] =
    ["SERVER", "METRICS", "DATABASE", "MAIL", "KEYS", "MFA", "WEBAUTHN", "HASHING", "AUDIT", "LOG"];

/// Reads the file, the environment and the command line.
pub fn read(file: Option<&Path>, listen: Option<SocketAddr>) -> Result<Written, Failure> {
    // What is no UTF-8 is no name of ours, and as a value it shows where it is refused.
    let variables: Vec<_> = env::vars_os()
        .filter_map(|(name, value)| Some((name.into_string().ok()?, value.to_string_lossy().into_owned())))
        .collect();
    refuse_single_underscore(variables.iter().map(|(name, _)| name.clone()))?;
    let mut layers = Vec::new();
    if let Some(path) = file {
        layers.push(Layer::file(path)?);
    }
    layers.push(Layer::environment(variables));
    if let Some(listen) = listen {
        layers.push(Layer::listen(listen));
    }
    written(layers)
}

/// One source of settings.
struct Layer {
    /// Where its settings are written.
    place: String,
    /// Sections with their settings.
    table: Table,
}

impl Layer {
    /// A TOML file whose faults are told in one line, without repeating what the line says: it may be a password.
    fn file(path: &Path) -> Result<Self, Failure> {
        let place = path.display().to_string();
        let text = fs::read_to_string(path).map_err(|error| Failure::setup(format!("{place}: {error}")))?;
        let table = toml::from_str(&text).map_err(|error| {
            let line = line_of(&text, error.span().map_or(0, |span| span.start));
            Failure::setup(format!("{place}, line {line}: {}", error.message()))
        })?;
        Ok(Self { place, table })
    }

    /// `TWINLOCK_SECTION__KEY` variables. One without a section (the passphrase of a backup) is no setting.
    fn environment(variables: impl IntoIterator<Item = (String, String)>) -> Self {
        let mut table = Table::new();
        for (name, text) in variables {
            let name = name.trim().to_ascii_uppercase();
            let Some(name) = name.strip_prefix(PREFIX).filter(|name| name.contains("__")) else { continue };
            let name = name.to_ascii_lowercase();
            let value =
                name.rsplit("__").fold(value(&text), |value, part| Value::Table(table_of(part, value)));
            if let Value::Table(upper) = value {
                lay(&mut table, upper);
            }
        }
        Self { place: format!("`{PREFIX}` environment variable(s)"), table }
    }

    /// Where the command line says that the server listens.
    fn listen(address: SocketAddr) -> Self {
        let server = table_of("listen", Value::String(address.to_string()));
        let table = table_of("server", Value::Table(server));
        Self { place: "the command line".to_owned(), table }
    }

    /// Whether it says something about a setting, or about a section that this setting would be in.
    fn speaks_of(&self, path: &[String]) -> bool {
        let mut names = path.iter();
        let first = names.next().and_then(|name| self.table.get(name));
        let last = names.try_fold(first, |value, name| match value? {
            Value::Table(table) => Some(table.get(name)),
            // An entry of a list: the list is what was written.
            other => Some(Some(other)),
        });
        last.flatten().is_some()
    }
}

/// The settings of all layers, of which the last ones count most.
fn written(layers: Vec<Layer>) -> Result<Written, Failure> {
    let mut all = Table::new();
    for layer in &layers {
        lay(&mut all, layer.table.clone());
    }
    values::read(all).map_err(|(path, fault)| {
        let layer = layers.iter().rfind(|layer| layer.speaks_of(&path));
        let place = layer.map(|layer| format!(" (in {})", layer.place)).unwrap_or_default();
        let path = path.join(".");
        Failure::setup(match fault {
            Fault::Unknown(known) => format!("{path} is no setting{place}; there are: {}", known.join(", ")),
            Fault::Other(what) => format!("{path}: {what}{place}"),
        })
    })
}

fn table_of(name: &str, value: Value) -> Table {
    let mut table = Table::new();
    table.insert(name.to_owned(), value);
    table
}

/// Puts one table on top of another; within a section, setting by setting.
fn lay(lower: &mut Table, upper: Table) {
    for (name, value) in upper {
        let value = match (lower.remove(&name), value) {
            (Some(Value::Table(mut lower)), Value::Table(upper)) => {
                lay(&mut lower, upper);
                Value::Table(lower)
            }
            (_, value) => value,
        };
        lower.insert(name, value);
    }
}

/// What a variable's text stands for: a truth, a number, a list, a text in quotation marks as a TOML file has it, and
/// otherwise the text itself. Entries of a list need no quotation marks.
fn value(text: &str) -> Value {
    let text = text.trim();
    if let Ok(truth) = text.parse() {
        return Value::Boolean(truth);
    }
    if let Ok(number) = text.parse() {
        return Value::Integer(number);
    }
    if let Some(number) = text.contains('.').then(|| text.parse().ok()).flatten() {
        return Value::Float(number);
    }
    let quoted = text.starts_with(['"', '[', '{']).then(|| text.parse::<Value>().ok()).flatten();
    let list =
        || text.strip_prefix('[')?.strip_suffix(']').map(|items| items.split(',').map(value).collect());
    quoted.or_else(|| list().map(Value::Array)).unwrap_or_else(|| Value::String(text.to_owned()))
}

/// `TWINLOCK_MFA_ENABLED` would silently do nothing; what was meant is `TWINLOCK_MFA__ENABLED`.
fn refuse_single_underscore(names: impl Iterator<Item = String>) -> Result<(), Failure> {
    for name in names {
        let Some(rest) = name.strip_prefix(PREFIX) else { continue };
        let section = SECTIONS.iter().find(|section| {
            rest.strip_prefix(**section).is_some_and(|key| key.starts_with('_') && !key.starts_with("__"))
        });
        if let Some(section) = section {
            return Err(Failure::setup(format!(
                "{name} is no setting: section and key are parted by two underscores ({PREFIX}{section}__…)"
            )));
        }
    }
    Ok(())
}

/// The number of the line that holds this byte.
pub fn line_of(text: &str, byte: usize) -> usize {
    text.bytes().take(byte).filter(|b| *b == b'\n').count() + 1
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_variable_with_one_underscore_is_refused_and_corrected() {
        let names = |names: &[&str]| refuse_single_underscore(names.iter().map(|name| (*name).to_owned()));
        let error = names(&["PATH", "TWINLOCK_MFA_ENABLED"]).unwrap_err();
        assert!(error.to_string().contains("TWINLOCK_MFA__"), "{error}");
        assert!(names(&["TWINLOCK_WEBAUTHN_ORIGINS"]).is_err());
        assert!(names(&["TWINLOCK_MFA__ENABLED", "TWINLOCK_PASSPHRASE", "TWINLOCK_DATA"]).is_ok());
    }

    #[test]
    fn a_variable_says_a_truth_a_number_a_list_or_a_text() {
        let text = |text: &str| Value::String(text.to_owned());
        let list = |items: &[&str]| Value::Array(items.iter().map(|item| text(item)).collect());
        for (written, meant) in [
            ("true", Value::Boolean(true)),
            (" false ", Value::Boolean(false)),
            ("True", text("True")),
            ("8080", Value::Integer(8080)),
            ("-5", Value::Integer(-5)),
            ("007", Value::Integer(7)),
            ("1.5", Value::Float(1.5)),
            ("127.0.0.1:80", text("127.0.0.1:80")),
            (" off ", text("off")),
            ("1979-05-27", text("1979-05-27")),
            ("99999999999999999999", text("99999999999999999999")),
            ("\"true\"", text("true")),
            ("\" a\\u0021 \"", text(" a! ")),
            ("\"open", text("\"open")),
            ("[open", text("[open")),
            ("[::1]:80", text("[::1]:80")),
            ("10.0.0.0/8, ::1", text("10.0.0.0/8, ::1")),
            ("[\"10.0.0.0/8\", \"::1\"]", list(&["10.0.0.0/8", "::1"])),
            ("[10.0.0.0/8,\"::1\"]", list(&["10.0.0.0/8", "::1"])),
            ("[]", list(&[])),
            ("", text("")),
        ] {
            assert_eq!(value(written), meant, "{written}");
        }
    }

    /// What is said about a file with this text below these variables.
    fn refused(file: &str, variables: &[(&str, &str)]) -> String {
        let file = Layer { place: "twinlock.toml".to_owned(), table: toml::from_str(file).unwrap() };
        let variables = variables.iter().map(|(name, text)| ((*name).to_owned(), (*text).to_owned()));
        written(vec![file, Layer::environment(variables)]).map(drop).unwrap_err().to_string()
    }

    const IN_FILE: &str = "(in twinlock.toml)";
    const IN_VARIABLE: &str = "(in `TWINLOCK_` environment variable(s))";

    #[test]
    fn what_is_wrong_is_named_with_its_setting_and_its_place() {
        for (file, told) in [
            ("[keys]\nfolder = \"x\"", format!("keys.folder is no setting {IN_FILE}; there are: directory")),
            (
                "[mfa.enabled]\nx = 1",
                format!("mfa.enabled: invalid type: found map, expected a boolean {IN_FILE}"),
            ),
            (
                "server = 1",
                format!("server: invalid type: found integer `1`, expected struct Server {IN_FILE}"),
            ),
            (
                "[log]\nlevel = 2",
                format!("log.level: invalid type: found integer `2`, expected enum Level {IN_FILE}"),
            ),
            (
                "[log]\nformat = \"JSON\"",
                format!("log.format: unknown variant: found `JSON`, expected one of text, json {IN_FILE}"),
            ),
            (
                "[server]\ntrusted_proxies = [\"::1\", 2]",
                format!(
                    "server.trusted_proxies.1: invalid type: found integer `2`, expected a string {IN_FILE}"
                ),
            ),
            (
                "[server]\nlisten = 2026-01-05",
                format!("server.listen: invalid type: found date, expected a string {IN_FILE}"),
            ),
            (
                "[hashing]\nthreads = -1",
                format!("hashing.threads: invalid value integer `-1`, expected usize {IN_FILE}"),
            ),
        ] {
            assert_eq!(refused(file, &[]), told);
        }
    }

    #[test]
    fn the_place_is_the_one_that_counts() {
        let wrong = "[server]\nlisten = 80\n[mfa]\nenabled = 1";
        let over = [("TWINLOCK_SERVER__LISTEN", "off"), ("twinlock_mfa__enabled", "maybe")];
        assert!(refused(wrong, &over).ends_with(IN_VARIABLE));
        assert!(refused(wrong, &over[1..]).starts_with("mfa.enabled"));
        assert!(refused(wrong, &[("TWINLOCK_MFA__ENABLED", "true")]).ends_with(IN_FILE));
        let unknown = refused("", &[("TWINLOCK_SERVER__LISTEN_ON", "x")]);
        assert!(
            unknown.starts_with(&format!("server.listen_on is no setting {IN_VARIABLE}; there are: listen,"))
        );
        for name in ["TWINLOCK_SERVER__", "TWINLOCK_MAIL____FROM", "TWINLOCK__SERVER__LISTEN"] {
            assert!(refused("", &[(name, "x")]).contains("is no setting"), "{name}");
        }
    }

    #[test]
    fn lines_are_counted_from_one() {
        assert_eq!(line_of("a\nb\nc", 0), 1);
        assert_eq!(line_of("a\nb\nc", 4), 3);
    }
}
