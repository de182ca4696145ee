//! `?limit=&cursor=` of every list.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use hmac::{Hmac, KeyInit, Mac};
use secrecy::{ExposeSecret, SecretBox};
use serde::{Deserialize, Deserializer, Serialize, de};
use sha2::Sha256;
use uuid::Uuid;

use super::problem::Problem;

/// Entries of a page when none are asked for.
pub const DEFAULT_LIMIT: u32 = 25;
/// Most entries of one page.
pub const MAX_LIMIT: u32 = 100;
/// Longest cursor text that is looked at, in bytes; a filled form is one, too.
const MAX_CURSOR_BYTES: usize = 4096;
/// Bytes kept of the HMAC-SHA-256 tag.
const TAG_BYTES: usize = 16;

/// How many entries a page has: 1–100, by default 25. For query strings.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limit(u32);

impl Limit {
    /// The number of entries.
    pub fn get(self) -> u32 {
        self.0
    }
}

impl Default for Limit {
    fn default() -> Self {
        Self(DEFAULT_LIMIT)
    }
}

impl<'de> Deserialize<'de> for Limit {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let digits = (1..=3).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit());
        match text.parse() {
            Ok(limit) if digits && (1..=MAX_LIMIT).contains(&limit) => Ok(Self(limit)),
            _ => Err(de::Error::custom("expected a whole number from 1 to 100")),
        }
    }
}

/// The query of a list without filters: `ApiQuery<Page>`.
///
/// A list with filters has a struct of its own with these two fields (serde cannot both flatten and
/// refuse unknown fields).
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Page {
    /// Entries wanted.
    #[serde(default)]
    pub limit: Limit,
    /// Where the last page ended: the `next_cursor` of its answer.
    pub cursor: Option<String>,
}

/// One page of a list, as every list answers.
#[derive(Debug, Serialize)]
pub struct Listing<T> {
    /// The entries.
    pub items: Vec<T>,
    /// What to send as `cursor` for the next page; `null` at the end.
    pub next_cursor: Option<String>,
}

/// Makes and checks cursors. A cursor is opaque to clients and good for the list it was made for only.
pub struct Cursors {
    /// Padded with zeros to the hash's block, as HMAC does itself (RFC 2104 §2): so it always fits.
    key: SecretBox<[u8; 64]>,
}

impl Cursors {
    /// With this key; nodes that serve the same people share it.
    pub fn new(key: &SecretBox<[u8; 32]>) -> Self {
        let mut padded = Box::new([0; 64]);
        padded[..32].copy_from_slice(key.expose_secret());
        Self { key: SecretBox::new(padded) }
    }

    /// The cursor for `position`, bound to `scope` (the list's name and, where it has one, its tenant).
    pub fn encode(&self, scope: &str, position: &[u8]) -> String {
        let mut bytes = self.tag(scope, position).finalize().into_bytes()[..TAG_BYTES].to_vec();
        bytes.extend_from_slice(position);
        URL_SAFE_NO_PAD.encode(bytes)
    }

    /// The position inside a cursor of this server for this `scope`.
    ///
    /// # Errors
    /// 422 `validation_failed` for anything else: forged, cut, changed, or from another list.
    pub fn decode(&self, scope: &str, cursor: &str) -> Result<Vec<u8>, Problem> {
        self.open(scope, cursor).ok_or_else(foreign)
    }

    /// The id that a cursor was made of; none where the list begins.
    ///
    /// # Errors
    /// As [`Cursors::decode`].
    pub fn id<T: From<Uuid>>(&self, scope: &str, cursor: Option<&str>) -> Result<Option<T>, Problem> {
        let Some(cursor) = cursor else { return Ok(None) };
        let bytes = self.decode(scope, cursor)?;
        Uuid::from_slice(&bytes).map(|id| Some(T::from(id))).map_err(|_| foreign())
    }

    fn open(&self, scope: &str, cursor: &str) -> Option<Vec<u8>> {
        if cursor.len() > MAX_CURSOR_BYTES {
            return None;
        }
        let bytes = URL_SAFE_NO_PAD.decode(cursor).ok()?;
        let (tag, position) = bytes.split_at_checked(TAG_BYTES)?;
        self.tag(scope, position).verify_truncated_left(tag).ok()?;
        Some(position.to_vec())
    }

    fn tag(&self, scope: &str, position: &[u8]) -> Hmac<Sha256> {
        let mut mac = <Hmac<Sha256> as KeyInit>::new(self.key.expose_secret().into());
        // The length keeps scope and position apart.
        mac.update(b"twinlock cursor 1");
        mac.update(&u64::try_from(scope.len()).unwrap_or(u64::MAX).to_be_bytes());
        mac.update(scope.as_bytes());
        mac.update(position);
        mac
    }
}

fn foreign() -> Problem {
    Problem::invalid("cursor", "is not a cursor of this list")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cursors() -> Cursors {
        Cursors::new(&SecretBox::new(Box::new([7; 32])))
    }

    #[test]
    fn a_cursor_comes_back_in_the_list_it_was_made_for() {
        let cursor = cursors().encode("users/demo", b"maria");
        assert_eq!(cursors().decode("users/demo", &cursor).unwrap(), b"maria");
    }

    /// A forged page token never reaches a query.
    #[test]
    fn a_forged_or_moved_cursor_is_refused() {
        let cursors = cursors();
        let good = cursors.encode("users/demo", b"maria");
        assert!(cursors.decode("users/other", &good).is_err());
        assert!(cursors.decode("users/deme", &good).is_err());
        // The border between scope and position is part of the tag.
        let mut moved = URL_SAFE_NO_PAD.decode(&good).unwrap();
        moved.insert(TAG_BYTES, b'o');
        assert!(cursors.decode("users/dem", &URL_SAFE_NO_PAD.encode(moved)).is_err());
        let other_key = Cursors::new(&SecretBox::new(Box::new([8; 32])));
        assert!(other_key.decode("users/demo", &good).is_err());
        for at in 0..good.len() {
            let mut bytes = good.clone().into_bytes();
            bytes[at] = if bytes[at] == b'A' { b'B' } else { b'A' };
            assert!(cursors.decode("users/demo", std::str::from_utf8(&bytes).unwrap()).is_err(), "{at}");
        }
        for junk in ["", "AAAA", "' OR 1=1--", "é", "====", &"A".repeat(5000), &good[1..], &good[..8]] {
            let problem = cursors.decode("users/demo", junk).unwrap_err();
            assert_eq!((problem.status.as_u16(), problem.errors[0].field.as_str()), (422, "cursor"));
        }
    }

    #[test]
    fn a_limit_outside_its_range_is_refused() {
        let parse = |query: &str| serde_urlencoded::from_str::<Page>(query).map(|page| page.limit.get());
        assert_eq!(parse(""), Ok(DEFAULT_LIMIT));
        assert_eq!(parse("limit=1"), Ok(1));
        assert_eq!(parse("limit=100"), Ok(100));
        for bad in ["0", "101", "-1", "", "x", "1.5", "%2B5", "99999999999999999999", "0x10", "%C2%B2"] {
            assert!(parse(&format!("limit={bad}")).is_err(), "{bad}");
        }
        assert!(parse("limit=1&limit=2").is_err());
        assert!(parse("limti=1").is_err());
    }
}
