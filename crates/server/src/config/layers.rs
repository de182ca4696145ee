//! Laying the sources of settings on top of each other.

use std::{
    env, fs,
    net::SocketAddr,
    path::{Path, PathBuf},
};

use figment::{
    Figment, Metadata, Profile, Provider,
    error::Kind,
    providers::{Env, Serialized},
    value::{Dict, Map},
};

use super::written::Written;
use crate::failure::Failure;

/// What every variable of ours begins with.
const PREFIX: &str = "TWINLOCK_";
/// The parts of the settings, as the environment writes them.
const SECTIONS: [&str; 9] =
    ["SERVER", "METRICS", "DATABASE", "MAIL", "KEYS", "MFA", "HASHING", "LOG", "AUDIT"];

/// Reads the file, the environment and the command line.
pub fn read(file: Option<&Path>, listen: Option<SocketAddr>) -> Result<Written, Failure> {
    refuse_single_underscore(env::vars_os().filter_map(|(name, _)| name.into_string().ok()))?;
    let mut layers = Figment::new();
    if let Some(path) = file {
        layers = layers.merge(File::read(path)?);
    }
    // Settings lie in sections. Variables without one (the passphrase of a backup) are not settings.
    layers = layers.merge(Env::prefixed(PREFIX).filter(|name| name.as_str().contains("__")).split("__"));
    if let Some(listen) = listen {
        layers = layers.merge(Serialized::default("server.listen", listen.to_string()));
    }
    layers.extract().map_err(|error| Failure::setup(explain(error)))
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

/// A TOML file whose faults are told in one line, without repeating what the line says: it may be a
/// password.
struct File {
    path: PathBuf,
    table: toml::Table,
}

impl File {
    fn read(path: &Path) -> Result<Self, Failure> {
        let name = path.display();
        let text = fs::read_to_string(path).map_err(|error| Failure::setup(format!("{name}: {error}")))?;
        let table = toml::from_str(&text).map_err(|error| {
            let line = line_of(&text, error.span().map_or(0, |span| span.start));
            Failure::setup(format!("{name}, line {line}: {}", error.message()))
        })?;
        Ok(Self { path: path.to_owned(), table })
    }
}

impl Provider for File {
    fn metadata(&self) -> Metadata {
        Metadata::from("the file", self.path.as_path())
    }

    fn data(&self) -> Result<Map<Profile, Dict>, figment::Error> {
        Serialized::defaults(&self.table).data()
    }
}

/// The number of the line that holds this byte.
pub fn line_of(text: &str, byte: usize) -> usize {
    text.bytes().take(byte).filter(|b| *b == b'\n').count() + 1
}

fn explain(error: figment::Error) -> String {
    let place = match &error.metadata {
        Some(metadata) => match &metadata.source {
            Some(source) => format!(" (in {source})"),
            None => format!(" (in {})", metadata.name),
        },
        None => String::new(),
    };
    let path = error.path.join(".");
    match error.kind {
        Kind::UnknownField(_, known) => {
            format!("{path} is no setting{place}; there are: {}", known.join(", "))
        }
        kind => format!("{path}: {kind}{place}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_variable_with_one_underscore_is_refused_and_corrected() {
        let names = |names: &[&str]| refuse_single_underscore(names.iter().map(|name| (*name).to_owned()));
        let error = names(&["PATH", "TWINLOCK_MFA_ENABLED"]).unwrap_err();
        assert!(error.to_string().contains("TWINLOCK_MFA__"), "{error}");
        assert!(names(&["TWINLOCK_MFA__ENABLED", "TWINLOCK_PASSPHRASE", "TWINLOCK_DATA"]).is_ok());
    }

    #[test]
    fn lines_are_counted_from_one() {
        assert_eq!(line_of("a\nb\nc", 0), 1);
        assert_eq!(line_of("a\nb\nc", 4), 3);
    }
}
