//! Settings as they are written. `example.toml` beside `Cargo.toml` explains each of them to operators.

use std::fmt;

use serde::{Deserialize, Deserializer, de};
use twinlock_service::mail::MailBudgets;

/// Everything a file or the environment may say. Not printable: some values hold passwords.
#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Written {
    pub server: Server,
    pub metrics: Metrics,
    pub database: Database,
    pub mail: Mail,
    pub keys: Keys,
    pub mfa: Mfa,
    pub webauthn: Webauthn,
    pub hashing: Hashing,
    pub audit: Audit,
    pub log: Log,
}

/// The public listener.
#[derive(Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Server {
    /// Address and port; port 0 picks one. Default: `127.0.0.1:8080`.
    pub listen: Option<String>,
    /// The address people reach the server at: scheme, host, perhaps a port. Default:
    /// `http://localhost:PORT`.
    pub public_url: Option<String>,
    /// Who is to be told of a fault in security: an address for `security.txt`. Default: none, and no such file.
    pub security_contact: Option<String>,
    /// CIDRs of the proxies whose `Forwarded` and `X-Forwarded-*` headers are believed. Default: none.
    #[serde(deserialize_with = "list")]
    pub trusted_proxies: Vec<String>,
    /// Which header the proxies write the client's address into: `forwarded`, `x-forwarded-for` or `x-real-ip`.
    /// Default: `Forwarded` or `X-Forwarded-For`, and neither where both are there and disagree.
    pub forwarded_header: Option<String>,
    /// Connections at the same time. Default: 4096, or as many as the operating system has files for.
    pub max_connections: usize,
    /// Of these for one IPv4 address or IPv6 /64; a trusted proxy's count only in all. Default: 256.
    pub connections_per_address: usize,
}

impl Default for Server {
    fn default() -> Self {
        Self {
            listen: None,
            public_url: None,
            security_contact: None,
            trusted_proxies: Vec::new(),
            forwarded_header: None,
            max_connections: 4096,
            connections_per_address: 256,
        }
    }
}

/// The listener of `/metrics`.
#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Metrics {
    /// Address and port, or `off`. Default: `127.0.0.1:9464` where that port is free.
    pub listen: Option<String>,
}

/// The database.
#[derive(Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Database {
    /// `sqlite://file` or `postgres://…`. Default: `sqlite://<data>/twinlock.db`.
    pub url: Option<String>,
    /// Connections at most. Default: 8.
    pub max_connections: u32,
    /// Whether another machine may be asked without TLS. Default: false.
    pub insecure: bool,
}

impl Default for Database {
    fn default() -> Self {
        Self { url: None, max_connections: 8, insecure: false }
    }
}

/// Mail.
#[derive(Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Mail {
    /// `smtps://user:password@host` (TLS), `smtp://…?tls=required` (STARTTLS) or `smtp://host`. Default:
    /// none, mails become files.
    pub smtp_url: Option<String>,
    /// Where mails become `.eml` files when there is no SMTP server. Default: `<data>/outbox`.
    pub directory: Option<String>,
    /// The sender's address. Default: `twinlock@` the public host.
    pub from: Option<String>,
    /// The name that the SMTP server is greeted with. Default: the host of the public address.
    pub hello: Option<String>,
    /// A PEM file with further authorities whose certificates the SMTP server may have. Default: none.
    pub ca_file: Option<String>,
    /// Whether another machine may get mails without TLS. Default: false.
    pub insecure: bool,
    /// Mails to one address in 24 hours, of each class. Default: 20.
    pub per_recipient_per_day: u32,
    /// Mails that somebody's wishes cause about one account in 24 hours. Default: 20.
    pub per_account_per_day: u32,
    /// Mails that an organisation's people cause in 24 hours. Default: 5000.
    pub per_tenant_per_day: u32,
}

impl Default for Mail {
    fn default() -> Self {
        let MailBudgets { per_recipient, per_account, per_tenant } = MailBudgets::default();
        Self {
            smtp_url: None,
            directory: None,
            from: None,
            hello: None,
            ca_file: None,
            insecure: false,
            per_recipient_per_day: per_recipient,
            per_account_per_day: per_account,
            per_tenant_per_day: per_tenant,
        }
    }
}

/// The master keys.
#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Keys {
    /// Where the key files are. Default: `<data>/keys`.
    pub directory: Option<String>,
}

/// Second factors.
#[derive(Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Mfa {
    /// Whether they exist at all. Default: true.
    pub enabled: bool,
}

impl Default for Mfa {
    fn default() -> Self {
        Self { enabled: true }
    }
}

/// Security keys and passkeys.
#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Webauthn {
    /// Origins besides the public address's own from which keys may answer. Default: none.
    #[serde(deserialize_with = "list")]
    pub origins: Vec<String>,
    /// A JSON file with names of makes, `{"names": {"<AAGUID>": "<name>"}}`, beside those that come with the
    /// program. Default: none.
    pub device_names: Option<String>,
    /// A PEM file with the certificates that attestation may end at. Default: none.
    pub attestation_roots: Option<String>,
}

/// Password hashing: Argon2id, with OWASP's parameters by default.
#[derive(Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Hashing {
    /// Memory of one hash in KiB. Default: 19456.
    pub memory_kib: u32,
    /// Passes over that memory. Default: 2.
    pub passes: u32,
    /// Lanes. Default: 1.
    pub lanes: u32,
    /// Threads that hash; 0 for one a core. Default: 0.
    pub threads: usize,
    /// Hashes that may wait; past it sign-ins are answered 503. Default: 256.
    pub queue: usize,
    /// Whether hashes may be cheaper than OWASP's least, for tests. Default: false.
    pub insecure: bool,
}

impl Default for Hashing {
    fn default() -> Self {
        Self { memory_kib: 19_456, passes: 2, lanes: 1, threads: 0, queue: 256, insecure: false }
    }
}

/// The audit log.
#[derive(Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Audit {
    /// How many days its events are kept. Default: 400.
    pub retention_days: u32,
}

impl Default for Audit {
    fn default() -> Self {
        Self { retention_days: 400 }
    }
}

/// The log, on standard error.
#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Log {
    /// `text` or `json`. Default: text.
    pub format: Format,
    /// `error`, `warn`, `info`, `debug` or `trace`. Default: info.
    pub level: Level,
}

/// The form of a log line.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Format {
    /// For people.
    #[default]
    Text,
    /// For programs: one object a line.
    Json,
}

/// How important an event must be to be logged.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
#[allow(missing_docs)]
pub enum Level {
    Error,
    Warn,
    #[default]
    Info,
    Debug,
    Trace,
}

/// A list, or one text with commas, as an environment variable has it.
fn list<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<String>, D::Error> {
    struct List;

    impl<'de> de::Visitor<'de> for List {
        type Value = Vec<String>;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("a list")
        }

        fn visit_str<E: de::Error>(self, text: &str) -> Result<Self::Value, E> {
            Ok(text.split(',').map(|item| item.trim().to_owned()).filter(|item| !item.is_empty()).collect())
        }

        fn visit_seq<A: de::SeqAccess<'de>>(self, mut items: A) -> Result<Self::Value, A::Error> {
            let mut list = Vec::new();
            while let Some(item) = items.next_element()? {
                list.push(item);
            }
            Ok(list)
        }
    }

    deserializer.deserialize_any(List)
}
