//! Keys, encryption at rest, and keyed hashes.
//!
//! A [`Keyring`] holds master keys by id. For each purpose a key of its own is derived with
//! HKDF-SHA-256 (RFC 5869). Sealed values use XChaCha20-Poly1305 with a random 192-bit nonce; the id of
//! the row is associated data, so that a value cannot be moved to another row. Everything sealed or
//! hashed names the key id it used.

use std::{
    collections::BTreeMap,
    fmt,
    sync::{PoisonError, RwLock},
};

use chacha20poly1305::{
    KeyInit as _, XChaCha20Poly1305, XNonce,
    aead::{Aead, Payload},
};
use hkdf::Hkdf;
use hmac::{Hmac, Mac};
use sha2::Sha256;
use twinlock_core::entropy::{Entropy, random_bytes};
use uuid::Uuid;
use zeroize::{Zeroize, Zeroizing};

/// Why a sealed value cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SealError {
    /// The value was sealed with a key that is not in the ring.
    #[error("key {0} is not in the key directory")]
    UnknownKey(String),
    /// The value was changed, moved, or sealed with another key.
    #[error("a sealed value cannot be opened")]
    Broken,
}

/// What a key is used for; each purpose has its own derived key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// Secrets of authenticator apps.
    TotpSecret,
    /// Set-ups that are not confirmed yet.
    TotpCandidate,
    /// Recovery codes that a page may show again for a while.
    ShownCodes,
    /// Mails waiting to be delivered.
    Outbox,
    /// Private keys that sign tokens.
    SigningKey,
    /// Hashes of session, pending and link tokens.
    Token,
    /// Secret key of the recovery codes' Argon2id.
    RecoveryPepper,
    /// Codes sent by mail.
    MailCode,
    /// Cookies and form tokens that the server signs.
    Cookie,
    /// Notes that a browser carries from one request to the next.
    Note,
    /// Names and wrong passwords under which failures are counted.
    Attempt,
    /// Page cursors.
    Cursor,
    /// Addresses whose letters are counted.
    MailBudget,
    /// Recognising a key without using it.
    Check,
}

impl Purpose {
    fn label(self) -> &'static [u8] {
        match self {
            Self::TotpSecret => b"twinlock totp secret",
            Self::TotpCandidate => b"twinlock totp candidate",
            Self::ShownCodes => b"twinlock shown codes",
            Self::Outbox => b"twinlock outbox",
            Self::SigningKey => b"twinlock signing key",
            Self::Token => b"twinlock token",
            Self::RecoveryPepper => b"twinlock recovery pepper",
            Self::MailCode => b"twinlock mail code",
            Self::Cookie => b"twinlock cookie",
            Self::Note => b"twinlock note",
            Self::Attempt => b"twinlock attempt",
            Self::Cursor => b"twinlock cursor",
            Self::MailBudget => b"twinlock mail budget",
            Self::Check => b"twinlock key check",
        }
    }
}

/// A sealed value and the key that opens it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sealed {
    /// Id of the master key.
    pub key_id: String,
    /// Nonce (24 bytes), then ciphertext with tag.
    pub bytes: Vec<u8>,
}

/// A keyed hash and the key that made it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tag {
    /// Id of the master key.
    pub key_id: String,
    /// HMAC-SHA-256.
    pub bytes: [u8; 32],
}

/// Where keys are that came after the ring was made: another process may have added one.
pub trait KeySource: Send + Sync {
    /// The key of this id, if it is there.
    fn key(&self, id: &str) -> Option<Zeroizing<[u8; 32]>>;

    /// The ids of all that are there.
    fn ids(&self) -> Vec<String>;
}

struct MasterKey([u8; 32]);

impl Drop for MasterKey {
    fn drop(&mut self) {
        self.0.zeroize();
    }
}

/// The master keys of this installation. A value that names a key which is not among them makes the ring look where
/// it came from, before that is an error.
pub struct Keyring {
    keys: RwLock<BTreeMap<String, MasterKey>>,
    current: String,
    source: Option<Box<dyn KeySource>>,
}

