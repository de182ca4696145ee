//! Cookies: names, building, and a parser that notices duplicates.

use axum::http::{HeaderMap, HeaderValue, header};

use super::{
    authorization::Ambiguous,
    problem::{Code, Problem},
};

/// The cookies of the pages.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CookieKind {
    /// A session.
    Session,
    /// Before sign-in: ties the forms' CSRF token to the browser.
    PreLogin,
    /// Who somebody said they are, on the way from the first page of a sign-in to the next.
    Typed,
    /// A half-finished sign-in.
    PendingLogin,
    /// A browser that completed a sign-in earlier.
    Device,
    /// A form that was refused, on its way to the page that shows it again.
    Again,
    /// A form that was answered, should it come a second time.
    Answered,
}

impl CookieKind {
    /// The name on the wire. With https it has the `__Host-` prefix, which makes browsers insist on
    /// `Secure`, `Path=/` and no `Domain` (draft-ietf-httpbis-rfc6265bis §4.1.3.2).
    pub const fn name(self, https: bool) -> &'static str {
        match (self, https) {
            (Self::Session, true) => "__Host-twinlock_session",
            (Self::Session, false) => "twinlock_session",
            (Self::PreLogin, true) => "__Host-twinlock_pre",
            (Self::PreLogin, false) => "twinlock_pre",
            (Self::Typed, true) => "__Host-twinlock_typed",
            (Self::Typed, false) => "twinlock_typed",
            (Self::PendingLogin, true) => "__Host-twinlock_login",
            (Self::PendingLogin, false) => "twinlock_login",
            (Self::Device, true) => "__Host-twinlock_device",
            (Self::Device, false) => "twinlock_device",
            (Self::Again, true) => "__Host-twinlock_again",
            (Self::Again, false) => "twinlock_again",
            (Self::Answered, true) => "__Host-twinlock_answered",
            (Self::Answered, false) => "twinlock_answered",
        }
    }
}

/// The value holds something a cookie cannot carry. Our own tokens never do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a cookie value may hold only letters, digits and -_.~")]
pub struct BadCookieValue;

impl From<BadCookieValue> for Problem {
    fn from(_: BadCookieValue) -> Self {
        Self::new(Code::Internal)
    }
}

/// A `Set-Cookie` value; `max_age` in seconds, `None` until the browser closes.
///
/// # Errors
/// [`BadCookieValue`] for anything but `A–Z a–z 0–9 - _ . ~`.
pub fn set(
    kind: CookieKind,
    https: bool,
    value: &str,
    max_age: Option<i64>,
) -> Result<HeaderValue, BadCookieValue> {
    if !value.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte)) {
        return Err(BadCookieValue);
    }
    let name = kind.name(https);
    let secure = if https { "; Secure" } else { "" };
    let max_age = max_age.map(|seconds| format!("; Max-Age={}", seconds.max(0))).unwrap_or_default();
    let text = format!("{name}={value}; Path=/; HttpOnly; SameSite=Lax{secure}{max_age}");
    let mut header = HeaderValue::from_str(&text).map_err(|_| BadCookieValue)?;
    header.set_sensitive(true);
    Ok(header)
}

/// A `Set-Cookie` value that removes the cookie.
pub fn clear(kind: CookieKind, https: bool) -> HeaderValue {
    // Only fails for a bad value, and an empty one is none; a bare `Max-Age=0` would be ignored.
    set(kind, https, "", Some(0)).unwrap_or_else(|_| HeaderValue::from_static(""))
}

/// The value of one cookie of a request: `None` when it is not there, [`Ambiguous`] when its name comes
/// twice, equal values included. Everything else in the headers, junk included, is passed over.
///
/// Names are compared exactly and only spaces and tabs are trimmed, so that no other spelling passes for a
/// `__Host-` name. A quoted value keeps its quotes and a value that is not ASCII reads as empty: neither is
/// ever one of ours.
pub fn find<'a>(headers: &'a HeaderMap, kind: CookieKind, https: bool) -> Result<Option<&'a str>, Ambiguous> {
    let name = kind.name(https).as_bytes();
    let mut values = headers
        .get_all(header::COOKIE)
        .iter()
        .flat_map(|line| line.as_bytes().split(|byte| *byte == b';'))
        .filter_map(|pair| {
            let pair = trim(pair);
            let equals = pair.iter().position(|byte| *byte == b'=')?;
            (trim(&pair[..equals]) == name).then(|| trim(&pair[equals + 1..]))
        });
    match (values.next(), values.next()) {
        (Some(_), Some(_)) => Err(Ambiguous),
        (value, _) => {
            Ok(value.map(
                |bytes: &'a [u8]| {
                    if bytes.is_ascii() { std::str::from_utf8(bytes).unwrap_or_default() } else { "" }
                },
            ))
        }
    }
}

