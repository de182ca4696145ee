//! Switching second factors off.

use twinlock_core::{assurance::Proofs, audit::EventKind, factor::typed};
use twinlock_store::recovery;

use super::{FactorError, all, begin, limit_after_recovery};
use crate::{
    App, Client, Issued,
    audit_log::About,
    context::{Acceptance, OwnWork},
    endings,
    guard::{self, Act},
    mail::LetterKind,
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
    let own = begin(app, client, caller).await?;
    if own.account.tenant.settings.require_of(own.account.user.role) {
        return Err(FactorError::LastFactor);
    }
    let Some(prepared) = prepared else {
        guard::require(app, &own.account, &caller.live.proofs, Act::OwnFactors)?;
        return switch_off(own, caller.live.proofs.clone()).await;
    };
    let factors = second_factor::apps(&own.work, own.account.user.id).await?;
    match second_factor::check(&own, &own.account, prepared, &factors).await? {
        Acceptance::Accepted(accepted) => {
            let proofs = caller.live.proofs.with(accepted.proof);
            switch_off(own, proofs).await
        }
        Acceptance::Refused(refusal) => Err(own.work.refuse(refusal.into()).await),
    }
}

/// Every factor and code goes; other sessions end. Who proved a factor to switch off may enrol anew without
/// a code by mail: it is somebody else's act that asks for one. One commit.
pub(super) async fn switch_off(own: OwnWork<'_>, proofs: Proofs) -> Result<Issued, FactorError> {
    let user = own.account.user.id;
    all::remove_all(&own, user).await?;
    recovery::remove_all(&own, user).await?;
    second_factor::forgive(&own, &own.account).await?;
    limit_after_recovery(&own, &own.account, &proofs).await?;
    endings::of_change(&own, user, Some(own.caller.live.session.id)).await?;
    let issued = sessions::renew(&own, own.caller, proofs).await?;
    own.record(EventKind::MfaDisabled, About::own(&own.account.user)).await?;
    own.notify(&own.account, LetterKind::MfaDisabled).await?;
    own.work.commit().await?;
    Ok(issued)
}