impl fmt::Debug for Keyring {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Keyring")
            .field("ids", &self.ids())
            .field("current", &self.current)
            .finish_non_exhaustive()
    }
}

impl Keyring {
    /// A ring of one key, which is used for everything new.
    pub fn new(id: &str, key: [u8; 32]) -> Self {
        let keys = RwLock::new(BTreeMap::from([(id.to_owned(), MasterKey(key))]));
        Self { keys, current: id.to_owned(), source: None }
    }

    /// The same, with a place to look for keys that are not in it.
    #[must_use]
    pub fn from_source(self, source: impl KeySource + 'static) -> Self {
        Self { source: Some(Box::new(source)), ..self }
    }

    /// Adds a key for reading.
    pub fn add(&self, id: &str, key: [u8; 32]) {
        self.keys.write().unwrap_or_else(PoisonError::into_inner).insert(id.to_owned(), MasterKey(key));
    }

    /// Adds the keys that came since: what another server hashes with a new one is found here, too.
    pub fn catch_up(&self) {
        let Some(source) = &self.source else { return };
        let known = self.ids();
        for id in source.ids().into_iter().filter(|id| !known.contains(id)) {
            if let Some(key) = source.key(&id) {
                self.add(&id, *key);
            }
        }
    }

    /// A key that is in the ring, or has come to where it is from.
    fn master(&self, id: &str) -> Result<Zeroizing<[u8; 32]>, SealError> {
        let known =
            self.keys.read().unwrap_or_else(PoisonError::into_inner).get(id).map(|key| Zeroizing::new(key.0));
        if let Some(key) = known {
            return Ok(key);
        }
        let found = self.source.as_ref().and_then(|source| source.key(id));
        let key = found.ok_or_else(|| SealError::UnknownKey(id.to_owned()))?;
        self.add(id, *key);
        Ok(key)
    }

    /// Uses the key `id` for everything new; answers whether it is in the ring.
    pub fn set_current(&mut self, id: &str) -> bool {
        let known = self.ids().iter().any(|known| known == id);
        if known {
            id.clone_into(&mut self.current);
        }
        known
    }

    /// Ids of all keys.
    pub fn ids(&self) -> Vec<String> {
        self.keys.read().unwrap_or_else(PoisonError::into_inner).keys().cloned().collect()
    }

    /// Id of the key used for everything new.
    pub fn current(&self) -> &str {
        &self.current
    }

    /// The key for `purpose` derived from master key `id`.
    pub fn derived(&self, id: &str, purpose: Purpose) -> Result<Zeroizing<[u8; 32]>, SealError> {
        let master = self.master(id)?;
        let mut key = Zeroizing::new([0_u8; 32]);
        Hkdf::<Sha256>::new(None, master.as_slice())
            .expand(purpose.label(), key.as_mut())
            .map_err(|_| SealError::Broken)?;
        Ok(key)
    }

    /// Seals `plain` for the row `row`.
    pub fn seal(
        &self,
        purpose: Purpose,
        row: Uuid,
        plain: &[u8],
        entropy: &dyn Entropy,
    ) -> Result<Sealed, SealError> {
        let nonce: [u8; 24] = random_bytes(entropy);
        let key = self.derived(&self.current, purpose)?;
        let cipher = XChaCha20Poly1305::new((&*key).into());
        let payload = Payload { msg: plain, aad: row.as_bytes() };
        let sealed = cipher.encrypt(&XNonce::from(nonce), payload).map_err(|_| SealError::Broken)?;
        let bytes = [nonce.as_slice(), &sealed].concat();
        Ok(Sealed { key_id: self.current.clone(), bytes })
    }

    /// Opens what was sealed for the row `row`.
    pub fn open(
        &self,
        purpose: Purpose,
        row: Uuid,
        sealed: &Sealed,
    ) -> Result<Zeroizing<Vec<u8>>, SealError> {
        let key = self.derived(&sealed.key_id, purpose)?;
        let (nonce, body) = sealed.bytes.split_first_chunk::<24>().ok_or(SealError::Broken)?;
        let cipher = XChaCha20Poly1305::new((&*key).into());
        let payload = Payload { msg: body, aad: row.as_bytes() };
        let plain = cipher.decrypt(&XNonce::from(*nonce), payload).map_err(|_| SealError::Broken)?;
        Ok(Zeroizing::new(plain))
    }