fn trim(mut bytes: &[u8]) -> &[u8] {
    while let [b' ' | b'\t', rest @ ..] | [rest @ .., b' ' | b'\t'] = bytes {
        bytes = rest;
    }
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(lines: &[&[u8]]) -> HeaderMap {
        let mut headers = HeaderMap::new();
        for line in lines {
            headers.append(header::COOKIE, HeaderValue::from_bytes(line).unwrap());
        }
        headers
    }

    fn session(headers: &HeaderMap) -> Result<Option<&str>, Ambiguous> {
        find(headers, CookieKind::Session, true)
    }

    /// attacks.md row 49: cookie attributes.
    #[test]
    fn a_cookie_is_for_this_host_only_and_out_of_reach_of_scripts() {
        let cookie = set(CookieKind::Session, true, "abc-_.~9", Some(60)).unwrap();
        assert_eq!(
            cookie,
            "__Host-twinlock_session=abc-_.~9; Path=/; HttpOnly; SameSite=Lax; Secure; Max-Age=60"
        );
        let plain = set(CookieKind::PreLogin, false, "x", None).unwrap();
        assert_eq!(plain, "twinlock_pre=x; Path=/; HttpOnly; SameSite=Lax");
        assert!(cookie.is_sensitive());
    }

    #[test]
    fn a_removed_cookie_keeps_the_attributes_that_make_browsers_accept_it() {
        assert_eq!(
            clear(CookieKind::Session, true),
            "__Host-twinlock_session=; Path=/; HttpOnly; SameSite=Lax; Secure; Max-Age=0"
        );
    }

    #[test]
    fn a_value_cannot_bring_attributes_or_lines_of_its_own() {
        for value in ["a; Domain=evil", "a\r\nX: y", "a b", "a\"", "é", "a,b", "a\0"] {
            assert_eq!(set(CookieKind::Session, true, value, None), Err(BadCookieValue), "{value:?}");
        }
    }

    #[test]
    fn a_cookie_is_found_among_junk() {
        let junk = headers(&[b"; ;=;a;b=\xff\xfe; __Host-twinlock_session=tok ; =x;;", b"other=\"a;b\""]);
        assert_eq!(session(&junk), Ok(Some("tok")));
        assert_eq!(session(&headers(&[])), Ok(None));
        assert_eq!(session(&headers(&[b"__Host-twinlock_session"])), Ok(None));
        assert_eq!(session(&headers(&[b"__Host-twinlock_session=\xc3\xa9"])), Ok(Some("")));
    }

    #[test]
    fn the_same_name_twice_is_ambiguous_in_one_line_or_in_two() {
        assert_eq!(
            session(&headers(&[b"__Host-twinlock_session=a; __Host-twinlock_session=b"])),
            Err(Ambiguous)
        );
        assert_eq!(
            session(&headers(&[b"__Host-twinlock_session=a", b"__Host-twinlock_session=a"])),
            Err(Ambiguous)
        );
    }

    /// A cookie that another host or plain http could set is not adopted.
    #[test]
    fn no_other_spelling_passes_for_a_host_cookie() {
        for line in [
            &b"twinlock_session=a"[..],
            b"__host-twinlock_session=a",
            b"__HOST-twinlock_session=a",
            b"__Host-twinlock_session\x0b=a",
            b"\xc2\xa0__Host-twinlock_session=a",
            b"=__Host-twinlock_session=a",
            b"$Version=1, __Host-twinlock_session=a",
        ] {
            let Ok(value) = HeaderValue::from_bytes(line) else { continue };
            let headers = HeaderMap::from_iter([(header::COOKIE, value)]);
            assert_eq!(session(&headers), Ok(None), "{}", String::from_utf8_lossy(line));
        }
    }
}
