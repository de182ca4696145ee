//! What was typed on the first page of a sign-in, on its way to the next ones.
//!
//! In a cookie, so that every page has an address of its own and the browser's back button works; not in
//! the address, because people type passwords into the wrong field. Not signed: it holds nothing that its
//! owner could not type.

use axum::http::HeaderValue;
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use twinlock_core::name::slug_key;

use twinlock_http::http::{
    cookies::{self, BadCookieValue, CookieKind},
    safe_next,
};

/// Seconds it is kept: longer than the pages of one sign-in take.
const KEPT_SECS: i64 = 900;
/// Longest identifier kept, in characters: longer than anybody's, so what is cut off changes nothing.
const MAX_IDENTIFIER: usize = 330;

/// Organisation, person, and where to go afterwards.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Typed {
    /// A tenant's slug by its form, whether or not there is such a tenant; or empty.
    pub(crate) tenant_id: String,
    /// User name or address, as typed.
    pub(crate) identifier: String,
    /// A path on this server, or empty.
    pub(crate) next: String,
}

impl Typed {
    /// Keeps of each what can be used.
    pub(super) fn new(tenant_id: &str, identifier: &str, next: &str) -> Self {
        Self {
            tenant_id: slug_key(tenant_id).unwrap_or_default(),
            identifier: identifier.trim().chars().take(MAX_IDENTIFIER).collect(),
            next: safe_next(next).unwrap_or_default(),
        }
    }

    /// The cookie that carries it.
    pub(super) fn cookie(&self, https: bool) -> Result<HeaderValue, BadCookieValue> {
        // Neither a slug nor a path can hold NUL, and the identifier comes last.
        let text = [&*self.tenant_id, &*self.next, &*self.identifier].join("\0");
        cookies::set(CookieKind::Typed, https, &URL_SAFE_NO_PAD.encode(text), Some(KEPT_SECS))
    }

    /// Reads the cookie, as critically as a form.
    pub(super) fn from_cookie(value: &str) -> Option<Self> {
        let text = String::from_utf8(URL_SAFE_NO_PAD.decode(value).ok()?).ok()?;
        let mut parts = text.splitn(3, '\0');
        let (tenant_id, next, identifier) = (parts.next()?, parts.next()?, parts.next()?);
        Some(Self::new(tenant_id, identifier, next))
    }

    /// Whether the next question can be asked.
    pub(super) fn is_complete(&self) -> bool {
        !self.tenant_id.is_empty() && !self.identifier.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use twinlock_http::http::MAX_NEXT;

    use super::*;

    fn value(typed: &Typed) -> String {
        let header = typed.cookie(false).unwrap();
        let text = header.to_str().unwrap();
        text.split(['=', ';']).nth(1).unwrap().to_owned()
    }

    #[test]
    fn what_was_typed_comes_back_from_the_cookie() {
        for identifier in ["maria", "maria@demo.example", "Зоя Ω", "a\0b", "=;,\"\\"] {
            let typed = Typed::new("demo", identifier, "/account/sessions");
            assert_eq!(Typed::from_cookie(&value(&typed)), Some(typed));
        }
    }

    /// attacks.md row 50: the way back is a path here, also when somebody writes the cookie by hand.
    #[test]
    fn a_cookie_is_read_as_critically_as_a_form() {
        let forged = Typed { tenant_id: "De mo".into(), identifier: " m ".into(), next: "//evil".into() };
        let read = Typed::from_cookie(&value(&forged)).unwrap();
        assert_eq!(read, Typed { identifier: "m".into(), ..Typed::default() });
        for junk in ["", "%%%", "bWFyaWE", "_w", "AAAA"] {
            assert!(Typed::from_cookie(junk).is_none_or(|typed| !typed.is_complete()), "{junk}");
        }
    }

    /// attacks.md row 96: nothing typed makes a cookie that browsers drop.
    #[test]
    fn the_longest_texts_fit_into_a_cookie() {
        let typed = Typed::new(&"a".repeat(63), &"\u{10000}".repeat(5000), &format!("/{}", "a".repeat(1023)));
        assert!(typed.is_complete() && typed.next.len() == MAX_NEXT);
        assert!(typed.cookie(true).unwrap().len() < 4096);
        assert_eq!(Typed::new("demo", "m", &format!("/{}", "a".repeat(1024))).next, "");
    }
}
