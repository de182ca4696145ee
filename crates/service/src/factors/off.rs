//! Switching second factors off.

use twinlock_core::{assurance::Proofs, audit::EventKind, factor::typed};
use twinlock_store::{Tx, recovery, users::Account};

use super::{FactorError, all, begin, limit_after_recovery};
use crate::{
    App, Client, Issued,
    audit_log::{About, record},
    endings,
    guard::{self, Act},
    mail::{LetterKind, notify},
    second_factor::{self, Prepared},
    sessions::{self, Caller},
};

/// Switches second factors off, on a code or on a fresh step-up.
pub async fn disable(
    app: &App,
    client: &Client,
    caller: &Caller,
    code: Option<&str>,
) -> Result<Issued, FactorError> {
    let code = code.filter(|code| !typed::is_blank(code));
    let prepared = match code {
        Some(code) => Some(second_factor::prepare(app, &caller.live.account, code).await?),
        None => None,
    };
    app.transact(|| disable_once(app, client, caller, prepared.as_ref())).await
}

async fn disable_once(
    app: &App,
    client: &Client,
    caller: &Caller,
    prepared: Option<&Prepared>,
) -> Result<Issued, FactorError> {
    let (tx, account) = begin(app, caller).await?;
    if account.tenant.settings.require_of(account.user.role) {
        return Err(FactorError::LastFactor);
    }
    let Some(prepared) = prepared else {
        guard::require(app, &account, &caller.live.proofs, Act::OwnFactors)?;
        return switch_off(tx, app, client, (caller, account), caller.live.proofs.clone()).await;
    };
    let factors = second_factor::apps(&tx, account.user.id).await?;
    match second_factor::check(&tx, app, client, &account, (prepared, &factors)).await? {
        Ok(accepted) => {
            let proofs = caller.live.proofs.with(accepted.proof);
            switch_off(tx, app, client, (caller, account), proofs).await
        }
        Err(refusal) => {
            tx.commit().await?;
            Err(refusal.into())
        }
    }
}

/// Every factor and code goes; other sessions end. Who proved a factor to switch off may enrol anew without
/// a code by mail: it is somebody else's act that asks for one. One commit.
pub(super) async fn switch_off(
    tx: Tx,
    app: &App,
    client: &Client,
    who: (&Caller, Account),
    proofs: Proofs,
) -> Result<Issued, FactorError> {
    let (caller, account) = who;
    let user = account.user.id;
    all::remove_all(&tx, user).await?;
    recovery::remove_all(&tx, user).await?;
    second_factor::forgive(&tx, &account).await?;
    limit_after_recovery(&tx, app, &account, &proofs).await?;
    endings::of_change(&tx, app, user, Some(caller.live.session.id)).await?;
    let issued = sessions::renew(&tx, app, caller, proofs).await?;
    record(&tx, app, client, EventKind::MfaDisabled, About::own(&account.user)).await?;
    notify(&tx, app, Some(client), &account, LetterKind::MfaDisabled).await?;
    tx.commit().await?;
    app.cache.changed();
    Ok(issued)
}
