//! Rotation: a new key for everything new, what is sealed moved over to it, old keys forgotten once no
//! row names them.
//!
//! Runs beside running servers. They go on writing with the key they know, which stays readable, until they are
//! restarted; what was re-sealed makes them look into the folder for the key it names. Recovery codes are hashed with the key that
//! was current when they were made and cannot be moved: their key stays until the last such set is gone.

use serde_json::json;
use twinlock_core::{
    audit::{ActorKind, EventKind},
    clock::Timestamp,
    entropy::Entropy,
    ids::EventId,
};
use twinlock_store::{
    Store, StoreError, Tx, audit,
    meta::{self, VaultKey},
    outbox,
    seal::{Keyring, Purpose, Sealed},
    signing_keys, totp,
};
use uuid::Uuid;

use super::{KeyDirectory, KeyError, check_tag, load, make};

/// Rows moved in one transaction.
const BATCH: u32 = 100;

/// What a rotation did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rotated {
    /// Id of the new key.
    pub added: String,
    /// Sealed values moved to it.
    pub resealed: u64,
    /// Ids of keys that this database no longer names. Their files are kept: earlier backups need them.
    pub retired: Vec<String>,
}

/// What moving needs.
struct Mover<'a> {
    store: &'a Store,
    ring: &'a Keyring,
    entropy: &'a dyn Entropy,
}

/// Adds a key, moves everything sealed to it, and retires keys that nothing names. Interrupted, it can
/// simply be run again.
pub async fn rotate(
    directory: &KeyDirectory,
    store: &Store,
    entropy: &dyn Entropy,
    now: Timestamp,
) -> Result<Rotated, KeyError> {
    let before = meta::vault_keys(store).await?;
    // All keys must be there before a new one makes the loss harder to see.
    load(directory, &before)?;
    let newest = before.last().ok_or(KeyError::NoKeys)?;
    let (id, key) = make(directory, entropy, now)?;
    // The newest key is the current one, also where the clock was set back.
    let created_at = now.max(Timestamp::from_millis(newest.created_at.millis() + 1));
    let added = VaultKey { check_tag: check_tag(&id, &key)?, created_at, id };
    let tx = store.begin().await?;
    meta::add_vault_key(&tx, &added).await?;
    tx.commit().await?;

    let ring = load(directory, &meta::vault_keys(store).await?)?;
    let mover = Mover { store, ring: &ring, entropy };
    let resealed = mover.authenticator_apps().await? + mover.signing_keys().await? + mover.mails().await?;
    let tx = store.begin().await?;
    let mut retired = Vec::new();
    for old in before {
        if meta::retire_vault_key(&tx, &old.id).await? {
            retired.push(old.id);
        }
    }
    let rotated = Rotated { added: added.id, resealed, retired };
    record(&tx, &rotated, EventId::new(now, entropy), now).await?;
    tx.commit().await?;
    Ok(rotated)
}

impl Mover<'_> {
    /// The same value under the current key.
    fn move_over(&self, purpose: Purpose, row: Uuid, old: &Sealed) -> Result<Sealed, StoreError> {
        let plain = self.ring.open(purpose, row, old)?;
        Ok(self.ring.seal(purpose, row, &plain, self.entropy)?)
    }

    async fn authenticator_apps(&self) -> Result<u64, StoreError> {
        let mut moved = 0;
        loop {
            let batch = totp::sealed_by_others(self.store, self.ring.current(), BATCH).await?;
            if batch.is_empty() {
                return Ok(moved);
            }
            let tx = self.store.begin().await?;
            for factor in batch {
                let new = self.move_over(Purpose::TotpSecret, factor.id.0, &factor.secret)?;
                moved += u64::from(totp::reseal(&tx, factor.id.0, &factor.secret, &new).await?);
            }
            tx.commit().await?;
        }
    }

    async fn signing_keys(&self) -> Result<u64, StoreError> {
        let mut moved = 0;
        let tx = self.store.begin().await?;
        for key in signing_keys::all(&tx).await? {
            if key.sealed.key_id != self.ring.current() {
                let new = self.move_over(Purpose::SigningKey, key.id, &key.sealed)?;
                moved += u64::from(signing_keys::reseal(&tx, &key, &new).await?);
            }
        }
        tx.commit().await?;
        Ok(moved)
    }

    async fn mails(&self) -> Result<u64, StoreError> {
        let mut moved = 0;
        loop {
            let batch = outbox::sealed_by_others(self.store, self.ring.current(), BATCH).await?;
            if batch.is_empty() {
                return Ok(moved);
            }
            let tx = self.store.begin().await?;
            for mail in batch {
                let new = self.move_over(Purpose::Outbox, mail.id.0, &mail.sealed)?;
                moved += u64::from(outbox::reseal(&tx, &mail, &new).await?);
            }
            tx.commit().await?;
        }
    }
}

async fn record(tx: &Tx, rotated: &Rotated, id: EventId, now: Timestamp) -> Result<(), StoreError> {
    let detail = json!({ "added": rotated.added, "resealed": rotated.resealed, "retired": rotated.retired });
    let event = audit::Event {
        detail,
        ..audit::Event::of_server(id, now, ActorKind::CommandLine, EventKind::KeysRotated)
    };
    audit::append(tx, &event).await
}
