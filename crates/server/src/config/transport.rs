//! Ways to other machines, the database and the mail server: which they are, and that nobody reads along.

use std::{
    fs,
    path::{Path, PathBuf},
};

use twinlock_service::mail::{PostmanError, SmtpServer};
use twinlock_store::PostgresAddress;
use url::Url;

use super::{Database, Mail, check::bad, written};
use crate::failure::Failure;

pub fn database(written: &written::Database, data: &Path) -> Result<Database, Failure> {
    let Some(url) = &written.url else { return Ok(Database::Sqlite(data.join("twinlock.db"))) };
    // The address may hold a password, so it is never repeated.
    let wrong = || bad("database.url", "sqlite://file or postgres://user@host/database");
    match url.split_once(':').map(|(scheme, rest)| (scheme, rest.strip_prefix("//").unwrap_or(rest))) {
        Some(("postgres" | "postgresql", _)) if Url::parse(url).is_ok() => {
            let address = PostgresAddress::of(url).map_err(|_| wrong())?;
            guarded(&address, written.insecure)?;
            Ok(Database::Postgres(url.clone().into()))
        }
        Some(("sqlite", file)) if !file.is_empty() && !file.contains([':', '?', '%']) => {
            Ok(Database::Sqlite(PathBuf::from(file)))
        }
        Some(("sqlite", _)) => {
            Err(bad("database.url", "sqlite:// and a file name without parameters (: ? % are not possible)"))
        }
        _ => Err(wrong()),
    }
}

/// Password hashes and sealed secrets do not cross a network in clear because somebody forgot a word.
fn guarded(address: &PostgresAddress, insecure: bool) -> Result<(), Failure> {
    if insecure || address.is_this_machine || address.is_encrypted {
        return Ok(());
    }
    Err(Failure::setup(format!(
        "database.url names another machine ({}) without asking for TLS: add sslmode=verify-full (or require), or set \
         database.insecure = true if the way there is safe",
        address.host
    )))
}

pub fn mail(written: &written::Mail, data: &Path) -> Result<Mail, Failure> {
    if written.hello.as_deref().is_some_and(|name| !SmtpServer::is_hello(name)) {
        return Err(Failure::setup(PostmanError::Hello));
    }
    match (&written.smtp_url, &written.directory) {
        (Some(_), Some(_)) => {
            Err(Failure::setup("mail.smtp_url and mail.directory exclude each other: set one of them"))
        }
        (Some(url), None) => smtp(url, written).map(Mail::Smtp),
        (None, Some(directory)) => Ok(Mail::Directory(directory.into())),
        (None, None) => Ok(Mail::Directory(data.join("outbox"))),
    }
}

fn smtp(url: &str, written: &written::Mail) -> Result<SmtpServer, Failure> {
    let mut server = SmtpServer::new(url, written.insecure).map_err(Failure::setup)?;
    if let Some(name) = &written.hello {
        server = server.with_hello(name).map_err(Failure::setup)?;
    }
    if let Some(file) = &written.ca_file {
        let pem = fs::read(file).map_err(|error| Failure::setup(format!("mail.ca_file: {file}: {error}")))?;
        let wrong = |error| Failure::setup(format!("{error}; {file} has none that can be read"));
        server = server.with_authority(&pem).map_err(wrong)?;
    }
    Ok(server)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn postgres(url: &str, insecure: bool) -> Result<Database, String> {
        let written =
            written::Database { url: Some(url.to_owned()), insecure, ..written::Database::default() };
        database(&written, Path::new("data")).map_err(|failure| failure.to_string())
    }

    /// A database on another machine is asked over TLS unless somebody says otherwise.
    #[test]
    fn another_machine_s_database_needs_tls() {
        for near in [
            "postgres://u:p@127.0.0.1/d",
            "postgres://u:p@127.0.0.2:6000/d?sslmode=disable",
            "postgres://u:p@localhost/d",
            "postgres://u:p@[::1]/d",
            "postgres://u@%2Fvar%2Frun%2Fpostgresql/d",
            "postgres:///d?host=/var/run/postgresql",
        ] {
            assert!(postgres(near, false).is_ok(), "{near}");
        }
        for far in [
            "postgres://u:hunter2@db.example/d",
            "postgresql://u:hunter2@192.0.2.1/d",
            "postgres://u:hunter2@[2001:db8::1]/d",
        ] {
            for mode in ["", "?sslmode=prefer", "?sslmode=allow", "?ssl-mode=disable"] {
                let url = format!("{far}{mode}");
                let told = postgres(&url, false).unwrap_err();
                assert!(
                    told.contains("sslmode=verify-full") && told.contains("database.insecure"),
                    "{url}: {told}"
                );
                assert!(!told.contains("hunter2") && !told.contains('\n'), "{told}");
                assert!(postgres(&url, true).is_ok(), "{url}");
            }
            for mode in ["require", "verify-ca", "verify-full"] {
                assert!(postgres(&format!("{far}?sslmode={mode}"), false).is_ok(), "{far} {mode}");
            }
        }
        // The later word counts, as it does for the driver.
        assert!(postgres("postgres://u@db.example/d?sslmode=require&sslmode=disable", false).is_err());
        assert!(postgres("postgres://u@localhost/d?host=db.example", false).is_err());
        assert!(postgres("postgres://u@db.example/d?sslmode=maybe", true).is_err());
    }

    #[test]
    fn a_mail_server_s_faults_are_told_with_their_setting() {
        let told =
            |written: written::Mail| mail(&written, Path::new("data")).map(drop).unwrap_err().to_string();
        let to = |url: &str| written::Mail { smtp_url: Some(url.to_owned()), ..written::Mail::default() };
        assert!(told(to("smtp://relay.example")).contains("mail.insecure = true"));
        assert!(
            told(written::Mail { hello: Some("a b".into()), ..to("smtps://m.example") })
                .contains("mail.hello")
        );
        for file in ["/nowhere/ca.pem", "/dev/null"] {
            let line = told(written::Mail { ca_file: Some(file.into()), ..to("smtps://m.example") });
            assert!(line.starts_with("mail.ca_file") && line.contains(file), "{line}");
        }
        assert!(
            mail(&written::Mail { insecure: true, ..to("smtp://relay.example") }, Path::new("data")).is_ok()
        );
    }
}
