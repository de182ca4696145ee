//! Checking a typed code, whatever it is for: sign-in, step-up, switching off.
//!
//! One budget for all typed codes of an account, one register of used time steps, one place.

use twinlock_core::{
    assurance::{Method, Proof},
    audit::EventKind,
    clock::Timestamp,
    factor::{
        totp::{self, ClockOff, TotpCheck, TotpSecret},
        typed::{self, TotpCode, TypedCode},
    },
    ids::{FactorId, UserId},
    throttle::{FREE_CODES, Failures, RECOVERY_STOP, TOTP_STOP, TypedKind},
};
use twinlock_store::{
    Run, Tx,
    recovery::{self, CodeSet},
    seal::{Keyring, Purpose},
    totp::{TotpFactor, accept_step, tell_step},
    user_counts,
    users::{self, Account},
};

use crate::{
    App, Internal,
    audit_log::About,
    context::{Acceptance, Work},
    mail::LetterKind,
    recovery_hash,
};

/// Why a code was not accepted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refusal {
    /// Wrong, expired, or of another form.
    Wrong,
    /// Right for another time: the device's clock is this many seconds ahead (negative: behind).
    ClockOff(i64),
    /// Right, but used before. Looks like a wrong code from outside.
    Replayed,
    /// Codes are not evaluated for this many seconds.
    Wait(i64),
}

/// A code with its slow part done: the hash of a recovery code is computed before any transaction.
pub(crate) struct Prepared(Form);

enum Form {
    Nonsense,
    Totp(TotpCode),
    Recovery(Option<(CodeSet, [u8; 32])>),
    /// A recovery code that was not hashed, for codes had to wait when it came.
    NotHashed,
}

impl Prepared {
    /// Which budget it belongs to.
    pub(crate) fn kind(&self) -> TypedKind {
        match self.0 {
            Form::Recovery(_) | Form::NotHashed => TypedKind::Recovery,
            Form::Nonsense | Form::Totp(_) => TypedKind::Totp,
        }
    }

    /// What was typed cannot be a code. It is a wrong one all the same.
    pub(crate) fn nonsense() -> Self {
        Self(Form::Nonsense)
    }

    /// An app's code needs no preparation.
    pub(crate) fn totp(code: TotpCode) -> Self {
        Self(Form::Totp(code))
    }
}

/// Reads what was typed and, for a recovery code, computes its hash.
pub(crate) async fn prepare(app: &App, account: &Account, raw: &str) -> Result<Prepared, Internal> {
    let form = match typed::parse(raw) {
        None => Form::Nonsense,
        Some(TypedCode::Totp(code)) => Form::Totp(code),
        Some(TypedCode::Recovery(_))
            if account.user.typed.code_wait(TypedKind::Recovery, app.now()).is_some() =>
        {
            Form::NotHashed
        }
        Some(TypedCode::Recovery(code)) => {
            Form::Recovery(match recovery::of_user(&app.store, account.user.id).await? {
                Some(set) => recovery_hash::hash_typed(app, &set, code).await?.map(|tag| (set, tag)),
                None => None,
            })
        }
    };
    Ok(Prepared(form))
}

/// An accepted code.
pub(crate) struct Accepted {
    /// What it proves.
    pub(crate) proof: Proof,
    /// How many recovery codes are left, when one was used.
    pub(crate) recovery_codes_left: Option<u32>,
}

/// Checks a code against the account, whose row is held. A failure is counted and recorded in this
/// transaction: the caller commits it either way.
pub(crate) async fn check(
    work: &Work<'_>,
    account: &Account,
    prepared: &Prepared,
    factors: &[TotpFactor],
) -> Result<Acceptance<Accepted, Refusal>, Internal> {
    let now = work.now;
    if let Some(wait) = account.user.typed.code_wait(prepared.kind(), now) {
        return Ok(Acceptance::Refused(waits(work, account, wait)));
    }
    let outcome = match &prepared.0 {
        Form::Nonsense | Form::Recovery(None) => Acceptance::Refused(Refusal::Wrong),
        // The wait ended between the two looks at it. Nobody knows whether the code is right.
        Form::NotHashed => return Ok(Acceptance::Refused(waits(work, account, 1))),
        Form::Totp(code) => check_totp(work, &work.app.keyring, factors, code, now).await?,
        Form::Recovery(Some((set, tag))) => check_recovery(work, account, set, tag, now).await?,
    };
    match outcome {
        Acceptance::Accepted(accepted) => {
            if let Some(left) = accepted.recovery_codes_left {
                let detail = serde_json::json!({ "left": left });
                let about = About::own(&account.user).with(detail);
                work.record(EventKind::RecoveryCodeUsed, about).await?;
                work.notify(account, LetterKind::RecoveryCodeUsed { left }).await?;
            }
            Ok(Acceptance::Accepted(accepted))
        }
        Acceptance::Refused(refusal) => {
            refused(work, account, refusal).await?;
            Ok(Acceptance::Refused(refusal))
        }
    }
}

/// Opens the secret of a confirmed app.
pub(crate) fn open_secret(keyring: &Keyring, factor: &TotpFactor) -> Result<TotpSecret, Internal> {
    let bytes = keyring.open(Purpose::TotpSecret, factor.id.0, &factor.secret)?;
    TotpSecret::from_bytes(&bytes).ok_or(Internal::Broken("a stored TOTP secret has a wrong length"))
}

