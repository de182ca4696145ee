//! Who may enrol a second factor now.

use twinlock_core::{
    assurance::{LIMITED_SECS, Strength},
    clock::Timestamp,
    factor::kinds::Kind,
};
use twinlock_store::{sessions::Purpose, users::Account};

use super::{MAX_FACTORS, app::open_candidate};
use crate::{
    App, Client, Internal,
    context::OwnWork,
    enrollment_proof::{self, ProofRequired},
    guard::{self, Act, StepUpRequired},
    security_keys::register,
    sessions::Caller,
};

/// Why nobody may enrol here and now.
#[derive(Debug, thiserror::Error)]
pub enum NotAdmitted {
    /// A code must open the enrollment first.
    #[error(transparent)]
    ProofRequired(#[from] ProofRequired),
    /// A fresh proof is needed first.
    #[error(transparent)]
    StepUp(#[from] StepUpRequired),
    /// The tenant's policy excludes this kind of factor.
    #[error("the organisation does not allow this kind of factor")]
    KindNotAllowed,
    /// There are ten factors already.
    #[error("ten second factors are enrolled already")]
    TooMany,
    /// The session ended meanwhile.
    #[error("the session has ended")]
    Ended,
    /// Nobody's fault.
    #[error(transparent)]
    Internal(#[from] Internal),
}

store_faults_are_internal!(NotAdmitted);

/// Somebody who may enrol now, and the transaction in which that is so: the session is open, the account
/// is held, what must be proven is proven, and there is room for one more factor.
pub(crate) struct Admitted<'a> {
    /// The act; [`Admitted::finish`] commits it.
    pub(crate) own: OwnWork<'a>,
    /// Until when the new factor opens no more than the recovery code that opened this enrollment: belongs
    /// into its row.
    pub(crate) limited_until: Option<Timestamp>,
}

/// Opens the transaction of an enrollment's step. Every kind of factor begins here, when a set-up begins
/// and again when it is confirmed.
pub(crate) async fn admit<'a>(
    app: &'a App,
    client: &'a Client,
    caller: &'a Caller,
    kind: Kind,
) -> Result<Admitted<'a>, NotAdmitted> {
    let own = OwnWork::begin(app, client, caller).await?.ok_or(NotAdmitted::Ended)?;
    let account = &own.account;
    require(app, account, caller)?;
    if !account.tenant.settings.mfa_allowed_methods.has(kind) {
        return Err(NotAdmitted::KindNotAllowed);
    }
    if account.factors.total() >= MAX_FACTORS {
        return Err(NotAdmitted::TooMany);
    }
    let limited_until = limit_of(account, caller, own.now);
    Ok(Admitted { own, limited_until })
}

/// Whether the caller may enrol at all, asked before a route reads what they sent.
///
/// # Errors
/// The same as the steps of an enrollment.
pub fn precheck(app: &App, caller: &Caller) -> Result<(), NotAdmitted> {
    require(app, &caller.live.account, caller)
}

/// The same for the end of an enrollment: whether there is one to end comes before the proof that it takes.
///
/// # Errors
/// The same as the end.
pub async fn precheck_end(app: &App, caller: &Caller, kind: Kind) -> Result<(), NotAdmitted> {
    enrollment_proof::require(&caller.live.account, caller, app.now())?;
    let open = match kind {
        Kind::Totp => open_candidate(app, caller).await?.is_some(),
        Kind::Webauthn => register::open_challenge(app, caller).await?.is_some(),
    };
    if open { precheck(app, caller) } else { Ok(()) }
}

/// What must be proven before anything of an enrollment is shown or done. The code comes first: it is asked
/// of every session, whatever else that has shown.
pub(super) fn require(app: &App, account: &Account, caller: &Caller) -> Result<(), NotAdmitted> {
    enrollment_proof::require(account, caller, app.now())?;
    if caller.live.session.purpose == Purpose::Enrollment {
        return enrollment_stands(account, caller);
    }
    Ok(guard::require(app, account, &caller.live.proofs, Act::OwnFactors)?)
}

/// An enrollment that policy asks for lives for half an hour and is its own proof, as long as the account has no factor
/// that was not shown when it was opened.
fn enrollment_stands(account: &Account, caller: &Caller) -> Result<(), NotAdmitted> {
    let shown = !account.factors.any() || caller.live.proofs.is_multi_factor();
    if shown { Ok(()) } else { Err(NotAdmitted::Ended) }
}

/// What is enrolled on the word of a recovery code is worth no more than that for a day; so is what is
/// enrolled while the account is still limited for having been switched off that way.
fn limit_of(account: &Account, caller: &Caller, now: Timestamp) -> Option<Timestamp> {
    let asked_at = match caller.live.session.purpose {
        Purpose::Enrollment => caller.live.session.lifetime.created_at,
        Purpose::Full => now,
    };
    let weak_proof = account.factors.total() > 0
        && caller.live.proofs.fresh_factor(asked_at).is_none_or(|proof| proof < Strength::Factor);
    let by_proof = weak_proof.then(|| now.plus_secs(LIMITED_SECS));
    by_proof.max(account.user.limited_until.filter(|until| *until > now))
}
