//! Where a browser says a request comes from.

use axum::http::{HeaderMap, header};

use super::{
    HttpConfig,
    problem::{Code, Problem},
};

/// The request was made by a page of another origin.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ForeignOrigin;

impl From<ForeignOrigin> for Problem {
    fn from(_: ForeignOrigin) -> Self {
        Self::new(Code::Forbidden)
            .detail("Send this from a page of this server: the request comes from another site.")
    }
}

/// For every request that changes something on the strength of a cookie, forms before sign-in included.
///
/// `Origin` is compared whole with the allowed ones; `null` and a repeated header are refused. A request
/// without it (old browsers, programs) passes here: the CSRF token is what it must have anyway.
/// `Sec-Fetch-Site`, when sent, must say `same-origin` or `none`.
pub fn check(headers: &HeaderMap, config: &HttpConfig) -> Result<(), ForeignOrigin> {
    let mut origins = headers.get_all(header::ORIGIN).iter();
    match (origins.next(), origins.next()) {
        (None, _) => {}
        (Some(origin), None) if config.is_allowed_origin(origin.as_bytes()) => {}
        _ => return Err(ForeignOrigin),
    }
    let own_site = |site: &[u8]| site == b"same-origin" || site == b"none";
    if headers.get_all("sec-fetch-site").iter().all(|site| own_site(site.as_bytes())) {
        Ok(())
    } else {
        Err(ForeignOrigin)
    }
}

/// Whether the browser itself says that a page of ours made a request that passed [`check`].
pub fn is_own(headers: &HeaderMap, config: &HttpConfig) -> bool {
    let own_origin =
        headers.get(header::ORIGIN).is_some_and(|origin| config.is_allowed_origin(origin.as_bytes()));
    own_origin || headers.get("sec-fetch-site").is_some_and(|site| site == "same-origin")
}

#[cfg(test)]
mod tests {
    use axum::http::{HeaderName, HeaderValue};

    use super::*;
    use crate::http::config::tests::{config, loopback_config};

    fn allowed(config: &HttpConfig, pairs: &[(&'static str, &str)]) -> bool {
        let mut headers = HeaderMap::new();
        for (name, value) in pairs {
            headers.append(HeaderName::from_static(name), HeaderValue::from_str(value).unwrap());
        }
        check(&headers, config).is_ok()
    }

    #[test]
    fn our_own_pages_and_programs_may_act() {
        let config = config("https://id.example.org");
        assert!(allowed(&config, &[]));
        assert!(allowed(&config, &[("origin", "https://id.example.org")]));
        assert!(allowed(&config, &[("origin", "https://id.example.org"), ("sec-fetch-site", "same-origin")]));
        assert!(allowed(&config, &[("sec-fetch-site", "none")]));
    }

    #[test]
    fn on_loopback_the_listeners_names_are_ours_too() {
        let config = loopback_config(8080);
        for origin in ["http://localhost:8080", "http://127.0.0.1:8080", "http://[::1]:8080"] {
            assert!(allowed(&config, &[("origin", origin)]), "{origin}");
        }
        for origin in
            ["http://localhost", "http://localhost:8081", "http://127.0.0.2:8080", "https://localhost:8080"]
        {
            assert!(!allowed(&config, &[("origin", origin)]), "{origin}");
        }
    }

    /// Another site's page cannot act with our cookies.
    #[test]
    fn another_sites_page_is_refused() {
        let config = config("https://id.example.org");
        for origin in [
            "null",
            "",
            "https://evil.example",
            "http://id.example.org",
            "https://id.example.org:8443",
            "https://id.example.org.evil.example",
            "https://evil.example/?https://id.example.org",
            "https://x@id.example.org",
            "https://id.example.org/",
            "https://id.example.org, https://evil.example",
        ] {
            assert!(!allowed(&config, &[("origin", origin)]), "{origin}");
        }
        let twice = [("origin", "https://id.example.org"), ("origin", "https://id.example.org")];
        assert!(!allowed(&config, &twice));
        assert!(!allowed(&config, &[("sec-fetch-site", "cross-site")]));
        assert!(!allowed(&config, &[("sec-fetch-site", "same-site")]));
    }
}
