//! What a person's keys are asked at the second step and at step-up.

use serde_json::Value;
use twinlock_core::throttle::Ration;
use twinlock_store::{
    StoreError, Tx,
    challenges::Ceremony,
    rations,
    security_keys::{self, SecurityKey},
    users::Account,
};
use uuid::Uuid;

use super::challenge::{self, Asked, Owner};
use crate::{
    App, Internal,
    context::Work,
    webauthn::{self, Descriptor},
};

/// Whether none of the person's keys can be asked here.
pub(crate) fn nothing_to_ask(app: &App, account: &Account) -> bool {
    app.rp_id().is_none_or(|rp_id| account.factors.keys_of(rp_id) == 0)
}

/// Why no key is asked.
#[derive(Debug, thiserror::Error)]
pub(crate) enum AskError {
    /// None can be asked here.
    #[error("no security key could be asked")]
    NoKey,
    /// Asked too often: wait this many seconds.
    #[error("too many challenges were asked for")]
    TooMany(i64),
    /// Nobody's fault.
    #[error(transparent)]
    Internal(#[from] Internal),
}

store_faults_are_internal!(AskError);

/// Takes one challenge from the ration of a pending login or a session; answers the seconds to wait where there is
/// none left.
pub(crate) async fn ration(work: &Work<'_>, owner: Uuid) -> Result<Option<i64>, StoreError> {
    rations::take(work, &format!("challenges:{owner}"), Ration::CHALLENGES_OF_PERSON, work.now).await
}

/// Gives a challenge to all of the person's keys and answers `PublicKeyCredentialRequestOptionsJSON`. `owner` is the
/// pending login or the session.
pub(crate) async fn ask(
    work: &Work<'_>,
    ceremony: Ceremony,
    owner: Uuid,
    account: &Account,
) -> Result<Value, AskError> {
    let rp_id = work.app.rp_id().ok_or(AskError::NoKey)?;
    let keys = usable(work, account, rp_id).await?;
    if keys.is_empty() {
        return Err(AskError::NoKey);
    }
    if let Some(wait) = ration(work, owner).await? {
        return Err(AskError::TooMany(wait));
    }
    let user_verification = account.tenant.settings.user_verification;
    let allowed = keys.iter().map(|key| key.credential_id.clone()).collect();
    let asked = Asked { allowed, ..Asked::new(rp_id, user_verification) };
    let bytes = challenge::give(work, ceremony, Owner::Person(owner, account.user.id), &asked).await?;
    let party = work.app.relying_party(rp_id);
    let allow: Vec<_> = keys.iter().map(descriptor).collect();
    Ok(webauthn::request_options(&party, &bytes, user_verification, &allow))
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
