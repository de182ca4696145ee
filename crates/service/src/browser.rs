//! What is known of a browser.
//!
//! Its memory of an earlier complete sign-in is a signed cookie, and nothing in the database. It opens nothing. It
//! only keeps strangers' wrong passwords from slowing the owner down.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use subtle::ConstantTimeEq;
use twinlock_core::{entropy::random_bytes, ids::UserId};
use twinlock_store::seal::Purpose;
use uuid::Uuid;

use crate::{App, Internal};

/// An account that completed a sign-in in this browser.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct KnownBrowser {
    /// Which account.
    pub user: UserId,
    /// Which browser.
    pub browser: [u8; 16],
}

/// A cookie value that remembers a complete sign-in.
pub fn remember(app: &App, user: UserId) -> Result<String, Internal> {
    let body = [user.0.as_bytes().as_slice(), &random_bytes::<16>(app.entropy())].concat();
    let tag = app.keyring().tag(Purpose::Cookie, &labelled(&body))?;
    Ok(URL_SAFE_NO_PAD.encode([body.as_slice(), &tag.bytes].concat()))
}

/// Reads such a cookie; none when we did not sign it.
pub fn recall(app: &App, cookie: &str) -> Option<KnownBrowser> {
    let bytes = URL_SAFE_NO_PAD.decode(cookie).ok()?;
    let (body, presented) = bytes.split_at_checked(32)?;
    let tags = app.keyring().tags(Purpose::Cookie, &labelled(body)).ok()?;
    if !tags.iter().any(|tag| bool::from(tag.bytes.as_slice().ct_eq(presented))) {
        return None;
    }
    let (user, browser) = body.split_first_chunk::<16>()?;
    Some(KnownBrowser { user: UserId(Uuid::from_bytes(*user)), browser: browser.try_into().ok()? })
}

/// What a half-finished login, or a link that was used, keeps of its browser.
pub fn hash(app: &App, secret: &str) -> Result<Vec<u8>, Internal> {
    let data = [b"browser\0".as_slice(), secret.as_bytes()].concat();
    Ok(app.keyring().tag(Purpose::Token, &data)?.bytes.to_vec())
}

fn labelled(body: &[u8]) -> Vec<u8> {
    [b"known browser\0".as_slice(), body].concat()
}
