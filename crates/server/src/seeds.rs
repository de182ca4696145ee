//! The file that `serve --bootstrap` fills an empty database from.

use std::{fs, path::Path};

use secrecy::SecretString;
use serde::{Deserialize, Deserializer, de};
use toml::value::Datetime;
use twinlock_core::{clock::Timestamp, user::Role};
use twinlock_service::bootstrap::{TenantSeed, UserSeed};

use crate::{config::line_of, failure::Failure};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Document {
    #[serde(default)]
    tenant: Vec<Tenant>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Tenant {
    id: String,
    name: String,
    #[serde(default)]
    mfa_required_for_admins: bool,
    #[serde(default)]
    user: Vec<User>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct User {
    username: String,
    email: Option<String>,
    #[serde(deserialize_with = "secret")]
    password: SecretString,
    role: Role,
    display_name: Option<String>,
    created_at: Option<Datetime>,
}

/// Reads the file. What the entries say is checked when they are written.
///
/// # Errors
/// Exit code 2, naming the file and the line.
pub fn read(path: &Path) -> Result<Vec<TenantSeed>, Failure> {
    let name = path.display();
    let text = fs::read_to_string(path).map_err(|error| Failure::setup(format!("{name}: {error}")))?;
    parse(&text).map_err(|fault| Failure::setup(format!("{name}{fault}")))
}

fn parse(text: &str) -> Result<Vec<TenantSeed>, String> {
    let document: Document = toml::from_str(text).map_err(|error| {
        let line = line_of(text, error.span().map_or(0, |span| span.start));
        format!(", line {line}: {}", error.message())
    })?;
    document.tenant.into_iter().map(tenant_seed).collect()
}

fn tenant_seed(tenant: Tenant) -> Result<TenantSeed, String> {
    let Tenant { id, name, mfa_required_for_admins, user } = tenant;
    let users = user.into_iter().map(user_seed).collect::<Result<_, _>>()?;
    Ok(TenantSeed { id, name, mfa_required_for_admins, users })
}

fn user_seed(user: User) -> Result<UserSeed, String> {
    let read = |at: Datetime| {
        Timestamp::parse(&at.to_string()).ok_or_else(|| {
            format!(": created_at of user {} must be a date and time with offset", user.username)
        })
    };
    Ok(UserSeed {
        created_at: user.created_at.map(read).transpose()?,
        username: user.username,
        email: user.email,
        password: user.password,
        role: user.role,
        display_name: user.display_name,
    })
}

/// A text, or an error that does not repeat what was written in its place.
fn secret<'de, D: Deserializer<'de>>(deserializer: D) -> Result<SecretString, D::Error> {
    match toml::Value::deserialize(deserializer)? {
        toml::Value::String(text) => Ok(text.into()),
        _ => Err(de::Error::custom("a password is text in quotes")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const USER: &str = "[[tenant]]\nid = \"demo\"\nname = \"Demo organisation\"\n[[tenant.user]]\n\
        username = \"maria\"\npassword = \"correct horse battery\"\nrole = \"owner\"\n";

    /// The fault of a file that is refused.
    fn refused(text: &str) -> String {
        parse(text).err().unwrap()
    }

    #[test]
    fn a_file_gives_tenants_and_users() {
        let seeds = parse(&format!("{USER}created_at = 2026-01-05T09:00:00Z")).unwrap();
        let maria = &seeds[0].users[0];
        assert_eq!((seeds[0].id.as_str(), maria.username.as_str()), ("demo", "maria"));
        assert_eq!(maria.role, Role::Owner);
        assert_eq!(maria.created_at.unwrap().to_string(), "2026-01-05T09:00:00Z");
        assert!(parse("").unwrap().is_empty());
    }

    #[test]
    fn a_misspelt_key_is_refused_by_line() {
        let fault = refused(&format!("{USER}rolle = \"member\""));
        assert!(fault.starts_with(", line 8: unknown field"), "{fault}");
    }

    #[test]
    fn a_time_without_offset_is_refused() {
        let fault = refused(&format!("{USER}created_at = 2026-01-05T09:00:00"));
        assert!(fault.contains("created_at of user maria"), "{fault}");
    }

    #[test]
    fn a_password_that_is_no_text_is_not_repeated() {
        let fault = refused(&USER.replace("\"correct horse battery\"", "4711081"));
        assert!(fault.contains("a password is text") && !fault.contains("4711081"), "{fault}");
    }
}
