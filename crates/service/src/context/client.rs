//! Who is asking, as far as the connection tells.

use std::net::IpAddr;

use crate::browser::KnownBrowser;

/// The client of one request.
#[derive(Debug, Clone)]
pub struct Client {
    /// Its address, proxies accounted for.
    pub address: IpAddr,
    /// Key under which its failures are counted: the IPv4 address, or the IPv6 /64.
    pub address_key: String,
    /// Its User-Agent, printable and short.
    pub user_agent: String,
    /// Id of the request.
    pub request_id: String,
    /// Keyed hash of the secret to which a browser's forms before sign-in are bound ([`crate::browser::hash`]).
    pub browser_hash: Option<Vec<u8>>,
    /// The browser's memory of an earlier complete sign-in.
    pub known_browser: Option<KnownBrowser>,
}
