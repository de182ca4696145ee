//! Master keys in one file, encrypted with a passphrase: what `backup --keys` writes.
//!
//! Three lines of text:
//!
//! ```text
//! twinlock keys 1
//! argon2id m=65536 t=3 p=1 salt=<16 bytes, base64>
//! <24 bytes of nonce, ciphertext and tag, base64>
//! ```
//!
//! Argon2id makes the key from the passphrase, XChaCha20-Poly1305 seals with it; the first two lines are
//! associated data. Inside is a JSON object from key id to 64 hexadecimal digits.

use std::collections::BTreeMap;

use argon2::{Algorithm, Argon2, Params, Version};
use base64::{Engine, engine::general_purpose::STANDARD};
use chacha20poly1305::{
    KeyInit as _, XChaCha20Poly1305, XNonce,
    aead::{Aead, Payload},
};
use secrecy::{ExposeSecret, SecretString};
use twinlock_core::entropy::{Entropy, random_bytes};
use zeroize::Zeroizing;

/// Key ids and their 64 hexadecimal digits.
pub type Keys = BTreeMap<String, Zeroizing<String>>;

const TITLE: &str = "twinlock keys 1";
/// OWASP's parameters are for a login; a backup is opened once in a while and may cost more.
const COST: Cost = Cost { memory_kib: 65_536, passes: 3, lanes: 1 };
/// What a file may ask for: it comes from outside.
const MOST: Cost = Cost { memory_kib: 1 << 20, passes: 20, lanes: 16 };
/// The shortest passphrase accepted, in characters.
const MIN_PASSPHRASE: usize = 12;

/// Why a file of keys cannot be written or read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum KeyFileError {
    /// Shorter than 12 characters.
    #[error("the passphrase must have at least 12 characters")]
    ShortPassphrase,
    /// Not a file of keys.
    #[error("it is not a file of keys that `twinlock backup --keys` wrote")]
    Malformed,
    /// Another passphrase, or the file was changed.
    #[error("the passphrase is not the one it was written with, or the file is damaged")]
    Sealed,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Cost {
    memory_kib: u32,
    passes: u32,
    lanes: u32,
}

/// Encrypts keys.
pub fn seal(keys: &Keys, passphrase: &SecretString, entropy: &dyn Entropy) -> Result<String, KeyFileError> {
    if passphrase.expose_secret().chars().count() < MIN_PASSPHRASE {
        return Err(KeyFileError::ShortPassphrase);
    }
    let salt: [u8; 16] = random_bytes(entropy);
    let nonce: [u8; 24] = random_bytes(entropy);
    let Cost { memory_kib, passes, lanes } = COST;
    let head =
        format!("{TITLE}\nargon2id m={memory_kib} t={passes} p={lanes} salt={}\n", STANDARD.encode(salt));
    let texts: BTreeMap<&str, &str> = keys.iter().map(|(id, key)| (id.as_str(), key.as_str())).collect();
    let plain = Zeroizing::new(serde_json::to_vec(&texts).map_err(|_| KeyFileError::Malformed)?);
    let payload = Payload { msg: &plain, aad: head.as_bytes() };
    let sealed = cipher(passphrase, COST, &salt)?
        .encrypt(&XNonce::from(nonce), payload)
        .map_err(|_| KeyFileError::Sealed)?;
    Ok(format!("{head}{}\n", STANDARD.encode([nonce.as_slice(), &sealed].concat())))
}

/// Decrypts what [`seal`] wrote.
pub fn open(text: &str, passphrase: &SecretString) -> Result<Keys, KeyFileError> {
    let (head, body) = split(text).ok_or(KeyFileError::Malformed)?;
    let (cost, salt) = parse_head(head).ok_or(KeyFileError::Malformed)?;
    let bytes = STANDARD.decode(body.trim_end()).map_err(|_| KeyFileError::Malformed)?;
    let (nonce, sealed) = bytes.split_first_chunk::<24>().ok_or(KeyFileError::Malformed)?;
    let payload = Payload { msg: sealed, aad: head.as_bytes() };
    let plain = cipher(passphrase, cost, &salt)?
        .decrypt(&XNonce::from(*nonce), payload)
        .map_err(|_| KeyFileError::Sealed)?;
    let keys: BTreeMap<String, String> =
        serde_json::from_slice(&Zeroizing::new(plain)).map_err(|_| KeyFileError::Malformed)?;
    Ok(keys.into_iter().map(|(id, key)| (id, Zeroizing::new(key))).collect())
}

