//! The master keys: files in a directory that only the server may read, named by the database.
//!
//! The database never holds a key, only its id and a tag that recognises it. A database that names keys
//! gets no new one by accident: a server that lacks one of them must not start (security.md 20).

mod directory;
mod rotate;
mod source;

use std::{collections::BTreeMap, io, path::PathBuf};

use subtle::ConstantTimeEq;
use twinlock_core::{
    clock::Timestamp,
    entropy::{Entropy, random_bytes},
    ids::new_uuid,
};
use twinlock_store::{
    Store, StoreError,
    meta::{self, VaultKey},
    seal::{Keyring, Purpose, SealError},
};
use zeroize::Zeroizing;

pub use directory::KeyDirectory;
pub use rotate::{Rotated, rotate};
pub use source::KeyFiles;

type Key = Zeroizing<[u8; 32]>;

/// Why the master keys cannot be used. Each is one line for the operator.
#[derive(Debug, thiserror::Error)]
pub enum KeyError {
    /// The database names a key that has no file.
    #[error("the database needs key {id}, and {file} does not exist: put the key file back")]
    Missing {
        /// Id of the key.
        id: String,
        /// Where its file was expected.
        file: PathBuf,
    },
    /// The file holds another key than the one the database was written with.
    #[error("{file} is not the key {id} that this database was written with")]
    Wrong {
        /// Id of the key.
        id: String,
        /// Its file.
        file: PathBuf,
    },
    /// The file is not 64 hexadecimal digits.
    #[error("{0} is not a key: expected 64 hexadecimal digits")]
    Malformed(PathBuf),
    /// A file or the directory cannot be read or written.
    #[error("{0}: {1}")]
    Unreadable(PathBuf, #[source] io::Error),
    /// Rotation asked for where nothing was ever sealed.
    #[error("this database names no key yet: start the server once")]
    NoKeys,
    /// The database.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl From<SealError> for KeyError {
    fn from(error: SealError) -> Self {
        Self::Store(error.into())
    }
}

/// The keys of this database. Makes the first one for a database that names none.
///
/// # Errors
/// [`KeyError::Missing`], [`KeyError::Wrong`] and [`KeyError::Unreadable`] mean that the server must
/// not start: what is sealed could not be opened.
pub async fn load_or_create(
    directory: &KeyDirectory,
    store: &Store,
    entropy: &dyn Entropy,
    now: Timestamp,
) -> Result<Keyring, KeyError> {
    if meta::vault_keys(store).await?.is_empty() {
        create_first(directory, store, entropy, now).await?;
    }
    load(directory, &meta::vault_keys(store).await?)
}

/// Whether there are key files beside a database that names no key: it is another one than they were made for, or what
/// was in it is lost.
pub async fn is_stranded(directory: &KeyDirectory, store: &Store) -> Result<bool, KeyError> {
    Ok(!directory.ids()?.is_empty() && meta::vault_keys(store).await?.is_empty())
}

/// Checks every key the database names against its file; the newest is used for everything new.
///
/// Files that the database does not name any more only read: a row that another node wrote while the
/// key was being retired still opens.
fn load(directory: &KeyDirectory, named: &[VaultKey]) -> Result<Keyring, KeyError> {
    let newest = named.last().ok_or(KeyError::NoKeys)?;
    let ring = Keyring::new(&newest.id, *checked(directory, newest)?);
    for (id, key) in directory.all()? {
        ring.add(&id, *key);
    }
    for key in named {
        ring.add(&key.id, *checked(directory, key)?);
    }
    Ok(ring)
}

fn checked(directory: &KeyDirectory, named: &VaultKey) -> Result<Key, KeyError> {
    let (id, file) = (named.id.clone(), directory.file(&named.id));
    let Some(key) = directory.read(&id)? else { return Err(KeyError::Missing { id, file }) };
    if check_tag(&id, &key)?.ct_eq(&named.check_tag).into() {
        Ok(key)
    } else {
        Err(KeyError::Wrong { id, file })
    }
}

fn check_tag(id: &str, key: &Key) -> Result<Vec<u8>, SealError> {
    Ok(Keyring::new(id, **key).tag(Purpose::Check, id.as_bytes())?.bytes.to_vec())
}

/// The first key: one that lies in the directory already, or a new one.
async fn create_first(
    directory: &KeyDirectory,
    store: &Store,
    entropy: &dyn Entropy,
    now: Timestamp,
) -> Result<(), KeyError> {
    let mut present: BTreeMap<_, _> = directory.all()?;
    let (id, key) = match present.pop_last() {
        Some(found) => found,
        None => make(directory, entropy, now)?,
    };
    let tx = store.begin().await?;
    // Of several nodes that start at once, one makes the first key; the others need its file.
    if meta::set_once(&tx, "first_key", &id).await? {
        let check_tag = check_tag(&id, &key)?;
        meta::add_vault_key(&tx, &VaultKey { id, check_tag, created_at: now }).await?;
        tx.commit().await?;
    }
    Ok(())
}

/// A new key, on disk before anything names it.
fn make(directory: &KeyDirectory, entropy: &dyn Entropy, now: Timestamp) -> Result<(String, Key), KeyError> {
    let id = new_uuid(now, entropy).to_string();
    let key = Zeroizing::new(random_bytes::<32>(entropy));
    directory.write(&id, &key)?;
    Ok((id, key))
}

#[cfg(test)]
mod tests;