    /// Keyed hash of `data` with the current key.
    pub fn tag(&self, purpose: Purpose, data: &[u8]) -> Result<Tag, SealError> {
        self.tag_with(&self.current, purpose, data)
    }

    /// Keyed hash with a named key.
    pub fn tag_with(&self, id: &str, purpose: Purpose, data: &[u8]) -> Result<Tag, SealError> {
        let key = self.derived(id, purpose)?;
        let mut mac = Hmac::<Sha256>::new_from_slice(key.as_ref()).map_err(|_| SealError::Broken)?;
        mac.update(data);
        Ok(Tag { key_id: id.to_owned(), bytes: mac.finalize().into_bytes().into() })
    }

    /// Keyed hashes of `data` with every key, the current one first: what was hashed before a rotation
    /// is still found.
    pub fn tags(&self, purpose: Purpose, data: &[u8]) -> Result<Vec<Tag>, SealError> {
        let mut tags = vec![self.tag(purpose, data)?];
        for id in self.ids().iter().filter(|id| **id != self.current) {
            tags.push(self.tag_with(id, purpose, data)?);
        }
        Ok(tags)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Counting(std::sync::atomic::AtomicU8);

    impl Entropy for Counting {
        fn fill(&self, buffer: &mut [u8]) {
            buffer.fill(self.0.fetch_add(1, std::sync::atomic::Ordering::Relaxed));
        }
    }

    fn entropy() -> Counting {
        Counting(std::sync::atomic::AtomicU8::new(1))
    }

    fn ring() -> Keyring {
        Keyring::new("k1", [7; 32])
    }

    #[test]
    fn a_sealed_value_opens_in_its_own_row() {
        let row = Uuid::from_u128(1);
        let sealed = ring().seal(Purpose::TotpSecret, row, b"secret", &entropy()).unwrap();
        assert_eq!(&**ring().open(Purpose::TotpSecret, row, &sealed).unwrap(), b"secret");
        assert!(!sealed.bytes.windows(6).any(|w| w == b"secret"));
    }

    /// attacks.md row 95: a sealed value moved to another row, used for another purpose, or changed by
    /// one bit does not open.
    #[test]
    fn a_moved_or_changed_value_does_not_open() {
        let row = Uuid::from_u128(1);
        let sealed = ring().seal(Purpose::TotpSecret, row, b"secret", &entropy()).unwrap();
        let elsewhere = ring().open(Purpose::TotpSecret, Uuid::from_u128(2), &sealed);
        assert_eq!(elsewhere.unwrap_err(), SealError::Broken);
        assert_eq!(ring().open(Purpose::Outbox, row, &sealed).unwrap_err(), SealError::Broken);
        for bit in 0..sealed.bytes.len() * 8 {
            let mut changed = sealed.clone();
            changed.bytes[bit / 8] ^= 1 << (bit % 8);
            assert_eq!(ring().open(Purpose::TotpSecret, row, &changed).unwrap_err(), SealError::Broken);
        }
    }

    #[test]
    fn a_value_of_a_missing_key_names_the_key() {
        let row = Uuid::from_u128(1);
        let sealed = Keyring::new("k2", [9; 32]).seal(Purpose::Outbox, row, b"x", &entropy()).unwrap();
        let error = ring().open(Purpose::Outbox, row, &sealed).unwrap_err();
        assert_eq!(error, SealError::UnknownKey("k2".into()));
    }

    #[test]
    fn a_rotated_ring_still_knows_old_hashes() {
        let before = ring().tag(Purpose::Token, b"token").unwrap();
        let mut rotated = ring();
        rotated.add("k2", [9; 32]);
        assert!(rotated.set_current("k2"));
        let tags = rotated.tags(Purpose::Token, b"token").unwrap();
        assert_eq!(tags[0].key_id, "k2");
        assert!(tags.contains(&before));
    }
}
