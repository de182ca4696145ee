//! An SMTP server to send through: what its address may say, and how a connection to it is made.

use std::{net::IpAddr, str::FromStr, time::Duration};

use lettre::{
    AsyncSmtpTransport, Tokio1Executor,
    transport::smtp::{
        client::{Certificate, Tls, TlsParameters},
        extension::ClientId,
    },
};
use secrecy::{ExposeSecret, SecretString};
use twinlock_core::name::is_domain;
use url::{Host, Url};

use super::PostmanError;

/// How long an SMTP server may take for one step.
const TIMEOUT: Duration = Duration::from_secs(30);

/// A checked SMTP server.
#[derive(Debug, Clone)]
pub struct SmtpServer {
    url: SecretString,
    host: String,
    encryption: Encryption,
    hello: Option<ClientId>,
    authority: Option<Certificate>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Encryption {
    /// TLS from the first byte.
    Wrapper,
    /// STARTTLS, and nothing without it.
    Required,
    /// None, to this machine or because somebody said so.
    None,
}

impl SmtpServer {
    /// `smtps://` is TLS from the start, `smtp://…?tls=required` STARTTLS, and plain `smtp://` a relay without
    /// encryption, which is taken for this machine, and for others only where `insecure` is true. A password needs
    /// encryption all the same. Encryption that was asked for is never given up.
    ///
    /// # Errors
    /// [`PostmanError::SmtpUrl`] for an address of another form, [`PostmanError::Insecure`] for one that needs
    /// `insecure`.
    pub fn new(url: &str, insecure: bool) -> Result<Self, PostmanError> {
        let parsed = Url::parse(url).map_err(|_| PostmanError::SmtpUrl)?;
        let host = parsed.host().ok_or(PostmanError::SmtpUrl)?;
        let encryption = encryption(&parsed).ok_or(PostmanError::SmtpUrl)?;
        if encryption == Encryption::None && !is_this_machine(&host) {
            if parsed.password().is_some() {
                return Err(PostmanError::SmtpUrl);
            }
            if !insecure {
                return Err(PostmanError::Insecure(host.to_string()));
            }
        }
        let host = host.to_string();
        // What is wrong with an address is said now, not when the first mail leaves.
        AsyncSmtpTransport::<Tokio1Executor>::from_url(url).map_err(|_| PostmanError::SmtpUrl)?;
        Ok(Self { url: url.into(), host, encryption, hello: None, authority: None })
    }

    /// Introduces itself (RFC 5321 §4.1.1.1, `EHLO`) by this name or address in place of the public host's.
    ///
    /// # Errors
    /// [`PostmanError::Hello`] for what is neither a host name nor an IP address.
    pub fn with_hello(mut self, name: &str) -> Result<Self, PostmanError> {
        self.hello = Some(client_id(name).ok_or(PostmanError::Hello)?);
        Ok(self)
    }

    /// Whether [`SmtpServer::with_hello`] takes this name.
    pub fn is_hello(name: &str) -> bool {
        client_id(name).is_some()
    }

    /// Also believes certificates that these authorities (PEM) have signed.
    ///
    /// # Errors
    /// [`PostmanError::Authority`] for a text without a certificate.
    pub fn with_authority(mut self, pem: &[u8]) -> Result<Self, PostmanError> {
        let marked = pem.windows(BEGIN.len()).any(|window| window == BEGIN);
        let certificate = Certificate::from_pem(pem).ok().filter(|_| marked);
        self.authority = Some(certificate.ok_or(PostmanError::Authority)?);
        self.parameters().map_err(|_| PostmanError::Authority)?;
        Ok(self)
    }

    /// Whether mails are read by whoever is on the way.
    pub fn is_in_clear(&self) -> bool {
        self.encryption == Encryption::None
            && Host::parse(&self.host).is_ok_and(|host| !is_this_machine(&host))
    }

    /// A transport that introduces itself as the host of `public_url` where nothing else was said.
    pub(super) fn transport(
        &self,
        public_url: &Url,
    ) -> Result<AsyncSmtpTransport<Tokio1Executor>, PostmanError> {
        let mut builder = AsyncSmtpTransport::<Tokio1Executor>::from_url(self.url.expose_secret())
            .map_err(|_| PostmanError::SmtpUrl)?
            .hello_name(self.hello.clone().unwrap_or_else(|| public_client_id(public_url)))
            .timeout(Some(TIMEOUT));
        if self.authority.is_some() {
            let parameters = self.parameters().map_err(|_| PostmanError::Authority)?;
            builder = match self.encryption {
                Encryption::Wrapper => builder.tls(Tls::Wrapper(parameters)),
                Encryption::Required => builder.tls(Tls::Required(parameters)),
                Encryption::None => builder,
            };
        }
        Ok(builder.build())
    }

