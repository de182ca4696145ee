//! What is known of a browser.
//!
//! Its memory of an earlier complete sign-in is a signed cookie, and nothing in the database. It opens nothing. It
//! only keeps strangers' wrong passwords from slowing the owner down. It is worth ninety days, and ends with everything
//! that ends sessions of the account: what it was given for no longer holds.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use subtle::ConstantTimeEq;
use twinlock_core::{clock::Timestamp, entropy::random_bytes, ids::UserId};
use twinlock_store::{seal::Purpose, users::Account};
use uuid::Uuid;

use crate::{App, Internal};

/// How long a cookie is worth something, in seconds.
pub const REMEMBERED_SECS: i64 = 90 * 86_400;

/// Account, browser, generation, and when it began.
const BODY: usize = 16 + 16 + 8 + 8;

/// An account that completed a sign-in in this browser.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct KnownBrowser {
    /// Which account.
    pub user: UserId,
    /// Which browser.
    pub browser: [u8; 16],
    /// Which generation of the account's browsers it belongs to.
    pub generation: i64,
}

impl KnownBrowser {
    /// Whether the cookie is of this account, and nothing has ended it.
    pub(crate) fn is_of(&self, account: &Account) -> bool {
        self.user == account.user.id && self.generation == account.user.browser_generation
    }
}

/// A cookie value that remembers a complete sign-in to an account, whose browsers are of this generation.
pub fn remember(app: &App, user: UserId, generation: i64) -> Result<String, Internal> {
    let browser: [u8; 16] = random_bytes(app.entropy());
    let (generation, begun) = (generation.to_be_bytes(), app.now().millis().to_be_bytes());
    let body = [user.0.as_bytes().as_slice(), &browser, &generation, &begun].concat();
    let tag = app.keyring().tag(Purpose::Cookie, &labelled(&body))?;
    Ok(URL_SAFE_NO_PAD.encode([body.as_slice(), &tag.bytes].concat()))
}

/// Reads such a cookie; none when we did not sign it, it is too old, or of the form it had in earlier versions.
pub fn recall(app: &App, cookie: &str) -> Option<KnownBrowser> {
    let bytes = URL_SAFE_NO_PAD.decode(cookie).ok()?;
    let (body, presented) = bytes.split_at_checked(BODY)?;
    let tags = app.keyring().tags(Purpose::Cookie, &labelled(body)).ok()?;
    if !tags.iter().any(|tag| bool::from(tag.bytes.as_slice().ct_eq(presented))) {
        return None;
    }
    let (user, rest) = body.split_first_chunk::<16>()?;
    let (browser, rest) = rest.split_first_chunk::<16>()?;
    let (generation, begun) = rest.split_first_chunk::<8>()?;
    let begun = Timestamp::from_millis(i64::from_be_bytes(begun.try_into().ok()?));
    let known = KnownBrowser {
        user: UserId(Uuid::from_bytes(*user)),
        browser: *browser,
        generation: i64::from_be_bytes(*generation),
    };
    // One of the future is left from before the clock was corrected.
    (0..REMEMBERED_SECS).contains(&app.now().secs_since(begun)).then_some(known)
}

/// What a half-finished login, or a link that was used, keeps of its browser.
pub fn hash(app: &App, secret: &str) -> Result<Vec<u8>, Internal> {
    let data = [b"browser\0".as_slice(), secret.as_bytes()].concat();
    Ok(app.keyring().tag(Purpose::Token, &data)?.bytes.to_vec())
}

fn labelled(body: &[u8]) -> Vec<u8> {
    [b"known browser 2\0".as_slice(), body].concat()
}
