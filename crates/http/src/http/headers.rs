//! Headers that every response carries, errors included.

use std::convert::Infallible;

use axum::{
    http::{HeaderName, HeaderValue, header},
    response::{IntoResponseParts, Response, ResponseParts},
};
use url::Url;

/// Scripts, styles and pictures of our own only; nothing inline, no frames, forms stay here.
pub const CONTENT_SECURITY_POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; \
    img-src 'self' data:; connect-src 'self'; font-src 'self'; manifest-src 'self'; form-action 'self'; \
    base-uri 'none'; frame-ancestors 'none'";

/// One origin beside ours to which the forms of a page may lead, as a part of its response. Browsers ask `form-action` of
/// the redirects after a form, too (Content Security Policy Level 3, section 6.4.2).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FormsLeadTo(HeaderValue);

impl FormsLeadTo {
    /// The origin of an `http` or `https` address; none of any other.
    pub fn origin_of(url: &Url) -> Option<Self> {
        if !matches!(url.scheme(), "http" | "https") {
            return None;
        }
        let ours = "form-action 'self'";
        let wider = format!("{ours} {}", url.origin().ascii_serialization());
        HeaderValue::try_from(CONTENT_SECURITY_POLICY.replace(ours, &wider)).ok().map(Self)
    }
}

impl IntoResponseParts for FormsLeadTo {
    type Error = Infallible;

    fn into_response_parts(self, mut response: ResponseParts) -> Result<ResponseParts, Infallible> {
        response.headers_mut().insert(header::CONTENT_SECURITY_POLICY, self.0);
        Ok(response)
    }
}

/// A year, in seconds, as OWASP ASVS 5.0 3.4.1 asks.
const STRICT_TRANSPORT: &str = "max-age=31536000; includeSubDomains";

const FIXED: [(HeaderName, &str); 6] = [
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (header::X_FRAME_OPTIONS, "DENY"),
    // Not `no-referrer`: with that, browsers send `Origin: null` with our own forms.
    (header::REFERRER_POLICY, "same-origin"),
    (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
    (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
    (
        HeaderName::from_static("permissions-policy"),
        "camera=(), geolocation=(), microphone=(), payment=(), usb=(), \
         publickey-credentials-create=(self), publickey-credentials-get=(self)",
    ),
];

/// Adds the headers. A handler's own `Cache-Control` and `Content-Security-Policy` stay, except that an
/// error is never stored; the others are always these.
pub fn secure(response: &mut Response, https: bool) {
    let error = response.status().is_client_error() || response.status().is_server_error();
    let headers = response.headers_mut();
    for (name, value) in FIXED {
        headers.insert(name, HeaderValue::from_static(value));
    }
    if https {
        headers.insert(header::STRICT_TRANSPORT_SECURITY, HeaderValue::from_static(STRICT_TRANSPORT));
    }
    headers
        .entry(header::CONTENT_SECURITY_POLICY)
        .or_insert(HeaderValue::from_static(CONTENT_SECURITY_POLICY));
    let no_store = HeaderValue::from_static("no-store");
    if error {
        headers.insert(header::CACHE_CONTROL, no_store);
    } else {
        headers.entry(header::CACHE_CONTROL).or_insert(no_store);
    }
}

#[cfg(test)]
mod tests {
    use axum::response::IntoResponse;

    use super::*;

    fn policy_of(url: &str) -> Option<String> {
        let wider = FormsLeadTo::origin_of(&Url::parse(url).unwrap())?;
        let mut response = (wider, "a page").into_response();
        secure(&mut response, true);
        Some(response.headers()[header::CONTENT_SECURITY_POLICY].to_str().unwrap().to_owned())
    }

    /// attacks.md row 49: one page may name one origin, and nothing else of its policy gives way.
    #[test]
    fn a_pages_forms_may_lead_to_one_origin_more() {
        let policy = policy_of("https://app.example:8443/back?code=1").unwrap();
        assert!(policy.contains("form-action 'self' https://app.example:8443;"), "{policy}");
        assert_eq!(policy.replace(" https://app.example:8443", ""), CONTENT_SECURITY_POLICY);
    }

    #[test]
    fn an_address_without_an_origin_widens_nothing() {
        for url in ["data:text/html,x", "javascript:alert(1)", "app.example:/back", "file:///etc"] {
            assert_eq!(policy_of(url), None, "{url}");
        }
    }

    #[test]
    fn other_pages_keep_their_forms_here() {
        let mut response = "a page".into_response();
        secure(&mut response, false);
        assert_eq!(response.headers()[header::CONTENT_SECURITY_POLICY], CONTENT_SECURITY_POLICY);
    }
}