    fn parameters(&self) -> Result<TlsParameters, lettre::transport::smtp::Error> {
        let mut builder = TlsParameters::builder(self.host.clone());
        if let Some(authority) = &self.authority {
            builder = builder.add_root_certificate(authority.clone());
        }
        builder.build()
    }
}

const BEGIN: &[u8] = b"-----BEGIN CERTIFICATE-----";

/// Encryption that may silently be left out is no encryption: it has no name here.
fn encryption(url: &Url) -> Option<Encryption> {
    let tls = url.query_pairs().find(|(name, _)| name == "tls").map(|(_, value)| value.into_owned());
    match (url.scheme(), tls.as_deref()) {
        ("smtps", None) => Some(Encryption::Wrapper),
        ("smtp", Some("required")) => Some(Encryption::Required),
        ("smtp", None) => Some(Encryption::None),
        _ => None,
    }
}

fn is_this_machine<S: AsRef<str>>(host: &Host<S>) -> bool {
    match host {
        Host::Domain(name) => name.as_ref() == "localhost" || is_loopback(name.as_ref()),
        Host::Ipv4(ip) => ip.is_loopback(),
        Host::Ipv6(ip) => ip.is_loopback(),
    }
}

/// In an address whose scheme the URL standard does not know, an IPv4 address is a name.
fn is_loopback(text: &str) -> bool {
    IpAddr::from_str(text).is_ok_and(|ip| ip.is_loopback())
}

/// A host name, or an address literal with or without its brackets (RFC 5321 §4.1.3).
fn client_id(name: &str) -> Option<ClientId> {
    let inner = name.strip_prefix('[').and_then(|rest| rest.strip_suffix(']'));
    let literal = inner.map_or(name, |inner| inner.strip_prefix("IPv6:").unwrap_or(inner));
    match IpAddr::from_str(literal) {
        Ok(IpAddr::V4(ip)) => Some(ClientId::Ipv4(ip)),
        Ok(IpAddr::V6(ip)) => Some(ClientId::Ipv6(ip)),
        Err(_) if inner.is_none() && is_domain(name) => Some(ClientId::Domain(name.to_owned())),
        Err(_) => None,
    }
}

/// The public host is what a name server knows of this server; `localhost` is no name of anybody's.
fn public_client_id(public_url: &Url) -> ClientId {
    match public_url.host() {
        Some(Host::Domain(name)) if name != "localhost" && !name.ends_with(".localhost") => {
            ClientId::Domain(name.to_owned())
        }
        Some(Host::Ipv4(ip)) => ClientId::Ipv4(ip),
        Some(Host::Ipv6(ip)) => ClientId::Ipv6(ip),
        _ => ClientId::Ipv4(std::net::Ipv4Addr::LOCALHOST),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// attacks.md row 100: encryption that was asked for is never given up, and no password goes in clear.
    #[test]
    fn an_smtp_address_says_how_it_is_encrypted() {
        let accepted = [
            "smtps://user:pw@mail.example",
            "smtps://mail.example:4465",
            "smtp://user:pw@mail.example:587?tls=required",
            "smtp://127.0.0.1:2525",
            "smtp://127.8.9.10",
            "smtp://user:pw@localhost:2525",
            "smtp://user:pw@[::1]:2525",
        ];
        for url in accepted {
            assert!(SmtpServer::new(url, false).is_ok(), "{url}");
        }
        let refused = [
            "smtp://user:pw@mail.example",
            "smtp://user:pw@mail.example?tls=opportunistic",
            "smtp://mail.example?tls=opportunistic",
            "smtp://mail.example?tls=none",
            "smtps://mail.example?tls=opportunistic",
            "http://mail.example",
            "mail.example:25",
            "",
        ];
        for url in refused {
            assert!(matches!(SmtpServer::new(url, true), Err(PostmanError::SmtpUrl)), "{url}");
        }
    }

    /// attacks.md row 100: mails to another machine are encrypted unless somebody says otherwise.
    #[test]
    fn another_machine_without_encryption_needs_to_be_said() {
        for url in [
            "smtp://relay.example:25",
            "smtp://192.0.2.1",
            "smtp://[2001:db8::1]:25",
            "smtp://localhost.example",
        ] {
            assert!(matches!(SmtpServer::new(url, false), Err(PostmanError::Insecure(_))), "{url}");
            assert!(SmtpServer::new(url, true).unwrap().is_in_clear(), "{url}");
        }
        assert!(!SmtpServer::new("smtp://127.0.0.1", true).unwrap().is_in_clear());
        assert!(!SmtpServer::new("smtps://mail.example", true).unwrap().is_in_clear());
    }

    #[test]
    fn the_server_introduces_itself_as_its_public_host() {
        let hello = |url: &str| public_client_id(&url.parse().unwrap()).to_string();
        assert_eq!(hello("https://id.example.org:8443"), "id.example.org");
        assert_eq!(hello("http://localhost:8080"), "[127.0.0.1]");
        assert_eq!(hello("http://twinlock.localhost"), "[127.0.0.1]");
        assert_eq!(hello("http://192.0.2.7"), "[192.0.2.7]");
        assert_eq!(hello("http://[2001:db8::7]"), "[IPv6:2001:db8::7]");
    }

    #[test]
    fn another_introduction_is_a_name_or_an_address() {
        let hello = |name: &str| client_id(name).map(|id| id.to_string());
        assert_eq!(hello("mail.example.org").as_deref(), Some("mail.example.org"));
        assert_eq!(hello("[192.0.2.1]").as_deref(), Some("[192.0.2.1]"));
        assert_eq!(hello("2001:db8::1").as_deref(), Some("[IPv6:2001:db8::1]"));
        assert_eq!(hello("[IPv6:2001:db8::1]").as_deref(), Some("[IPv6:2001:db8::1]"));
        for wrong in
            ["", "two words", "a\r\nMAIL FROM:<eve@evil.example>", "[mail.example.org]", "-a.example"]
        {
            assert_eq!(hello(wrong), None, "{wrong:?}");
        }
    }

    #[test]
    fn a_file_without_a_certificate_is_no_authority() {
        for text in ["", "nothing useful", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"] {
            let server = SmtpServer::new("smtps://mail.example", false).unwrap();
            assert!(
                matches!(server.with_authority(text.as_bytes()), Err(PostmanError::Authority)),
                "{text:?}"
            );
        }
    }
}
