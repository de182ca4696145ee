//! Step-up: what must have been proven, and how recently, before an act.

use twinlock_core::{
    assurance::{Method, Proofs, Strength},
    clock::Timestamp,
    login::need_factor,
};
use twinlock_store::users::Account;

use crate::{App, Caller, login::facts};

/// What somebody wants to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Act {
    /// Add, rename, remove own factors; new recovery codes. A recovery code suffices as a proof: it is
    /// what a person needs who lost a device.
    OwnFactors,
    /// Change the password or the address. While the account is limited, a code by mail is needed as well.
    Account,
    /// Administer the tenant.
    Administer,
}

/// A fresh proof is missing.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("a fresh proof is needed")]
pub struct StepUpRequired {
    /// The methods that would do, preferred first.
    pub methods: Vec<&'static str>,
}

/// Whether `proofs` open this act for the account as it is now.
pub fn require(app: &App, account: &Account, proofs: &Proofs, act: Act) -> Result<(), StepUpRequired> {
    let now = app.now();
    if !account.factors.any() {
        return without_factor(account, proofs, act, now);
    }
    let needed = match act {
        Act::OwnFactors => Strength::Recovery,
        Act::Account => Strength::Limited,
        Act::Administer => Strength::Factor,
    };
    if proofs.fresh_factor(now).is_some_and(|proof| proof >= needed) {
        return Ok(());
    }
    Err(StepUpRequired { methods: methods(app, account, needed) })
}

/// Whether the caller, who has a second factor, has shown it lately enough for this act: asked before a route reads what
/// they sent. Who has none is judged by the use case.
pub fn precheck(app: &App, caller: &Caller, act: Act) -> Result<(), StepUpRequired> {
    let account = &caller.live.account;
    if account.factors.any() { require(app, account, &caller.live.proofs, act) } else { Ok(()) }
}

/// What would give a proof of this strength, preferred first.
pub(crate) fn methods(app: &App, account: &Account, needed: Strength) -> Vec<&'static str> {
    let need = need_factor(&facts(app, account));
    let suffices = |method: &Method| needed == Strength::Recovery || *method != Method::RecoveryCode;
    let first = need.preferred.into_iter();
    let others = need.methods.into_iter().filter(|method| Some(*method) != need.preferred);
    first.chain(others).filter(suffices).map(Method::as_str).collect()
}

/// The first factor may be enrolled shortly after a password; a new password or address asks for the
/// old password itself.
fn without_factor(
    account: &Account,
    proofs: &Proofs,
    act: Act,
    now: Timestamp,
) -> Result<(), StepUpRequired> {
    match act {
        // Switched off on the word of a recovery code: that must not lead to administration.
        Act::Administer if account.user.limited_until.is_some_and(|until| now < until) => {
            Err(StepUpRequired { methods: vec![] })
        }
        // One lock only: then at least it was opened lately, not by whoever found a session.
        Act::OwnFactors | Act::Administer if !proofs.fresh_password(now) => {
            Err(StepUpRequired { methods: vec!["password"] })
        }
        _ => Ok(()),
    }
}
