//! A person's keys as they see them.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use twinlock_core::{clock::Timestamp, factor::webauthn::KeyKind};
use twinlock_store::security_keys::{self, SecurityKey};
use uuid::Uuid;

use super::alone;
use crate::{App, Internal, sessions::Caller};

/// A registered key or passkey; nothing of it is secret.
#[expect(clippy::struct_excessive_bools, reason = "facts about a key, independent of each other")]
#[derive(Debug, Clone)]
pub struct KeyView {
    /// Id.
    pub id: Uuid,
    /// The name its owner gave it.
    pub name: String,
    /// The credential id, base64url without padding.
    pub key_id: String,
    /// Its make as a number; a hint, unless the organisation asks for attestation.
    pub aaguid: Uuid,
    /// Its make in words, where it is known.
    pub device: String,
    /// What it serves.
    pub kind: KeyKind,
    /// How it is reached, as the browser said.
    pub transports: Vec<String>,
    /// Whether it may be copied to other devices.
    pub synced: bool,
    /// Whether it was copied when last seen.
    pub backed_up: bool,
    /// The relying party it was registered for.
    pub rp_id: String,
    /// Whether it can be used at this server's present name.
    pub usable: bool,
    /// Whether its owner may let it sign in alone: it is a second factor only, and could do more.
    pub may_sign_in_alone: bool,
    /// When its signature counter last failed to rise: it may have been copied.
    pub counter_alert_at: Option<Timestamp>,
    /// When it was registered.
    pub created_at: Timestamp,
    /// When it was last used.
    pub last_used_at: Option<Timestamp>,
}

impl KeyView {
    pub(crate) fn of(app: &App, key: &SecurityKey) -> Self {
        Self {
            id: key.id.0,
            name: key.name.clone(),
            key_id: URL_SAFE_NO_PAD.encode(&key.credential_id),
            aaguid: key.aaguid,
            device: app.device_name(key.aaguid).to_owned(),
            kind: key.kind,
            transports: key.transports.clone(),
            synced: key.backup_eligible,
            backed_up: key.backed_up,
            rp_id: key.rp_id.clone(),
            usable: app.rp_id() == Some(&key.rp_id),
            may_sign_in_alone: alone::is_possible(key),
            counter_alert_at: key.counter_alert_at,
            created_at: key.created_at,
            last_used_at: key.last_used_at,
        }
    }
}

/// The caller's keys, oldest first.
pub async fn list(app: &App, caller: &Caller) -> Result<Vec<KeyView>, Internal> {
    let keys = security_keys::of_user(&app.store, caller.live.account.user.id).await?;
    Ok(keys.iter().map(|key| KeyView::of(app, key)).collect())
}
