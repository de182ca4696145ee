//! The list of security keys and passkeys.

use twinlock_core::{clock::Timestamp, factor::webauthn::KeyKind};
use twinlock_http::{WebState, http::Problem};
use twinlock_service::{
    Caller,
    security_keys::{self, KeyView, device},
};

use crate::view::{
    When,
    security::{Key, KeyHome},
};

/// The caller's keys, oldest first.
pub(super) async fn rows(state: &WebState, caller: &Caller, now: Timestamp) -> Result<Vec<Key>, Problem> {
    if caller.live.account.factors.keys.is_empty() {
        return Ok(Vec::new());
    }
    let keys = security_keys::list(&state.app, caller).await?;
    Ok(keys.into_iter().map(|key| row(key, now)).collect())
}

fn row(key: KeyView, now: Timestamp) -> Key {
    Key {
        id: key.id.to_string(),
        home: home(&key),
        alone: key.kind == KeyKind::Passkey,
        may_be_alone: key.may_sign_in_alone && key.usable,
        device: Some(key.device).filter(|device| device != device::UNKNOWN && *device != key.name),
        foreign: Some(key.rp_id).filter(|_| !key.usable),
        counter_alert: key.counter_alert_at.map(|at| When::new(at, now)),
        added: When::new(key.created_at, now),
        last_used: key.last_used_at.map(|at| When::new(at, now)),
        kept: false,
        name: key.name,
        key_id: key.key_id,
    }
}

/// As far as the browser and the authenticator say: transports are hints.
fn home(key: &KeyView) -> KeyHome {
    if key.synced {
        KeyHome::Synced
    } else if key.transports.iter().any(|transport| transport == "internal") {
        KeyHome::Device
    } else {
        KeyHome::SecurityKey
    }
}
