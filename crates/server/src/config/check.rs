//! Turning what was written into values that can be used, or one line that says why not.

use std::{
    fmt::Display,
    net::{IpAddr, SocketAddr},
    path::PathBuf,
    str::FromStr,
    thread,
};

use ipnet::IpNet;
use twinlock_core::{mail_rate::MailRate, name::validate_email};
use twinlock_service::{hasher::HasherSettings, mail::MailBudgets};
use twinlock_web::http::ForwardedHeader;
use url::Url;

use super::{Log, MetricsListen, Settings, transport, webauthn, written};
use crate::{failure::Failure, http::Room};

/// The address of `/metrics` unless a setting says otherwise.
const DEFAULT_METRICS: ([u8; 4], u16) = ([127, 0, 0, 1], 9464);

/// OWASP's least memory of one Argon2id hash, in KiB: 19 MiB.
const LEAST_MEMORY_KIB: u32 = 19_456;
/// OWASP's least number of passes over that memory.
const LEAST_PASSES: u32 = 2;

pub fn check(written: written::Written, data: PathBuf) -> Result<Settings, Failure> {
    let insecure = insecure(&written);
    let trusted_proxies = proxies(&written.server.trusted_proxies)?;
    Ok(Settings {
        room: room(&written.server, trusted_proxies.clone())?,
        forwarded_header: forwarded_header(written.server.forwarded_header.as_deref())?,
        listen: written.server.listen.map(|text| socket("server.listen", &text)).transpose()?,
        public_url: written.server.public_url.map(|text| public_url(&text)).transpose()?,
        security_contact: written.server.security_contact.as_deref().map(contact).transpose()?,
        trusted_proxies,
        metrics: metrics(written.metrics.listen.as_deref())?,
        database: transport::database(&written.database, &data)?,
        max_connections: within("database.max_connections", written.database.max_connections, 2, 1000)?,
        mail: transport::mail(&written.mail, &data)?,
        mail_budgets: mail_budgets(&written.mail)?,
        mail_from: written.mail.from,
        keys: written.keys.directory.map_or_else(|| data.join("keys"), PathBuf::from),
        mfa_enabled: written.mfa.enabled,
        webauthn: webauthn::check(&written.webauthn)?,
        hashing: hashing(&written.hashing)?,
        audit_retention_days: within("audit.retention_days", written.audit.retention_days, 30, 36_500)?,
        insecure,
        log: Log { format: written.log.format, level: written.log.level },
        data,
    })
}

pub(super) fn bad(key: &str, expected: impl Display) -> Failure {
    Failure::setup(format!("{key} must be {expected}"))
}

/// The settings that let something pass which is refused otherwise.
fn insecure(written: &written::Written) -> Vec<&'static str> {
    let switches = [
        ("database.insecure", written.database.insecure),
        ("mail.insecure", written.mail.insecure),
        ("hashing.insecure", written.hashing.insecure),
    ];
    switches.into_iter().filter(|(_, on)| *on).map(|(name, _)| name).collect()
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

/// RFC 9116 §2.5.3: an address with its scheme; that of a mailbox may go without.
fn contact(text: &str) -> Result<String, Failure> {
    let wrong = || {
        bad(
            "server.security_contact",
            "an e-mail address, or an address that begins with mailto:, https: or tel:",
        )
    };
    if let Ok(mailbox) = validate_email(text) {
        return Ok(format!("mailto:{mailbox}"));
    }
    let url = Url::parse(text).map_err(|_| wrong())?;
    let known = matches!(url.scheme(), "mailto" | "https" | "tel") && !text.contains(char::is_whitespace);
    if known { Ok(url.to_string()) } else { Err(wrong()) }
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

fn room(server: &written::Server, proxies: Vec<IpNet>) -> Result<Room, Failure> {
    let connections = within("server.max_connections", server.max_connections, 16, 100_000)?;
    let each = within("server.connections_per_address", server.connections_per_address, 1, 100_000)?;
    Ok(Room::of(connections, each, proxies))
}

fn forwarded_header(text: Option<&str>) -> Result<ForwardedHeader, Failure> {
    match text.map(str::to_ascii_lowercase).as_deref() {
        None | Some("either") => Ok(ForwardedHeader::Either),
        Some("forwarded") => Ok(ForwardedHeader::Forwarded),
        Some("x-forwarded-for") => Ok(ForwardedHeader::XForwardedFor),
        Some("x-real-ip") => Ok(ForwardedHeader::XRealIp),
        Some(_) => Err(bad("server.forwarded_header", "forwarded, x-forwarded-for, x-real-ip or either")),
    }
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

fn mail_budgets(written: &written::Mail) -> Result<MailBudgets, Failure> {
    let number = |key, value| within(key, value, MailRate::LEAST, 1_000_000);
    Ok(MailBudgets {
        per_recipient: number("mail.per_recipient_per_day", written.per_recipient_per_day)?,
        per_account: number("mail.per_account_per_day", written.per_account_per_day)?,
        per_tenant: number("mail.per_tenant_per_day", written.per_tenant_per_day)?,
    })
}

fn hashing(written: &written::Hashing) -> Result<HasherSettings, Failure> {
    let cores = thread::available_parallelism().map_or(1, usize::from);
    let lanes = within("hashing.lanes", written.lanes, 1, 16)?;
    // RFC 9106 §3.1: at least eight blocks of 1 KiB a lane.
    let memory_kib = within("hashing.memory_kib", written.memory_kib, 8 * lanes, 4 << 20)?;
    let passes = within("hashing.passes", written.passes, 1, 100)?;
    if !written.insecure {
        dear_enough("hashing.memory_kib", memory_kib, LEAST_MEMORY_KIB)?;
        dear_enough("hashing.passes", passes, LEAST_PASSES)?;
    }
    Ok(HasherSettings {
        memory_kib,
        passes,
        lanes,
        threads: match within("hashing.threads", written.threads, 0, 256)? {
            0 => cores,
            threads => threads,
        },
        queue: within("hashing.queue", written.queue, 1, 100_000)?,
    })
}

/// A stolen hash that was cheap to make is cheap to guess.
fn dear_enough(key: &str, value: u32, least: u32) -> Result<(), Failure> {
    if value >= least {
        return Ok(());
    }
    Err(Failure::setup(format!(
        "{key} is {value}, and passwords need {least} at least: raise it, or set hashing.insecure = true for a test"
    )))
}

fn within<T: PartialOrd + Display + Copy>(key: &str, value: T, least: T, most: T) -> Result<T, Failure> {
    if value < least || value > most {
        return Err(bad(key, format!("{least} to {most}")));
    }
    Ok(value)
}
