//! Turning what was written into values that can be used, or one line that says why not.

use std::{
    fmt::Display,
    net::{IpAddr, SocketAddr},
    path::{Path, PathBuf},
    str::FromStr,
    thread,
};

use ipnet::IpNet;
use twinlock_service::hasher::HasherSettings;
use url::Url;

use super::{Database, Log, Mail, MetricsListen, Settings, webauthn, written};
use crate::failure::Failure;

/// The address of `/metrics` unless a setting says otherwise.
const DEFAULT_METRICS: ([u8; 4], u16) = ([127, 0, 0, 1], 9464);

pub fn check(written: written::Written, data: PathBuf) -> Result<Settings, Failure> {
    Ok(Settings {
        listen: written.server.listen.map(|text| socket("server.listen", &text)).transpose()?,
        public_url: written.server.public_url.map(|text| public_url(&text)).transpose()?,
        trusted_proxies: proxies(&written.server.trusted_proxies)?,
        metrics: metrics(written.metrics.listen.as_deref())?,
        database: database(written.database.url, &data)?,
        max_connections: within("database.max_connections", written.database.max_connections, 2, 1000)?,
        mail_from: written.mail.from,
        mail: mail(written.mail.smtp_url, written.mail.directory, &data)?,
        keys: written.keys.directory.map_or_else(|| data.join("keys"), PathBuf::from),
        mfa_enabled: written.mfa.enabled,
        webauthn: webauthn::check(&written.webauthn)?,
        hashing: hashing(&written.hashing)?,
        log: Log { format: written.log.format, level: written.log.level },
        data,
    })
}

pub(super) fn bad(key: &str, expected: impl Display) -> Failure {
    Failure::setup(format!("{key} must be {expected}"))
}

fn socket(key: &str, text: &str) -> Result<SocketAddr, Failure> {
    SocketAddr::from_str(text).map_err(|_| bad(key, "an IP address and a port, such as 127.0.0.1:8080"))
}

/// An origin and nothing more: paths under a prefix are not served, and a password has no place there.
fn public_url(text: &str) -> Result<Url, Failure> {
    let wrong = || {
        bad("server.public_url", "http:// or https:// with a host and perhaps a port, and nothing after it")
    };
    let url = Url::parse(text).map_err(|_| wrong())?;
    let bare = matches!(url.path(), "" | "/")
        && url.query().is_none()
        && url.fragment().is_none()
        && url.username().is_empty()
        && url.password().is_none();
    let usable = matches!(url.scheme(), "http" | "https") && url.has_host() && url.port() != Some(0);
    if bare && usable { Ok(url) } else { Err(wrong()) }
}

fn proxies(texts: &[String]) -> Result<Vec<IpNet>, Failure> {
    let parse = |text: &String| {
        // A single address is a network of one.
        let net = IpNet::from_str(text).or_else(|_| IpAddr::from_str(text).map(IpNet::from));
        net.map_err(|_| bad("server.trusted_proxies", "a list of CIDRs such as 10.0.0.0/8"))
    };
    let nets: Vec<_> = texts.iter().map(parse).collect::<Result<_, _>>()?;
    if nets.iter().any(|net| net.prefix_len() == 0) {
        return Err(bad("server.trusted_proxies", "the proxies themselves: /0 would believe anybody"));
    }
    Ok(nets)
}

fn metrics(text: Option<&str>) -> Result<MetricsListen, Failure> {
    match text {
        None => Ok(MetricsListen::Try(SocketAddr::from(DEFAULT_METRICS))),
        Some("off") => Ok(MetricsListen::Off),
        Some(text) => SocketAddr::from_str(text)
            .map(MetricsListen::At)
            .map_err(|_| bad("metrics.listen", "an IP address and a port, or off")),
    }
}

fn database(url: Option<String>, data: &Path) -> Result<Database, Failure> {
    let Some(url) = url else { return Ok(Database::Sqlite(data.join("twinlock.db"))) };
    // The address may hold a password, so it is never repeated.
    let wrong = || bad("database.url", "sqlite://file or postgres://user@host/database");
    match url.split_once(':').map(|(scheme, rest)| (scheme, rest.strip_prefix("//").unwrap_or(rest))) {
        Some(("postgres" | "postgresql", _)) if Url::parse(&url).is_ok() => {
            Ok(Database::Postgres(url.into()))
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

fn mail(smtp: Option<String>, directory: Option<String>, data: &Path) -> Result<Mail, Failure> {
    match (smtp, directory) {
        (Some(_), Some(_)) => {
            Err(Failure::setup("mail.smtp_url and mail.directory exclude each other: set one of them"))
        }
        (Some(url), None) => Ok(Mail::Smtp(url.into())),
        (None, Some(directory)) => Ok(Mail::Directory(directory.into())),
        (None, None) => Ok(Mail::Directory(data.join("outbox"))),
    }
}

fn hashing(written: &written::Hashing) -> Result<HasherSettings, Failure> {
    let cores = thread::available_parallelism().map_or(1, usize::from);
    let lanes = within("hashing.lanes", written.lanes, 1, 16)?;
    Ok(HasherSettings {
        // RFC 9106 §3.1: at least eight blocks of 1 KiB a lane.
        memory_kib: within("hashing.memory_kib", written.memory_kib, 8 * lanes, 4 << 20)?,
        passes: within("hashing.passes", written.passes, 1, 100)?,
        lanes,
        threads: match within("hashing.threads", written.threads, 0, 256)? {
            0 => cores,
            threads => threads,
        },
        queue: within("hashing.queue", written.queue, 1, 100_000)?,
    })
}

fn within<T: PartialOrd + Display + Copy>(key: &str, value: T, least: T, most: T) -> Result<T, Failure> {
    if value < least || value > most {
        return Err(bad(key, format!("{least} to {most}")));
    }
    Ok(value)
}
