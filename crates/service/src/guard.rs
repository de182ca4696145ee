//! Step-up: what must have been proven, and how recently, before an act.

use twinlock_core::{
    assurance::{Proofs, Strength},
    clock::Timestamp,
};
use twinlock_store::users::Account;

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
pub fn require(account: &Account, proofs: &Proofs, act: Act, now: Timestamp) -> Result<(), StepUpRequired> {
    if account.factors.apps == 0 {
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
    let mut methods = vec!["totp"];
    if needed == Strength::Recovery && account.factors.codes > 0 {
        methods.push("recovery_code");
    }
    Err(StepUpRequired { methods })
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
        Act::OwnFactors if !proofs.fresh_password(now) => Err(StepUpRequired { methods: vec!["password"] }),
        // Switched off on the word of a recovery code: that must not lead to administration.
        Act::Administer if account.user.limited_until.is_some_and(|until| now < until) => {
            Err(StepUpRequired { methods: vec![] })
        }
        _ => Ok(()),
    }
}
