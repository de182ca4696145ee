//! Notes that a browser carries from one request to the next, in a cookie: sealed, so that it can neither read nor
//! make one, bound to what the browser holds, and soon too old. Nothing is kept on the server, so that any node may
//! get the next request.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use twinlock_core::clock::Timestamp;
use twinlock_store::seal::{Purpose, SealError, Sealed};
use uuid::Uuid;

use crate::{App, Internal};

/// What a note is good for: one of another kind, or from another browser, does not open.
#[derive(Debug, Clone, Copy)]
pub struct NoteKind<'a> {
    /// The kind of note.
    pub label: &'static str,
    /// A secret that the browser holds, as the value of its session cookie.
    pub holder: &'a str,
    /// How long the note is good, in seconds.
    pub lifetime_secs: i64,
}

/// Seals a note: a cookie's value, in letters of base64url.
///
/// # Errors
/// When there is no key to seal with.
pub fn seal(app: &App, kind: NoteKind<'_>, text: &[u8]) -> Result<String, Internal> {
    let key_id = app.keyring().current();
    let place = place(app, key_id, kind)?;
    let plain = [&app.now().millis().to_be_bytes(), text].concat();
    let sealed = app.keyring().seal(Purpose::Note, place, &plain, app.entropy())?;
    let length = u8::try_from(key_id.len()).map_err(|_| Internal::Broken("a key id is too long"))?;
    Ok(URL_SAFE_NO_PAD.encode([&[length], key_id.as_bytes(), &sealed.bytes].concat()))
}

/// Opens a note; none when it is not ours, not for this holder, or too old.
pub fn open(app: &App, kind: NoteKind<'_>, value: &str) -> Option<Vec<u8>> {
    let bytes = URL_SAFE_NO_PAD.decode(value).ok()?;
    let (length, rest) = bytes.split_first()?;
    let (key_id, sealed) = rest.split_at_checked(usize::from(*length))?;
    let key_id = std::str::from_utf8(key_id).ok()?.to_owned();
    let place = place(app, &key_id, kind).ok()?;
    let plain = app.keyring().open(Purpose::Note, place, &Sealed { key_id, bytes: sealed.to_vec() }).ok()?;
    let (made_at, text) = plain.split_first_chunk::<8>()?;
    let age = app.now().secs_since(Timestamp::from_millis(i64::from_be_bytes(*made_at)));
    (0..kind.lifetime_secs).contains(&age).then(|| text.to_vec())
}

/// What takes the place of a row's id: a note opens only for the kind and holder that it was sealed for.
fn place(app: &App, key_id: &str, kind: NoteKind<'_>) -> Result<Uuid, SealError> {
    let data = [kind.label.as_bytes(), b"\0", kind.holder.as_bytes()].concat();
    let tag = app.keyring().tag_with(key_id, Purpose::Note, &data)?;
    let (first, _) = tag.bytes.split_first_chunk::<16>().ok_or(SealError::Broken)?;
    Ok(Uuid::from_bytes(*first))
}
