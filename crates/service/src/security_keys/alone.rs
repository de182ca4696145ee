//! Letting a key sign in alone that was registered as a second factor. Some devices keep every key so that they find it
//! by themselves, and offer it where nobody has said who they are.

use serde_json::json;
use twinlock_core::{audit::EventKind, factor::webauthn::KeyKind, ids::FactorId};
use twinlock_store::security_keys::{self, SecurityKey};

use super::KeyView;
use crate::{
    App, Client, Internal, Issued,
    audit_log::About,
    context::Work,
    endings,
    guard::{self, Act, StepUpRequired},
    mail::LetterKind,
    sessions::{self, Caller},
};

/// Why a key does not sign in alone.
#[derive(Debug, thiserror::Error)]
pub enum AloneError {
    /// The person has no key of that id.
    #[error("no such key")]
    NotFound,
    /// It never verified the user, or its device does not find it by itself, as far as was seen.
    #[error("the key cannot sign in alone")]
    NotPossible,
    /// The key itself must have verified the person lately.
    #[error(transparent)]
    StepUp(#[from] StepUpRequired),
    /// The session ended meanwhile.
    #[error("the session has ended")]
    Ended,
    /// Nobody's fault.
    #[error(transparent)]
    Internal(#[from] Internal),
}

store_faults_are_internal!(AloneError);

/// A key that signs in alone from now on.
#[derive(Debug)]
pub struct SignsInAlone {
    /// The key.
    pub key: KeyView,
    /// The session's fresh token.
    pub issued: Issued,
}

/// Whether a key could sign in alone and does not yet. One that did not verify anybody when it was registered may have
/// been given a PIN by whoever found it.
pub(super) fn is_possible(key: &SecurityKey) -> bool {
    key.kind == KeyKind::SecurityKey && key.user_verified && key.discovered_at.is_some()
}

/// Lets the caller's key sign in alone. The caller has signed in with it, or stepped up, in the last ten minutes, and it
/// verified them: a proof by anything else is not enough. As with every change of factors, other sessions end.
pub async fn let_sign_in_alone(
    app: &App,
    client: &Client,
    caller: &Caller,
    id: FactorId,
) -> Result<SignsInAlone, AloneError> {
    app.transact(|| let_once(app, client, caller, id)).await
}

async fn let_once(
    app: &App,
    client: &Client,
    caller: &Caller,
    id: FactorId,
) -> Result<SignsInAlone, AloneError> {
    let work = Work::begin(app, client).await?;
    let account = sessions::hold_own(&work, caller).await?.ok_or(AloneError::Ended)?;
    let keys = security_keys::of_user(&work, account.user.id).await?;
    let key = keys.into_iter().find(|key| key.id == id).ok_or(AloneError::NotFound)?;
    if !is_possible(&key) {
        return Err(AloneError::NotPossible);
    }
    guard::require(app, &account, &caller.live.proofs, Act::OwnFactors)?;
    if caller.live.proofs.verified_by(id, app.now()) != Some(true) {
        return Err(StepUpRequired { methods: vec!["webauthn"] }.into());
    }
    if !security_keys::let_sign_in_alone(&work, account.user.id, id).await? {
        return Err(AloneError::NotPossible);
    }
    endings::of_change(&work, account.user.id, Some(caller.live.session.id)).await?;
    let issued = sessions::renew(&work, caller, caller.live.proofs.clone()).await?;
    let about = About::own(&account.user).with(json!({ "factor": id }));
    work.record(EventKind::KeySignsInAlone, about).await?;
    let letter = LetterKind::KeySignsInAlone { method_name: key.name.clone() };
    work.notify(&account, letter).await?;
    work.commit().await?;
    let key = SecurityKey { kind: KeyKind::Passkey, ..key };
    Ok(SignsInAlone { key: KeyView::of(app, &key), issued })
}

/// The caller's keys that verified them in this session and could sign in alone.
pub async fn offered(app: &App, caller: &Caller) -> Result<Vec<KeyView>, Internal> {
    let verified: Vec<_> = caller.live.proofs.verified_keys().collect();
    if verified.is_empty() {
        return Ok(Vec::new());
    }
    let mut keys = super::list(app, caller).await?;
    keys.retain(|key| key.may_sign_in_alone && verified.contains(&FactorId(key.id)));
    Ok(keys)
}
