//! What a person's keys are asked at the second step and at step-up.

use serde_json::Value;
use twinlock_store::{
    StoreError, Tx,
    challenges::Ceremony,
    security_keys::{self, SecurityKey},
    users::Account,
};
use uuid::Uuid;

use super::challenge::{self, Asked, Owner};
use crate::{
    App, Internal,
    webauthn::{self, Descriptor},
};

/// Whether none of the person's keys can be asked here.
pub(crate) fn nothing_to_ask(app: &App, account: &Account) -> bool {
    app.rp_id().is_none_or(|rp_id| account.factors.keys_of(rp_id) == 0)
}

/// Gives a challenge to all of the person's keys and answers `PublicKeyCredentialRequestOptionsJSON`; none
/// where no key can be asked. `owner` is the pending login or the session.
pub(crate) async fn ask(
    tx: &Tx,
    app: &App,
    ceremony: Ceremony,
    owner: Uuid,
    account: &Account,
) -> Result<Option<Value>, Internal> {
    let Some(rp_id) = app.rp_id() else { return Ok(None) };
    let keys = usable(tx, account, rp_id).await?;
    if keys.is_empty() {
        return Ok(None);
    }
    let user_verification = account.tenant.settings.user_verification;
    let allowed = keys.iter().map(|key| key.credential_id.clone()).collect();
    let asked = Asked { allowed, ..Asked::new(rp_id, user_verification) };
    let bytes = challenge::give(tx, app, ceremony, Owner::Person(owner, account.user.id), &asked).await?;
    let party = app.relying_party(rp_id);
    let allow: Vec<_> = keys.iter().map(descriptor).collect();
    Ok(Some(webauthn::request_options(&party, &bytes, user_verification, &allow)))
}

/// A key as browsers are told of it.
pub(crate) fn descriptor(key: &SecurityKey) -> Descriptor<'_> {
    Descriptor { id: &key.credential_id, transports: &key.transports }
}

async fn usable(tx: &Tx, account: &Account, rp_id: &str) -> Result<Vec<SecurityKey>, StoreError> {
    let mut keys = security_keys::of_user(tx, account.user.id).await?;
    keys.retain(|key| key.rp_id == rp_id);
    Ok(keys)
}
