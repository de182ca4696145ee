//! Where to go after sign-in: local paths only.

use url::Url;

/// Longest path that is followed, in bytes: on its way through a sign-in it lives in a cookie, which has room for 4096 of
/// everything.
pub const MAX_NEXT: usize = 1024;
/// Percent-encoding is peeled at most this often; what is wrapped deeper is refused.
const MAX_ROUNDS: usize = 8;

/// `raw` when it is a path on this server that is safe to redirect to, else `None`.
///
/// It must begin with one `/` and hold only visible ASCII without a backslash; no `//` in its path. The
/// same must be true however often a browser or proxy on the way percent-decodes it.
pub fn safe_next(raw: &str) -> Option<String> {
    if raw.len() > MAX_NEXT || !raw.bytes().all(|byte| byte.is_ascii_graphic()) {
        return None;
    }
    let mut current = raw.as_bytes().to_vec();
    for _ in 0..MAX_ROUNDS {
        if !is_local(&current) {
            return None;
        }
        let decoded = percent_decode(&current);
        if decoded == current {
            return stays_here(raw).then(|| raw.to_owned());
        }
        current = decoded;
    }
    None
}

/// One leading slash, no second one, no backslash, no control character.
fn is_local(target: &[u8]) -> bool {
    let path_end = target.iter().position(|byte| matches!(byte, b'?' | b'#')).unwrap_or(target.len());
    let path = &target[..path_end];
    target.first() == Some(&b'/')
        && !path.windows(2).any(|pair| pair == b"//")
        && !target.iter().any(|byte| *byte == b'\\' || byte.is_ascii_control())
}

/// What a browser's URL parser makes of it is still this server.
fn stays_here(raw: &str) -> bool {
    let Ok(base) = Url::parse("http://self.invalid/") else { return false };
    base.join(raw).is_ok_and(|url| url.origin() == base.origin() && !url.path().starts_with("//"))
}

fn percent_decode(text: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some((&first, tail)) = rest.split_first() {
        if let (b'%', Some(byte)) = (first, hex_pair(tail)) {
            out.push(byte);
            rest = &tail[2..];
        } else {
            out.push(first);
            rest = tail;
        }
    }
    out
}

fn hex_pair(text: &[u8]) -> Option<u8> {
    let digit = |byte: &u8| char::from(*byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
    Some(digit(text.first()?)? << 4 | digit(text.get(1)?)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_local_path_with_its_query_is_followed() {
        for next in ["/", "/account", "/account/sessions?page=2#end", "/a%20b", "/search?q=100%"] {
            assert_eq!(safe_next(next).as_deref(), Some(next));
        }
    }

    #[test]
    fn a_query_may_name_another_address() {
        let next = "/oauth2/authorize?redirect_uri=https%3A%2F%2Fapp.example%2Fcb";
        assert_eq!(safe_next(next).as_deref(), Some(next));
    }

    /// attacks.md row 50: open redirect, every spelling is refused.
    #[test]
    fn nothing_that_leads_elsewhere_is_followed() {
        for next in [
            "",
            "evil",
            "//evil",
            "///evil",
            "/\\evil",
            "\\\\evil",
            "\\/evil",
            "https:evil",
            "https://evil",
            "HTTPS://evil",
            "/%09/evil",
            "/\t/evil",
            "/%5cevil",
            "/%5Cevil",
            "/%255cevil",
            "/%25255cevil",
            "/%2fevil",
            "/%2Fevil",
            "/%252fevil",
            "%2f%2fevil",
            "javascript:alert(1)",
            "data:text/html,x",
            "@evil",
            ".evil",
            "allowed.test.evil",
            "evil?allowed.test",
            " /evil",
            "/ evil",
            "/a\r\nSet-Cookie: x=1",
            "/a%0d%0aSet-Cookie:%20x=1",
            "/a?x=%0D%0Ay",
            "/\0evil",
            "/a%00b",
            "//evil/..",
            "/a//evil",
            "/a/..//evil",
            "/.//evil",
            "/./%2fevil",
            "/ｅvil",
            "/\u{2028}",
            "/\u{a0}",
            "/?a\\b",
        ] {
            assert_eq!(safe_next(next), None, "{next:?}");
        }
        assert_eq!(safe_next(&format!("/{}", "a".repeat(MAX_NEXT))), None);
        let deep = (0..10).fold("/%41".to_owned(), |path, _| path.replace('%', "%25"));
        assert_eq!(safe_next(&deep), None);
    }
}
