//! Opaque tokens: 32 random bytes in base64url, stored only as keyed hashes.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use secrecy::SecretString;
use twinlock_core::entropy::random_bytes;
use twinlock_store::seal::{Purpose, Tag};

use crate::{App, Internal};

/// A new token, and what is stored of it.
pub(crate) fn new(app: &App, kind: &str) -> Result<(SecretString, Tag), Internal> {
    let bytes: [u8; 32] = random_bytes(app.entropy());
    let tag = app.keyring.tag(Purpose::Token, &labelled(kind, &bytes))?;
    Ok((URL_SAFE_NO_PAD.encode(bytes).into(), tag))
}

/// The hashes under which a presented token may be stored, one per master key. None when it cannot be
/// a token: only the exact text that was issued is accepted.
pub(crate) fn hashes(app: &App, kind: &str, presented: &str) -> Result<Option<Vec<Tag>>, Internal> {
    let Some(bytes) = decode(presented) else { return Ok(None) };
    Ok(Some(app.keyring.tags(Purpose::Token, &labelled(kind, &bytes))?))
}

/// A token of one kind is no token of another.
fn labelled(kind: &str, bytes: &[u8; 32]) -> Vec<u8> {
    [kind.as_bytes(), b"\0", bytes].concat()
}

fn decode(presented: &str) -> Option<[u8; 32]> {
    if presented.len() != 43 {
        return None;
    }
    URL_SAFE_NO_PAD.decode(presented).ok()?.try_into().ok()
}
