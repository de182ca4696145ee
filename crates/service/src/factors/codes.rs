//! New recovery codes in place of the last set.

use secrecy::SecretString;
use twinlock_core::{audit::EventKind, factor::recovery as codes};
use twinlock_store::{recovery, user_counts};

use super::{FactorError, begin};
use crate::{
    App, Client,
    audit_log::About,
    guard::{self, Act},
    mail::LetterKind,
    recovery_hash::{self, HashedSet},
    sessions::Caller,
    shown_codes,
};

/// Replaces the recovery codes and answers the new ones, to be shown once; the old set is void. It is no change of
/// factors: whoever is signed in stays so.
pub async fn regenerate_codes(
    app: &App,
    client: &Client,
    caller: &Caller,
) -> Result<Vec<SecretString>, FactorError> {
    let known = &caller.live.account;
    if known.factors.total() == 0 {
        return Err(FactorError::NotEnabled);
    }
    guard::require(app, known, &caller.live.proofs, Act::OwnFactors)?;
    let set = codes::generate_set(app.entropy(), known.tenant.settings.recovery_code_format);
    let shown: Vec<SecretString> = set.iter().map(|code| code.display().into()).collect();
    let hashed = recovery_hash::hash_set(app, known.user.id, set).await?;
    let new = NewSet { hashed, shown };
    app.transact(|| replace_codes(app, client, caller, &new)).await?;
    Ok(new.shown)
}

/// Recovery codes that are about to become valid.
struct NewSet {
    hashed: HashedSet,
    shown: Vec<SecretString>,
}

async fn replace_codes(app: &App, client: &Client, caller: &Caller, new: &NewSet) -> Result<(), FactorError> {
    let own = begin(app, client, caller).await?;
    guard::require(app, &own.account, &caller.live.proofs, Act::OwnFactors)?;
    recovery::replace(&own, &new.hashed.set, &new.hashed.tags).await?;
    user_counts::refresh(&own, own.account.user.id).await?;
    shown_codes::keep(&own, &caller.live.session, new.hashed.set.id, &new.shown).await?;
    own.record(EventKind::RecoveryCodesRegenerated, About::own(&own.account.user)).await?;
    own.notify(&own.account, LetterKind::RecoveryCodesRegenerated).await?;
    own.work.commit().await?;
    Ok(())
}
