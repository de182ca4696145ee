//! Who may enrol a second factor now.

use twinlock_core::{
    assurance::{LIMITED_SECS, Strength},
    clock::Timestamp,
};
use twinlock_store::{StoreError, Tx, users::Account};

use super::MAX_FACTORS;
use crate::{
    App, Internal,
    enrollment_proof::{self, ProofRequired},
    guard::{self, Act, StepUpRequired},
    sessions::{self, Caller},
};

/// Why nobody may enrol here and now.
#[derive(Debug, thiserror::Error)]
pub enum NotAdmitted {
    /// A code must open the enrolment first.
    #[error(transparent)]
    ProofRequired(#[from] ProofRequired),
    /// A fresh proof is needed first.
    #[error(transparent)]
    StepUp(#[from] StepUpRequired),
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

impl From<StoreError> for NotAdmitted {
    fn from(error: StoreError) -> Self {
        Self::Internal(error.into())
    }
}

/// Somebody who may enrol now, and the transaction in which that is so: the session is open, the account
/// is held, what must be proven is proven, and there is room for one more factor.
pub(crate) struct Admitted<'a> {
    /// The transaction; [`Admitted::finish`] commits it.
    pub(crate) tx: Tx,
    /// Who enrols.
    pub(crate) caller: &'a Caller,
    /// Their account, held.
    pub(crate) account: Account,
    /// Until when the new factor opens no more than the recovery code that opened this enrolment: belongs
    /// into its row.
    pub(crate) limited_until: Option<Timestamp>,
}

/// Opens the transaction of an enrolment's step. Every kind of factor begins here, when a set-up begins
/// and again when it is confirmed.
pub(crate) async fn admit<'a>(app: &App, caller: &'a Caller) -> Result<Admitted<'a>, NotAdmitted> {
    let now = app.now();
    let tx = app.store.begin().await?;
    let account = sessions::hold_own(&tx, caller).await?.ok_or(NotAdmitted::Ended)?;
    require(app, &account, caller)?;
    if account.factors.total() >= MAX_FACTORS {
        return Err(NotAdmitted::TooMany);
    }
    let limited_until = limit_of(&account, caller, now);
    Ok(Admitted { tx, caller, account, limited_until })
}

/// What must be proven before anything of an enrolment is shown or done. The code comes first: it is asked
/// of every session, whatever else that has shown.
pub(super) fn require(app: &App, account: &Account, caller: &Caller) -> Result<(), NotAdmitted> {
    enrollment_proof::require(account, caller, app.now())?;
    Ok(guard::require(app, account, &caller.live.proofs, Act::OwnFactors)?)
}

/// What is enrolled on the word of a recovery code is worth no more than that for a day; so is what is
/// enrolled while the account is still limited for having been switched off that way.
fn limit_of(account: &Account, caller: &Caller, now: Timestamp) -> Option<Timestamp> {
    let weak_proof = account.factors.total() > 0
        && caller.live.proofs.fresh_factor(now).is_none_or(|proof| proof < Strength::Factor);
    let by_proof = weak_proof.then(|| now.plus_secs(LIMITED_SECS));
    by_proof.max(account.user.limited_until.filter(|until| *until > now))
}
