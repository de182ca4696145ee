//! The `Authorization` header.

use axum::http::{HeaderMap, header};

use super::problem::{Code, Problem};

/// The request carries two identities where there must be one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ambiguous;

impl From<Ambiguous> for Problem {
    fn from(_: Ambiguous) -> Self {
        Self::new(Code::AmbiguousCredentials)
    }
}

/// The bearer token of a request (RFC 6750 §2.1), unchecked.
///
/// `None` when there is no `Authorization` header or one of another scheme. A header of this scheme is
/// always an identity, even where its token cannot be one: it then comes back as text that no token
/// equals, so that a broken token next to a cookie still counts as two identities. Two headers, or one
/// that a proxy folded out of two, are [`Ambiguous`].
pub fn bearer(headers: &HeaderMap) -> Result<Option<&str>, Ambiguous> {
    let mut values = headers.get_all(header::AUTHORIZATION).iter();
    let Some(value) = values.next() else { return Ok(None) };
    if values.next().is_some() || value.as_bytes().contains(&b',') {
        return Err(Ambiguous);
    }
    let bytes = value.as_bytes();
    let scheme_end = bytes.iter().position(|byte| *byte == b' ').unwrap_or(bytes.len());
    let (scheme, rest) = bytes.split_at(scheme_end);
    if !scheme.eq_ignore_ascii_case(b"bearer") {
        return Ok(None);
    }
    Ok(Some(std::str::from_utf8(rest).unwrap_or_default().trim_matches(' ')))
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    fn headers(values: &[&[u8]]) -> HeaderMap {
        let mut headers = HeaderMap::new();
        for value in values {
            headers.append(header::AUTHORIZATION, HeaderValue::from_bytes(value).unwrap());
        }
        headers
    }

    #[test]
    fn a_bearer_token_is_found_whatever_the_case_of_the_scheme() {
        for value in [&b"Bearer abc.d-e_f"[..], b"bearer abc.d-e_f", b"BEARER   abc.d-e_f"] {
            assert_eq!(bearer(&headers(&[value])), Ok(Some("abc.d-e_f")));
        }
    }

    #[test]
    fn no_header_or_another_scheme_is_no_token() {
        assert_eq!(bearer(&headers(&[])), Ok(None));
        for value in [&b"Basic YTpi"[..], b"", b"Bearerabc", b"\xff\xfe"] {
            assert_eq!(bearer(&headers(&[value])), Ok(None));
        }
    }

    #[test]
    fn a_broken_token_is_still_an_identity() {
        assert_eq!(bearer(&headers(&[b"Bearer"])), Ok(Some("")));
        assert_eq!(bearer(&headers(&[b"Bearer \xff"])), Ok(Some("")));
    }

    #[test]
    fn two_headers_are_ambiguous_even_when_equal_or_of_different_schemes() {
        assert_eq!(bearer(&headers(&[b"Bearer a", b"Bearer a"])), Err(Ambiguous));
        assert_eq!(bearer(&headers(&[b"Basic YTpi", b"Bearer a"])), Err(Ambiguous));
        assert_eq!(bearer(&headers(&[b"Bearer a, Bearer b"])), Err(Ambiguous));
    }
}
