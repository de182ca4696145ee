//! Who is calling: the client's address and what it calls itself.

use std::{
    convert::Infallible,
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr},
};

use axum::{
    extract::{ConnectInfo, FromRequestParts},
    http::{Extensions, HeaderMap, HeaderValue, header, request::Parts},
};
use ipnet::IpNet;
use twinlock_service::proxy_notice::ProxyDoubt;

/// Longest user agent that is kept, in characters.
const MAX_USER_AGENT: usize = 256;

/// Which header says where a client is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ForwardedHeader {
    /// `Forwarded` or `X-Forwarded-For`, whichever is there; neither where both are and disagree: a proxy that writes
    /// one passes the client's own other one on.
    #[default]
    Either,
    /// `Forwarded` (RFC 7239) alone.
    Forwarded,
    /// `X-Forwarded-For` alone.
    XForwardedFor,
    /// `X-Real-IP` alone: one address.
    XRealIp,
}

/// Whom to believe about a client's address.
#[derive(Clone, Debug, Default)]
pub struct Trust {
    /// Proxies that say where their clients are.
    pub proxies: Vec<IpNet>,
    /// Where they say it.
    pub header: ForwardedHeader,
}

impl Trust {
    fn is_proxy(&self, address: &IpAddr) -> bool {
        self.proxies.iter().any(|net| net.contains(address))
    }
}

/// Where a client is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Found {
    /// The address that counts.
    pub address: IpAddr,
    /// Why that is the peer's although a header says something else.
    pub doubt: Option<ProxyDoubt>,
}

/// The address of the real client, put into the request by the layers. An IPv4 address is never dressed
/// as IPv6.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ClientAddress(pub IpAddr);

impl<S: Send + Sync> FromRequestParts<S> for ClientAddress {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Infallible> {
        Ok(parts.extensions.get().copied().unwrap_or_else(|| Self(peer(&parts.extensions))))
    }
}

/// The other end of the connection; `0.0.0.0` where the server did not say (one shared bucket, no error).
pub(crate) fn peer(extensions: &Extensions) -> IpAddr {
    extensions
        .get::<ConnectInfo<SocketAddr>>()
        .map_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED), |ConnectInfo(address)| address.ip().to_canonical())
}

/// The client's address as far as it can be believed.
///
/// Forwarding headers count only when `peer` is one of the trusted proxies, and are read from the right:
/// each entry was written by the hop after it, so the first address that is not a trusted proxy is the
/// client. A header in which something on that way cannot be read is ignored.
pub fn client_address(peer: IpAddr, headers: &HeaderMap, trust: &Trust) -> Found {
    let peer = peer.to_canonical();
    let doubted = |doubt: Option<ProxyDoubt>| Found { address: peer, doubt };
    let has_other = || FORWARDING.iter().any(|name| headers.contains_key(*name));
    if !trust.is_proxy(&peer) {
        return doubted(has_other().then_some(ProxyDoubt::Untrusted));
    }
    let [forwarded, forwarded_for, real_ip] = FORWARDING;
    let by_standard = || all_lines(headers, forwarded).map(|text| walk(trust, elements(&text)));
    let by_list = |name: &str| all_lines(headers, name).map(|text| walk(trust, addresses(&text)));
    let said = match trust.header {
        ForwardedHeader::Either => match (by_standard(), by_list(forwarded_for)) {
            (Some(one), Some(other)) if one != other => return doubted(Some(ProxyDoubt::Disagreeing)),
            (None, None) => None,
            (one, other) => one.or(other),
        },
        ForwardedHeader::Forwarded => by_standard(),
        ForwardedHeader::XForwardedFor => by_list(forwarded_for),
        ForwardedHeader::XRealIp => all_lines(headers, real_ip).map(|text| node(text.trim())),
    };
    match said {
        Some(address) => Found { address: address.unwrap_or(peer), doubt: None },
        None => doubted(has_other().then_some(ProxyDoubt::Silent)),
    }
}

