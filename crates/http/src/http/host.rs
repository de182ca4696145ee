//! Which host a request is for.
//!
//! A server that answers for any name can be rebound to and made to speak for a name it does not have. No
//! forwarding header is looked at: the proxy passes the public name on as the host.

use axum::http::{HeaderMap, Uri, header, uri::Authority};

use super::{
    HttpConfig,
    problem::{Code, Problem},
};

/// Paths that probes ask for by address.
const FOR_ANY_HOST: [&str; 2] = ["/healthz", "/readyz"];

/// Whether a path is a probe's.
pub fn is_probe(path: &str) -> bool {
    FOR_ANY_HOST.contains(&path)
}

/// Lets a request pass when it is for one of our names, or a probe.
///
/// # Errors
/// 400 `malformed_request` where the host is missing, repeated or unreadable, or where target and header
/// disagree (RFC 9112 §3.2, RFC 9113 §8.3.1); 421 `misdirected_request` where it is another's.
pub fn check(uri: &Uri, headers: &HeaderMap, config: &HttpConfig) -> Result<(), Problem> {
    if is_probe(uri.path()) {
        return Ok(());
    }
    let host = requested(uri, headers).ok_or_else(unreadable_host)?;
    if config.is_allowed_host(&host) {
        Ok(())
    } else {
        Err(Problem::new(Code::MisdirectedRequest)
            .detail(format!("Use the address of this server, {}.", config.origin())))
    }
}

fn unreadable_host() -> Problem {
    Problem::new(Code::MalformedRequest).detail("Send one Host header that names this server.")
}

/// The host the request names: by its target (HTTP/2, or an absolute target) or its `Host` header; by both
/// only when they agree.
pub fn requested(uri: &Uri, headers: &HeaderMap) -> Option<Authority> {
    let mut lines = headers.get_all(header::HOST).iter();
    let (header, more) = (lines.next(), lines.next());
    if more.is_some() {
        return None;
    }
    let header = match header {
        Some(value) => Some(Authority::try_from(value.as_bytes()).ok()?),
        None => None,
    };
    let authority = match (uri.authority().cloned(), header) {
        (Some(target), Some(header)) => (target == header).then_some(target)?,
        (one, other) => one.or(other)?,
    };
    is_host_and_port(&authority).then_some(authority)
}

/// No user name, and a port that is one: the parser takes any text there and calls it none.
fn is_host_and_port(authority: &Authority) -> bool {
    match authority.as_str().strip_prefix(authority.host()) {
        Some("") => true,
        Some(port) => port[1..].bytes().all(|byte| byte.is_ascii_digit()) && authority.port_u16().is_some(),
        None => false,
    }
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;
    use crate::http::config::tests::{config, loopback_config};

    fn status(config: &HttpConfig, target: &str, hosts: &[&str]) -> u16 {
        let mut headers = HeaderMap::new();
        for host in hosts {
            headers.append(header::HOST, HeaderValue::from_bytes(host.as_bytes()).unwrap());
        }
        check(&target.parse().unwrap(), &headers, config)
            .map_or_else(|problem| problem.status.as_u16(), |()| 200)
    }

    #[test]
    fn the_public_name_is_served_with_or_without_its_usual_port() {
        let config = config("https://id.example.org");
        for host in ["id.example.org", "ID.Example.Org", "id.example.org:443"] {
            assert_eq!(status(&config, "/login", &[host]), 200, "{host}");
        }
        let own_port = crate::http::config::tests::config("https://id.example.org:8443");
        assert_eq!(status(&own_port, "/", &["id.example.org:8443"]), 200);
        assert_eq!(status(&own_port, "/", &["id.example.org"]), 421);
    }

    /// attacks.md row 51: another host is refused, whatever it resembles.
    #[test]
    fn another_host_is_refused() {
        let config = config("https://id.example.org");
        for host in [
            "evil.example",
            "id.example.org.evil.example",
            "id.example.org.",
            "id.example.org:80",
            "id.example.org:8080",
            "127.0.0.1",
            "localhost",
            "[::1]",
            "example.org",
        ] {
            assert_eq!(status(&config, "/login", &[host]), 421, "{host}");
        }
        for host in [
            "",
            "a b",
            "evil@id.example.org",
            "id.example.org/x",
            "id.example.org:port",
            "id.example.org:",
            "id.example.org:65979",
            "id.example.org:+443",
            "é",
            "[::1",
        ] {
            let status = status(&config, "/login", &[host]);
            assert!(status == 400 || status == 421, "{host:?} {status}");
        }
    }

    /// attacks.md row 51: two hosts in one request are one too many, also as an absolute target.
    #[test]
    fn a_missing_a_repeated_or_a_contradicting_host_is_refused() {
        let config = config("https://id.example.org");
        assert_eq!(status(&config, "/", &[]), 400);
        assert_eq!(status(&config, "/", &["id.example.org", "id.example.org"]), 400);
        assert_eq!(status(&config, "/", &["id.example.org", "evil.example"]), 400);
        assert_eq!(status(&config, "https://id.example.org/", &["evil.example"]), 400);
        assert_eq!(status(&config, "https://evil.example/", &["id.example.org"]), 400);
        assert_eq!(status(&config, "https://evil.example/", &["evil.example"]), 421);
        assert_eq!(status(&config, "https://id.example.org/", &["id.example.org"]), 200);
        assert_eq!(status(&config, "https://id.example.org/", &[]), 200);
    }

    #[test]
    fn a_loopback_listener_answers_to_its_own_names_with_its_port() {
        let config = loopback_config(8080);
        for host in ["localhost:8080", "127.0.0.1:8080", "[::1]:8080", "LOCALHOST:8080"] {
            assert_eq!(status(&config, "/", &[host]), 200, "{host}");
        }
        for host in ["localhost", "127.0.0.1:8081", "127.0.0.2:8080", "localhost.:8080", "0.0.0.0:8080"] {
            assert_eq!(status(&config, "/", &[host]), 421, "{host}");
        }
    }

    #[test]
    fn probes_may_use_any_host() {
        let config = config("https://id.example.org");
        for target in ["/healthz", "/readyz?x=1"] {
            assert_eq!(status(&config, target, &["10.0.0.7:8080"]), 200);
            assert_eq!(status(&config, target, &[]), 200);
        }
        assert_eq!(status(&config, "/healthz/../login", &["10.0.0.7"]), 421);
    }
}
