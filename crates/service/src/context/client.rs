//! Who is asking, as far as the connection tells.

use std::net::IpAddr;

use twinlock_core::client_key;

use crate::browser::KnownBrowser;

/// The client of one request.
#[derive(Debug, Clone)]
pub struct Client {
    /// Its address, proxies accounted for.
    pub address: IpAddr,
    /// Its User-Agent, printable and short.
    pub user_agent: String,
    /// Id of the request.
    pub request_id: String,
    /// Keyed hash of the secret to which a browser's forms before sign-in are bound ([`crate::browser::hash`]).
    pub browser_hash: Option<Vec<u8>>,
    /// The browser's memory of an earlier complete sign-in.
    pub known_browser: Option<KnownBrowser>,
}

impl Client {
    /// Somebody at an address of whom nothing else is known.
    pub fn at(address: IpAddr) -> Self {
        Self {
            address,
            user_agent: String::new(),
            request_id: String::new(),
            browser_hash: None,
            known_browser: None,
        }
    }

    /// Under which its failures are counted.
    pub(crate) fn limit_key(&self) -> String {
        client_key::limit_key(self.address)
    }
}
