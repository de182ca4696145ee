//! What the HTTP layer must know about the address it is reached at.

use std::net::SocketAddr;

use axum::http::uri::Authority;
use ipnet::IpNet;
use url::Url;

use super::{
    client::{ForwardedHeader, Trust},
    cookies::CookieKind,
};

/// Why a public address was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the public URL must be http:// or https:// with a host and perhaps a port, and nothing after it")]
pub struct BadPublicUrl;

/// The address the server is reached at, and whom it believes.
#[derive(Clone, Debug)]
pub struct HttpConfig {
    public_url: Url,
    origin: String,
    listen: SocketAddr,
    trust: Trust,
    origins: Vec<String>,
}

impl HttpConfig {
    /// `listen` is the address really bound (never port 0).
    ///
    /// # Errors
    /// [`BadPublicUrl`] where `public_url` is not just an origin.
    pub fn new(
        public_url: Url,
        listen: SocketAddr,
        trusted_proxies: Vec<IpNet>,
    ) -> Result<Self, BadPublicUrl> {
        let bare = matches!(public_url.path(), "" | "/")
            && public_url.query().is_none()
            && public_url.fragment().is_none()
            && public_url.username().is_empty()
            && public_url.password().is_none();
        if !bare || !matches!(public_url.scheme(), "http" | "https") || !public_url.has_host() {
            return Err(BadPublicUrl);
        }
        let origin = public_url.origin().ascii_serialization();
        let mut origins = vec![origin.clone()];
        if listen.ip().is_loopback() {
            origins.extend(LOOPBACK_NAMES.iter().map(|name| http_origin(name, listen.port())));
        }
        let trust = Trust { proxies: trusted_proxies, ..Trust::default() };
        Ok(Self { public_url, origin, listen, trust, origins })
    }

    /// The same, with the one header of the proxies that is believed.
    #[must_use]
    pub fn believing(mut self, header: ForwardedHeader) -> Self {
        self.trust.header = header;
        self
    }

    /// The configured public address; its path is `/`.
    pub fn public_url(&self) -> &Url {
        &self.public_url
    }

    /// The public address without a trailing slash: `https://id.example.org`. Links are made from this.
    pub fn origin(&self) -> &str {
        &self.origin
    }

    /// Whether browsers reach us by https.
    pub fn is_https(&self) -> bool {
        self.public_url.scheme() == "https"
    }

    /// Whom to believe about a client's address.
    pub fn trust(&self) -> &Trust {
        &self.trust
    }

    /// The wire name of a cookie.
    pub fn cookie_name(&self, kind: CookieKind) -> &'static str {
        kind.name(self.is_https())
    }

    /// Whether `origin`, as a browser sends it, is one of ours.
    pub fn is_allowed_origin(&self, origin: &[u8]) -> bool {
        self.origins.iter().any(|ours| ours.as_bytes() == origin)
    }

    /// Whether a request may name this host: the public one, or on a loopback listener its own names.
    pub fn is_allowed_host(&self, authority: &Authority) -> bool {
        let host = authority.host().to_ascii_lowercase();
        let public = self.public_url.host_str() == Some(host.as_str())
            && Some(authority.port_u16().unwrap_or(default_port(&self.public_url)))
                == self.public_url.port_or_known_default();
        public
            || (self.is_own_loopback_name(&host) && authority.port_u16().unwrap_or(80) == self.listen.port())
    }

    /// Whether a page was asked for by a loopback name that is not the public address (security keys do
    /// not work there).
    pub fn is_only_loopback_name(&self, authority: &Authority) -> bool {
        self.is_own_loopback_name(&authority.host().to_ascii_lowercase())
            && self.public_url.host_str() != Some(authority.host().to_ascii_lowercase().as_str())
    }

    fn is_own_loopback_name(&self, host: &str) -> bool {
        self.listen.ip().is_loopback() && LOOPBACK_NAMES.contains(&host)
    }
}

const LOOPBACK_NAMES: [&str; 3] = ["127.0.0.1", "[::1]", "localhost"];

fn default_port(url: &Url) -> u16 {
    if url.scheme() == "https" { 443 } else { 80 }
}

/// As a browser writes the origin: without the scheme's own port.
fn http_origin(host: &str, port: u16) -> String {
    if port == 80 { format!("http://{host}") } else { format!("http://{host}:{port}") }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    /// A server behind a proxy: public address as given, listening on all addresses.
    pub(crate) fn config(public_url: &str) -> HttpConfig {
        HttpConfig::new(public_url.parse().unwrap(), "0.0.0.0:8080".parse().unwrap(), vec![]).unwrap()
    }

    /// The default: `http://localhost:PORT` on a loopback listener.
    pub(crate) fn loopback_config(port: u16) -> HttpConfig {
        let public_url = format!("http://localhost:{port}").parse().unwrap();
        HttpConfig::new(public_url, SocketAddr::from(([127, 0, 0, 1], port)), vec![]).unwrap()
    }

    #[test]
    fn the_public_address_is_an_origin_and_nothing_more() {
        for bad in [
            "https://id.example.org/login",
            "https://id.example.org/?a=1",
            "https://id.example.org/#a",
            "https://user@id.example.org",
            "ftp://id.example.org",
            "data:text/plain,x",
            "file:///etc",
        ] {
            let listen = "127.0.0.1:8080".parse().unwrap();
            assert_eq!(
                HttpConfig::new(bad.parse().unwrap(), listen, vec![]).unwrap_err(),
                BadPublicUrl,
                "{bad}"
            );
        }
        assert_eq!(config("https://ID.example.org:443/").origin(), "https://id.example.org");
        assert_eq!(loopback_config(8080).origin(), "http://localhost:8080");
    }

    #[test]
    fn cookies_have_the_host_prefix_exactly_with_https() {
        let name = |config: HttpConfig| config.cookie_name(CookieKind::Session);
        assert_eq!(name(config("https://id.example.org")), "__Host-twinlock_session");
        assert_eq!(name(loopback_config(8080)), "twinlock_session");
    }
}