/// Headers in which proxies say where a client is.
const FORWARDING: [&str; 3] = ["forwarded", "x-forwarded-for", "x-real-ip"];

/// The first address from the right that is no proxy's; none where one on that way cannot be read.
fn walk(trust: &Trust, hops: Vec<Option<IpAddr>>) -> Option<IpAddr> {
    let mut client = None;
    for hop in hops.into_iter().rev() {
        client = Some(hop?);
        if hop.is_some_and(|address| !trust.is_proxy(&address)) {
            break;
        }
    }
    client
}

/// All lines of a header as one list (RFC 9110 §5.3); bytes that are not text become unreadable entries.
fn all_lines(headers: &HeaderMap, name: &str) -> Option<String> {
    let lines: Vec<_> =
        headers.get_all(name).iter().map(|line| String::from_utf8_lossy(line.as_bytes())).collect();
    (!lines.is_empty()).then(|| lines.join(","))
}

fn addresses(text: &str) -> Vec<Option<IpAddr>> {
    text.split(',').map(|entry| node(entry.trim())).collect()
}

/// The `for` of each element (RFC 7239 §4), `None` where there is none to read.
fn elements(text: &str) -> Vec<Option<IpAddr>> {
    let element = |element: &str| {
        let mut nodes = split_unquoted(element, ';').into_iter().filter_map(|pair| {
            let (name, value) = pair.split_once('=')?;
            name.trim().eq_ignore_ascii_case("for").then(|| value.trim().to_owned())
        });
        let (Some(only), None) = (nodes.next(), nodes.next()) else { return None };
        let unquoted = only.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')).unwrap_or(&only);
        node(unquoted)
    };
    split_unquoted(text, ',').into_iter().map(element).collect()
}

/// Splits at `separator` outside of quoted strings.
fn split_unquoted(text: &str, separator: char) -> Vec<&str> {
    let mut quoted = false;
    let mut escaped = false;
    text.split(|c| {
        let was_escaped = std::mem::take(&mut escaped);
        match c {
            '\\' if quoted && !was_escaped => escaped = true,
            '"' if !was_escaped => quoted = !quoted,
            _ => return c == separator && !quoted,
        }
        false
    })
    .collect()
}

/// `192.0.2.1`, `192.0.2.1:80`, `2001:db8::1`, `[2001:db8::1]` or `[2001:db8::1]:80`.
fn node(text: &str) -> Option<IpAddr> {
    let bracketed = || text.strip_prefix('[')?.strip_suffix(']')?.parse::<Ipv6Addr>().ok().map(IpAddr::V6);
    let with_port = || text.parse::<SocketAddr>().ok().map(|address| address.ip());
    let address = text.parse().ok().or_else(bracketed).or_else(with_port)?;
    Some(address.to_canonical())
}

/// What the client calls itself: printable and at most 256 characters, empty when it says nothing. Text
/// from outside all the same.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct UserAgent(pub String);

impl UserAgent {
    /// From the request's first `User-Agent` header.
    pub fn from_headers(headers: &HeaderMap) -> Self {
        let bytes = headers.get(header::USER_AGENT).map(HeaderValue::as_bytes).unwrap_or_default();
        let text = String::from_utf8_lossy(bytes);
        Self(text.chars().filter(|c| is_printable(*c)).take(MAX_USER_AGENT).collect())
    }
}

impl<S: Send + Sync> FromRequestParts<S> for UserAgent {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Infallible> {
        Ok(Self::from_headers(&parts.headers))
    }
}

/// Neither a control character nor one that reorders, joins or hides text on a page or in a log.
fn is_printable(c: char) -> bool {
    !c.is_control()
        && !matches!(c,
            '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}'
            | '\u{e0000}'..='\u{e0fff}')
}

#[cfg(test)]
mod tests;
