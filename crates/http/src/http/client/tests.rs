use axum::http::HeaderName;

use super::*;

fn headers(pairs: &[(&'static str, &[u8])]) -> HeaderMap {
    let mut headers = HeaderMap::new();
    for (name, value) in pairs {
        headers.append(HeaderName::from_static(name), HeaderValue::from_bytes(value).unwrap());
    }
    headers
}

fn ip(text: &str) -> IpAddr {
    text.parse().unwrap()
}

/// The address found for a request from 10.0.0.1 where 10.0.0.0/8 and 2001:db8:ffff::/48 are proxies.
fn behind_proxy(pairs: &[(&'static str, &[u8])]) -> String {
    by(ForwardedHeader::Either, pairs).address.to_string()
}

/// The same, where the proxies write this header.
fn by(header: ForwardedHeader, pairs: &[(&'static str, &[u8])]) -> Found {
    let proxies = vec!["10.0.0.0/8".parse().unwrap(), "2001:db8:ffff::/48".parse().unwrap()];
    client_address(ip("10.0.0.1"), &headers(pairs), &Trust { proxies, header })
}

/// The address found where these networks are proxies.
fn found(peer: IpAddr, headers: &HeaderMap, proxies: &[&str]) -> IpAddr {
    let proxies = proxies.iter().map(|net| net.parse().unwrap()).collect();
    client_address(peer, headers, &Trust { proxies, ..Trust::default() }).address
}

/// attacks.md row 4: forwarding headers of a peer that is no configured proxy change nothing.
#[test]
fn a_stranger_cannot_choose_its_address() {
    for name in ["x-forwarded-for", "x-real-ip", "forwarded", "cf-connecting-ip", "true-client-ip"] {
        let value: &[u8] = if name == "forwarded" { b"for=198.51.100.7" } else { b"198.51.100.7" };
        let headers = headers(&[(name, value)]);
        assert_eq!(found(ip("203.0.113.5"), &headers, &[]), ip("203.0.113.5"));
        assert_eq!(found(ip("203.0.113.5"), &headers, &["10.0.0.0/8"]), ip("203.0.113.5"));
    }
}

#[test]
fn behind_a_proxy_the_nearest_stranger_is_the_client() {
    assert_eq!(behind_proxy(&[]), "10.0.0.1");
    assert_eq!(behind_proxy(&[("x-forwarded-for", b"203.0.113.9")]), "203.0.113.9");
    assert_eq!(behind_proxy(&[("x-forwarded-for", b"1.1.1.1, 203.0.113.9, 10.0.0.2")]), "203.0.113.9");
    assert_eq!(
        behind_proxy(&[("x-forwarded-for", b"1.1.1.1"), ("x-forwarded-for", b"203.0.113.9")]),
        "203.0.113.9"
    );
    assert_eq!(behind_proxy(&[("x-forwarded-for", b"10.9.9.9, 10.0.0.2")]), "10.9.9.9");
    assert_eq!(behind_proxy(&[("x-forwarded-for", b"203.0.113.9:4711")]), "203.0.113.9");
    assert_eq!(behind_proxy(&[("x-forwarded-for", b"[2001:db8::9]:4711")]), "2001:db8::9");
    assert_eq!(behind_proxy(&[("x-forwarded-for", b"::ffff:203.0.113.9")]), "203.0.113.9");
}

#[test]
fn the_standard_header_is_read_too() {
    assert_eq!(behind_proxy(&[("forwarded", b"for=203.0.113.9;proto=https;by=10.0.0.1")]), "203.0.113.9");
    assert_eq!(behind_proxy(&[("forwarded", b"For=\"[2001:db8::9]:47\", for=10.0.0.3")]), "2001:db8::9");
    assert_eq!(behind_proxy(&[("forwarded", b"for=\"a,b;for=1.1.1.1\", for=203.0.113.9")]), "203.0.113.9");
}

/// attacks.md row 4: an unreadable header is ignored, whatever is in it.
#[test]
fn an_unreadable_header_is_ignored() {
    let long = vec![b'a'; 4096];
    for junk in
        [&b"a"[..], b"", b",", b"unknown", b"fe80::1%eth0", b"1.2.3", b"\xff\xfe", b"1.2.3.4, a", &long]
    {
        assert_eq!(behind_proxy(&[("x-forwarded-for", junk)]), "10.0.0.1");
    }
    for junk in [
        &b"for=_hidden"[..],
        b"for=unknown",
        b"proto=https",
        b"",
        b"for=",
        b"for=\"",
        b"for=\"\\",
        b"=;=,=",
        b"for=1.1.1.1;for=2.2.2.2",
        b"for=\"fe80::1%eth0\"",
        &long,
    ] {
        assert_eq!(behind_proxy(&[("forwarded", junk)]), "10.0.0.1");
    }
    // What the client wrote further left does not matter once the proxy's own entry was read.
    assert_eq!(behind_proxy(&[("x-forwarded-for", b"junk, 203.0.113.9")]), "203.0.113.9");
}

/// attacks.md row 4: the header that the proxy does not write itself is the client's own word.
#[test]
fn two_headers_that_disagree_are_both_ignored() {
    let xff: (&str, &[u8]) = ("x-forwarded-for", b"203.0.113.9");
    assert_eq!(behind_proxy(&[("forwarded", b"for=198.51.100.7"), xff]), "10.0.0.1");
    assert_eq!(behind_proxy(&[("forwarded", b"junk"), xff]), "10.0.0.1");
    assert_eq!(behind_proxy(&[("forwarded", b"for=203.0.113.9"), xff]), "203.0.113.9");
}

#[test]
fn an_ipv4_address_counts_once_however_it_is_written() {
    let mapped = ip("::ffff:203.0.113.9");
    assert_eq!(found(mapped, &HeaderMap::new(), &[]), ip("203.0.113.9"));
    let headers = headers(&[("x-forwarded-for", b"203.0.113.9")]);
    assert_eq!(found(ip("::ffff:10.0.0.1"), &headers, &["10.0.0.0/8"]), ip("203.0.113.9"));
}

/// What a client calls itself is short, printable text.
#[test]
fn a_user_agent_is_short_and_printable() {
    let agent = |value: &[u8]| UserAgent::from_headers(&headers(&[("user-agent", value)])).0;
    assert_eq!(agent("Firefox/1 \u{202e}gpj\u{200b}.\u{9b}x\t".as_bytes()), "Firefox/1 gpj.x");
    assert_eq!(agent(b"a\xffb"), "a\u{fffd}b");
    assert_eq!(agent("é".repeat(5000).as_bytes()).chars().count(), MAX_USER_AGENT);
    assert_eq!(UserAgent::from_headers(&HeaderMap::new()).0, "");
}

/// attacks.md row 4: the header that is named counts alone: what a client writes into another changes nothing.
#[test]
fn the_named_header_counts_alone() {
    let standard: (&str, &[u8]) = ("forwarded", b"for=198.51.100.7");
    let list: (&str, &[u8]) = ("x-forwarded-for", b"1.1.1.1, 203.0.113.9, 10.0.0.2");
    let single: (&str, &[u8]) = ("x-real-ip", b"192.0.2.33");
    let all = [standard, list, single];
    for (header, address) in [
        (ForwardedHeader::Forwarded, "198.51.100.7"),
        (ForwardedHeader::XForwardedFor, "203.0.113.9"),
        (ForwardedHeader::XRealIp, "192.0.2.33"),
    ] {
        assert_eq!(by(header, &all), Found { address: ip(address), doubt: None });
    }
    let missing = [
        (ForwardedHeader::Forwarded, list),
        (ForwardedHeader::XForwardedFor, standard),
        (ForwardedHeader::XRealIp, list),
        (ForwardedHeader::Either, single),
    ];
    for (header, other) in missing {
        let found = by(header, &[other]);
        assert_eq!(found, Found { address: ip("10.0.0.1"), doubt: Some(ProxyDoubt::Silent) }, "{header:?}");
        assert_eq!(by(header, &[]).doubt, None, "a probe of the proxy itself");
    }
    let two: [(&str, &[u8]); 2] = [("x-real-ip", b"192.0.2.33"), ("x-real-ip", b"192.0.2.34")];
    assert_eq!(by(ForwardedHeader::XRealIp, &two).address, ip("10.0.0.1"));
}

/// What a header says and nobody believes is noticed.
#[test]
fn a_doubt_is_told() {
    let xff: (&str, &[u8]) = ("x-forwarded-for", b"203.0.113.9");
    let doubt = |proxies: Vec<IpNet>, pairs: &[(&'static str, &[u8])]| {
        client_address(ip("127.0.0.1"), &headers(pairs), &Trust { proxies, ..Trust::default() }).doubt
    };
    assert_eq!(doubt(vec![], &[]), None);
    assert_eq!(doubt(vec![], &[xff]), Some(ProxyDoubt::Untrusted));
    let own = || vec!["127.0.0.1/32".parse().unwrap()];
    assert_eq!(doubt(own(), &[xff]), None);
    let both = [xff, ("forwarded", &b"for=198.51.100.7"[..])];
    assert_eq!(doubt(own(), &both), Some(ProxyDoubt::Disagreeing));
}
