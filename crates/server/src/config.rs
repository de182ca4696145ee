//! Settings: defaults, under a TOML file, under `TWINLOCK_SECTION__KEY` variables, under the command
//! line. A key that nobody knows is an error: a misspelt security setting must not pass.

mod check;
mod layers;
mod transport;
mod values;
mod webauthn;
mod written;

use std::{
    net::{Ipv4Addr, SocketAddr},
    path::{Path, PathBuf},
};

use ipnet::IpNet;
use secrecy::SecretString;
use twinlock_service::{
    WebauthnConfig,
    hasher::HasherSettings,
    mail::{MailBudgets, SmtpServer},
};
use twinlock_web::http::ForwardedHeader;
use url::{Host, Url};

pub use layers::line_of;
pub use written::{Format, Level};

use crate::{cli::Place, failure::Failure, http::Room};

/// Where data is kept unless the command line says otherwise.
const DEFAULT_DATA: &str = "data";
/// Where the server listens unless a setting says otherwise.
pub const DEFAULT_LISTEN: SocketAddr = SocketAddr::new(std::net::IpAddr::V4(Ipv4Addr::LOCALHOST), 8080);

/// Every setting, checked.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Folder of what has no place of its own.
    pub data: PathBuf,
    /// Address of the public listener; none when nobody chose one.
    pub listen: Option<SocketAddr>,
    /// The address people reach the server at; none when nobody chose one.
    pub public_url: Option<Url>,
    /// Who is to be told of a fault in security.
    pub security_contact: Option<String>,
    /// Proxies whose forwarding headers are believed.
    pub trusted_proxies: Vec<IpNet>,
    /// Which of their headers.
    pub forwarded_header: ForwardedHeader,
    /// How many may be connected.
    pub room: Room,
    /// Listener of the operations endpoints.
    pub metrics: MetricsListen,
    /// The database.
    pub database: Database,
    /// Connections to it at most.
    pub max_connections: u32,
    /// How mail leaves.
    pub mail: Mail,
    /// How many mails leave.
    pub mail_budgets: MailBudgets,
    /// Sender of mails; none for `twinlock@` the public host.
    pub mail_from: Option<String>,
    /// Directory of the master keys.
    pub keys: PathBuf,
    /// Whether second factors exist at all.
    pub mfa_enabled: bool,
    /// Further origins, names and roots of security keys.
    pub webauthn: WebauthnConfig,
    /// Cost of a password hash and size of the pool.
    pub hashing: HasherSettings,
    /// How many days the audit log is kept.
    pub audit_retention_days: u32,
    /// Settings whose `insecure = true` let something pass.
    pub insecure: Vec<&'static str>,
    /// What is logged, and how.
    pub log: Log,
}

/// Where `/metrics` is answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MetricsListen {
    /// At this address, if it is free: nobody chose it.
    Try(SocketAddr),
    /// At this address.
    At(SocketAddr),
    /// Nowhere.
    Off,
}

/// Which database.
#[derive(Debug, Clone)]
pub enum Database {
    /// A file.
    Sqlite(PathBuf),
    /// A PostgreSQL server; the address may hold a password.
    Postgres(SecretString),
}

/// How mail leaves.
#[derive(Debug, Clone)]
pub enum Mail {
    /// Through a server.
    Smtp(SmtpServer),
    /// As files.
    Directory(PathBuf),
}

/// What is logged, and how.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Log {
    /// Text or JSON.
    pub format: Format,
    /// The least important events that are written.
    pub level: Level,
}

impl Settings {
    /// Reads and checks all settings.
    ///
    /// # Errors
    /// Exit code 2 for a file that cannot be read, an unknown key, or a value that cannot be.
    pub fn load(place: &Place, listen: Option<SocketAddr>) -> Result<Self, Failure> {
        let written = layers::read(place.config.as_deref(), listen)?;
        let data = place.data.clone().unwrap_or_else(|| PathBuf::from(DEFAULT_DATA));
        check::check(written, data)
    }

    /// Where the server listens.
    pub fn listen(&self) -> SocketAddr {
        self.listen.unwrap_or(DEFAULT_LISTEN)
    }

    /// The address people reach the server at, when it listens on `port`.
    pub fn public_url(&self, port: u16) -> Result<Url, Failure> {
        match &self.public_url {
            Some(url) => Ok(url.clone()),
            None => Url::parse(&format!("http://localhost:{port}")).map_err(Failure::setup),
        }
    }

    /// Whether anything is kept in the data folder.
    pub fn uses_data_folder(&self) -> bool {
        let inside = |path: &Path| path.starts_with(&self.data);
        let database = matches!(&self.database, Database::Sqlite(file) if inside(file));
        let mail = matches!(&self.mail, Mail::Directory(directory) if inside(directory));
        database || mail || inside(&self.keys)
    }
}

/// What the operator had better know about the public address; nothing for a good one.
pub fn public_url_warnings(url: &Url) -> Vec<String> {
    let mut warnings = Vec::new();
    if matches!(url.host(), Some(Host::Ipv4(_) | Host::Ipv6(_))) {
        warnings.push(format!(
            "security keys are off: server.public_url is an IP address ({url}), and they need a host name"
        ));
    }
    if url.scheme() == "http" && !is_loopback(url) {
        warnings.push(format!(
            "server.public_url is {url}: without https, passwords and cookies can be read on the way"
        ));
    }
    warnings
}

/// Whether this address only means the machine itself.
fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
        Some(Host::Ipv4(ip)) => ip.is_loopback(),
        Some(Host::Ipv6(ip)) => ip.is_loopback(),
        None => false,
    }
}

#[cfg(test)]
mod tests;