async fn check_totp(
    tx: &Tx,
    keyring: &Keyring,
    factors: &[TotpFactor],
    code: &TotpCode,
    now: Timestamp,
) -> Result<Acceptance<Accepted, Refusal>, Internal> {
    let (mut replayed, mut hint) = (false, None);
    for factor in factors {
        let secret = open_secret(keyring, factor)?;
        match totp::check(&secret, code, now, Some(factor.last_step)) {
            TotpCheck::Accepted { step } => {
                if accept_step(tx, factor.id, step, now).await? {
                    let proof = Proof::new(Method::Totp, now).limited(factor.limited_until);
                    return Ok(Acceptance::Accepted(Accepted { proof, recovery_codes_left: None }));
                }
                replayed = true;
            }
            TotpCheck::Replayed { .. } => replayed = true,
            TotpCheck::ClockOff(off) => hint = hint.or(Some((factor.id, off))),
            TotpCheck::Wrong => {}
        }
    }
    Ok(Acceptance::Refused(match hint {
        _ if replayed => Refusal::Replayed,
        Some((factor, off)) => tell(tx, factor, off, now).await?,
        None => Refusal::Wrong,
    }))
}

/// Tells how far a clock is off. Where that tells when a code will be right, its step is used from now on; where this
/// cannot be noted, nothing is told.
async fn tell(tx: &Tx, factor: FactorId, off: ClockOff, now: Timestamp) -> Result<Refusal, Internal> {
    let may_tell = !off.foretells() || tell_step(tx, factor, off.step, totp::step_at(now)).await?;
    Ok(if may_tell { Refusal::ClockOff(off.seconds) } else { Refusal::Wrong })
}

/// Records how it stands with somebody whose proof was accepted, if it was a recovery code: one less is left. Not
/// where the factors themselves change after it, for the counts of a tenant change once in a transaction.
pub(crate) async fn spent(tx: &Tx, account: &Account, accepted: &Accepted) -> Result<(), Internal> {
    if accepted.recovery_codes_left.is_some() {
        user_counts::refresh(tx, account.user.id).await?;
    }
    Ok(())
}

async fn check_recovery(
    tx: &Tx,
    account: &Account,
    set: &CodeSet,
    tag: &[u8; 32],
    now: Timestamp,
) -> Result<Acceptance<Accepted, Refusal>, Internal> {
    if recovery::consume(tx, set.id, tag, now).await? {
        // Whoever types one has them.
        if !account.factors.codes_saved {
            recovery::mark_saved(tx, account.user.id, now).await?;
        }
        // Counted anew: what came with the account may be older than the lock on its row.
        let left = users::account(tx, account.user.id).await?.map_or(0, |account| account.factors.codes);
        let proof = Proof::new(Method::RecoveryCode, now);
        return Ok(Acceptance::Accepted(Accepted { proof, recovery_codes_left: Some(left) }));
    }
    let replayed = recovery::holds(tx, set.id, tag).await?;
    Ok(Acceptance::Refused(if replayed { Refusal::Replayed } else { Refusal::Wrong }))
}

/// A code that nobody looked at, for codes wait. Nothing is written for it here: see [`note`].
fn waits(work: &Work<'_>, account: &Account, wait_secs: i64) -> Refusal {
    let about = About::anonymous(Some(&account.user)).with(serde_json::json!({ "by": "code" }));
    work.note(EventKind::SignInThrottled, about);
    Refusal::Wait(wait_secs)
}

async fn refused(work: &Work<'_>, account: &Account, refusal: Refusal) -> Result<(), Internal> {
    let about = || About::anonymous(Some(&account.user));
    if refusal == Refusal::Replayed {
        // Not counted: somebody repeating the owner's code must not lock the owner out.
        return work.record(EventKind::SignInCodeReplayed, about()).await;
    }
    // In the order of their happening: the wrong code, then what it led to.
    work.record(EventKind::SignInCodeRefused, about()).await?;
    count_failure(work, account).await
}

/// Counts a wrong typed code. The person is told once a lock, not once a guess.
pub(crate) async fn count_failure(work: &Work<'_>, account: &Account) -> Result<(), Internal> {
    let failures = account.user.typed.after_wrong_code(work.now);
    users::set_typed_failures(work, account.user.id, failures).await?;
    if [FREE_CODES, TOTP_STOP, RECOVERY_STOP].contains(&failures.count) {
        let about =
            About::anonymous(Some(&account.user)).with(serde_json::json!({ "failures": failures.count }));
        work.record(EventKind::CodesBlocked, about).await?;
        work.notify(account, LetterKind::CodesBlocked).await?;
    }
    Ok(())
}

/// Forgives the failed codes of an account: a factor was proven.
pub(crate) async fn forgive(tx: &Tx, account: &Account) -> Result<(), Internal> {
    if account.user.typed.count > 0 {
        users::set_typed_failures(tx, account.user.id, Failures::default()).await?;
    }
    Ok(())
}

/// The confirmed apps of a person.
pub(crate) async fn apps(run: &impl Run, user: UserId) -> Result<Vec<TotpFactor>, Internal> {
    Ok(twinlock_store::totp::of_user(run, user).await?)
}