/// The first two lines with their line ends, and the rest.
fn split(text: &str) -> Option<(&str, &str)> {
    let (at, _) = text.match_indices('\n').nth(1)?;
    Some(text.split_at(at + 1))
}

fn parse_head(head: &str) -> Option<(Cost, Vec<u8>)> {
    let line = head.strip_prefix(TITLE)?.strip_prefix('\n')?.strip_suffix('\n')?;
    let mut words = line.split(' ');
    if words.next() != Some("argon2id") {
        return None;
    }
    let mut number = |name: &str| words.next()?.strip_prefix(name)?.parse::<u32>().ok();
    let cost = Cost { memory_kib: number("m=")?, passes: number("t=")?, lanes: number("p=")? };
    let salt = STANDARD.decode(words.next()?.strip_prefix("salt=")?).ok()?;
    let bounded =
        cost.memory_kib <= MOST.memory_kib && cost.passes <= MOST.passes && cost.lanes <= MOST.lanes;
    (bounded && words.next().is_none()).then_some((cost, salt))
}

fn cipher(passphrase: &SecretString, cost: Cost, salt: &[u8]) -> Result<XChaCha20Poly1305, KeyFileError> {
    let params = Params::new(cost.memory_kib, cost.passes, cost.lanes, Some(32))
        .map_err(|_| KeyFileError::Malformed)?;
    let mut key = Zeroizing::new([0_u8; 32]);
    Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
        .hash_password_into(passphrase.expose_secret().as_bytes(), salt, key.as_mut())
        .map_err(|_| KeyFileError::Malformed)?;
    Ok(XChaCha20Poly1305::new((&*key).into()))
}

#[cfg(test)]
mod tests {
    use twinlock_testkit::SeededEntropy;

    use super::*;

    fn keys() -> Keys {
        BTreeMap::from([("one".to_owned(), Zeroizing::new("ab".repeat(32)))])
    }

    fn passphrase() -> SecretString {
        "a long passphrase".into()
    }

    fn sealed() -> String {
        seal(&keys(), &passphrase(), &SeededEntropy::new(1)).unwrap()
    }

    #[test]
    fn keys_come_back_with_the_passphrase_and_only_with_it() {
        let text = sealed();
        assert_eq!(open(&text, &passphrase()), Ok(keys()));
        assert_eq!(open(&text, &"another passphrase".into()), Err(KeyFileError::Sealed));
        assert!(!text.contains("abab"));
    }

    #[test]
    fn a_changed_file_does_not_open() {
        let text = sealed();
        assert_eq!(open(&text.replace("t=3", "t=2"), &passphrase()), Err(KeyFileError::Sealed));
        let body = text.lines().nth(2).unwrap();
        let other = format!("{}{}", if body.starts_with('A') { 'B' } else { 'A' }, &body[1..]);
        assert_eq!(open(&text.replace(body, &other), &passphrase()), Err(KeyFileError::Sealed));
    }

    /// attacks.md row 96: a file cannot ask for more memory or time than a bound.
    #[test]
    fn what_a_file_asks_for_is_bounded() {
        let text = sealed();
        for (own, greedy) in [("m=65536", "m=4000000000"), ("t=3", "t=4000000"), ("p=1", "p=64")] {
            assert_eq!(open(&text.replace(own, greedy), &passphrase()), Err(KeyFileError::Malformed));
        }
    }

    #[test]
    fn a_short_passphrase_and_another_file_are_refused() {
        let entropy = SeededEntropy::new(1);
        assert_eq!(seal(&keys(), &"short".into(), &entropy), Err(KeyFileError::ShortPassphrase));
        for text in ["", "\n\n\n", "twinlock keys 1\n\n\n", "SQLite format 3\0"] {
            assert_eq!(open(text, &passphrase()), Err(KeyFileError::Malformed), "{text:?}");
        }
    }
}
