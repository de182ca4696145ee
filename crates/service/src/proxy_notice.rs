//! A proxy in front of the server that the server was not told of, or not everything.
//!
//! Without that, everybody behind it counts as one address: failures of one make all of them wait. Any client can
//! write such headers, so only a peer that is near, as proxies are, is taken for one.

use std::{
    net::IpAddr,
    sync::{
        OnceLock,
        atomic::{AtomicBool, Ordering},
    },
};

/// Why what a header says about the client is not believed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ProxyDoubt {
    /// The peer is none of the proxies of `server.trusted_proxies`.
    Untrusted,
    /// The proxy passes on two headers that disagree, and `server.forwarded_header` names none.
    Disagreeing,
    /// The proxy does not write the header that `server.forwarded_header` names, but another.
    Silent,
}

/// What was noticed since the server started.
#[derive(Default)]
pub struct ProxyNotice {
    proxy: OnceLock<(IpAddr, ProxyDoubt)>,
    stranger: AtomicBool,
}

impl ProxyNotice {
    /// Takes note of a request; the first is told to the log.
    pub fn note(&self, peer: IpAddr, doubt: ProxyDoubt) {
        let first = if doubt == ProxyDoubt::Untrusted && !is_near(peer) {
            // A proxy elsewhere, or a stranger who tries.
            !self.stranger.swap(true, Ordering::Relaxed)
        } else {
            self.proxy.set((peer, doubt)).is_ok()
        };
        if first {
            tracing::warn!(%peer, "{}", advice(doubt));
        }
    }

    /// The proxy that the server should be told about.
    pub fn noticed(&self) -> Option<(IpAddr, ProxyDoubt)> {
        self.proxy.get().copied()
    }
}

fn advice(doubt: ProxyDoubt) -> &'static str {
    match doubt {
        ProxyDoubt::Untrusted => {
            "a request came with a forwarding header from a peer that server.trusted_proxies does not name: all of its \
             clients count as one address"
        }
        ProxyDoubt::Disagreeing => {
            "a proxy passed on two forwarding headers that disagree: set server.forwarded_header to the one that it writes"
        }
        ProxyDoubt::Silent => {
            "a proxy did not write the header that server.forwarded_header names, but another: its clients count as one \
             address"
        }
    }
}

/// This machine, or a network that is not the Internet (RFC 1918, RFC 4193, RFC 6598, link-local).
fn is_near(peer: IpAddr) -> bool {
    match peer.to_canonical() {
        IpAddr::V4(ip) => {
            let shared = ip.octets()[0] == 100 && ip.octets()[1] & 0xc0 == 64;
            ip.is_loopback() || ip.is_private() || ip.is_link_local() || shared
        }
        IpAddr::V6(ip) => ip.is_loopback() || ip.is_unique_local() || ip.is_unicast_link_local(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ip(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    /// attacks.md row 4: a stranger on the Internet does not put advice on anybody's console.
    #[test]
    fn only_a_peer_that_is_near_is_taken_for_a_proxy() {
        for far in ["203.0.113.5", "2001:db8::1", "100.128.0.1", "172.32.0.1"] {
            let notice = ProxyNotice::default();
            notice.note(ip(far), ProxyDoubt::Untrusted);
            assert_eq!(notice.noticed(), None, "{far}");
        }
        for near in
            ["127.0.0.1", "10.1.2.3", "172.17.0.1", "192.168.1.1", "100.64.0.1", "::1", "fd00::1", "fe80::1"]
        {
            let notice = ProxyNotice::default();
            notice.note(ip(near), ProxyDoubt::Untrusted);
            assert_eq!(notice.noticed(), Some((ip(near), ProxyDoubt::Untrusted)));
        }
    }

    #[test]
    fn a_proxy_that_is_trusted_may_be_anywhere() {
        let notice = ProxyNotice::default();
        notice.note(ip("203.0.113.5"), ProxyDoubt::Disagreeing);
        notice.note(ip("127.0.0.1"), ProxyDoubt::Untrusted);
        assert_eq!(notice.noticed(), Some((ip("203.0.113.5"), ProxyDoubt::Disagreeing)));
    }
}
