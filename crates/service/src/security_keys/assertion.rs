//! Checking what a key answers, whatever it is for: the second step, step-up, signing in without a
//! password.
//!
//! The signature is verified before the transaction, away from the async threads. The transaction uses
//! the challenge up, reads the credential anew and decides: what was true before counts for nothing.

use twinlock_core::{
    assurance::Proof,
    audit::EventKind,
    factor::webauthn::{Asserted, Known, Lock, Refused, judge},
    ids::UserId,
    throttle::KEYS_TOLD,
};
use twinlock_store::{
    Tx,
    challenges::{self, Challenge},
    security_keys::{self, SecurityKey, accept_counter, mark_counter, mark_discovered},
    user_counts,
    users::{self, Account},
};

use super::challenge::{self, Asked};
use crate::{
    App, Internal,
    audit_log::About,
    context::{Acceptance, Work},
    mail::LetterKind,
    webauthn::{self, AssertionCeremony, AssertionResponse, Check, StoredCredential},
};

/// Why an answer was not accepted: for the log. From outside all look alike.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum KeyRefusal {
    /// No challenge is open, or it has expired.
    #[error("no challenge is open")]
    NoChallenge,
    /// Somebody else used the challenge up first.
    #[error("the challenge was used")]
    ChallengeUsed,
    /// The credential is not one that was asked for.
    #[error("the credential is not one that was asked for")]
    UnknownCredential,
    /// A step of the ceremony failed.
    #[error("{0}")]
    Ceremony(#[from] Check),
    /// It was signed correctly, and does not suffice.
    #[error("{0}")]
    Insufficient(#[from] Refused),
}

impl KeyRefusal {
    /// Whether a key of the account was tried in vain. What answered no open challenge was no try, and a key that is a
    /// second lock only is none at the wrong door.
    fn counts(&self) -> bool {
        match self {
            Self::NoChallenge | Self::ChallengeUsed | Self::UnknownCredential => false,
            Self::Ceremony(_) => true,
            Self::Insufficient(why) => *why != Refused::SecondFactorOnly,
        }
    }
}

/// An answer whose signature was looked at, and the challenge that it uses up.
#[derive(Clone)]
pub(crate) struct Examined {
    challenge: Option<Challenge>,
    verdict: Verdict,
}

/// What came of the look at a signature.
#[derive(Clone)]
struct Verdict {
    /// Whose credential the answer names, where it is one that was asked for.
    names: Option<UserId>,
    signed: Result<Signed, KeyRefusal>,
}

impl Verdict {
    /// No credential that was asked for: there was nothing to look at.
    fn unasked(why: KeyRefusal) -> Self {
        Self { names: None, signed: Err(why) }
    }
}

/// A correctly signed answer.
#[derive(Clone)]
pub(crate) struct Signed {
    credential_id: Vec<u8>,
    asserted: Asserted,
}

impl Examined {
    /// Nothing was open that this could answer.
    pub(crate) fn without_challenge() -> Self {
        Self { challenge: None, verdict: Verdict::unasked(KeyRefusal::NoChallenge) }
    }

    /// Whose credential the answer names, signed correctly or not. To hold the account by: whether it is
    /// still theirs is decided in the transaction.
    pub(crate) fn names(&self) -> Option<UserId> {
        self.verdict.names
    }
}

/// Verifies the signature of an answer to a challenge.
pub(crate) async fn examine(
    app: &App,
    challenge: Option<Challenge>,
    answer: AssertionResponse,
) -> Result<Examined, Internal> {
    let Some(challenge) = challenge else { return Ok(Examined::without_challenge()) };
    let verdict = verdict(app, &challenge, answer).await?;
    Ok(Examined { challenge: Some(challenge), verdict })
}

async fn verdict(app: &App, challenge: &Challenge, answer: AssertionResponse) -> Result<Verdict, Internal> {
    if !challenge::is_alive(challenge, app.now()) {
        return Ok(Verdict::unasked(KeyRefusal::NoChallenge));
    }
    let asked = challenge::asked(challenge)?;
    let found = security_keys::by_credential_with_handle(&app.store, answer.credential_id()).await?;
    let Some((key, user_handle)) = found.filter(|(key, _)| may_answer(key, challenge, &asked)) else {
        return Ok(Verdict::unasked(KeyRefusal::UnknownCredential));
    };
    let relying_party = app.relying_party(&asked.rp_id);
    let (challenge, anybody) = (challenge.challenge.clone(), challenge.user_id.is_none());
    let (credential_id, owner) = (key.credential_id.clone(), key.user_id);
    let verified = app
        .verify(move || {
            let ceremony = AssertionCeremony {
                relying_party: &relying_party,
                challenge: &challenge,
                allowed: (!anybody).then_some(asked.allowed.as_slice()),
                user_handle: &user_handle,
                user_handle_required: anybody,
            };
            webauthn::verify_assertion(&ceremony, &stored(&key), &answer)
        })
        .await?;
    let signed = match verified {
        Ok(verified) => Ok(Signed { credential_id, asserted: verified.asserted }),
        Err(check) => Err(check.into()),
    };
    Ok(Verdict { names: Some(owner), signed })
}

fn stored(key: &SecurityKey) -> StoredCredential<'_> {
    StoredCredential {
        credential_id: &key.credential_id,
        public_key: &key.public_key,
        algorithm: key.algorithm,
    }
}

/// Whether the credential is one that the challenge asks for.
fn may_answer(key: &SecurityKey, challenge: &Challenge, asked: &Asked) -> bool {
    let owner = challenge.user_id.is_none_or(|user| key.user_id == user);
    let named = challenge.user_id.is_none() || asked.allowed.contains(&key.credential_id);
    owner && named && key.rp_id == asked.rp_id
}

/// Uses the challenge up and decides on the answer for this account, whose row is held. A failure is
/// counted and recorded in this transaction: the caller commits it either way.
///
/// Keys have a counter of their own. It keeps nobody waiting: an answer that is signed cannot be guessed.
pub(crate) async fn accept(
    work: &Work<'_>,
    account: &Account,
    examined: Examined,
    lock: Lock,
) -> Result<Acceptance<Proof, KeyRefusal>, Internal> {
    let names_own = examined.names() == Some(account.user.id);
    let refusal = match use_up(work, examined).await? {
        Acceptance::Accepted(signed) => match decide(work, account, &signed, lock).await? {
            Ok(proof) => {
                if account.user.key_failures > 0 {
                    users::set_key_failures(work, account.user.id, 0).await?;
                }
                return Ok(Acceptance::Accepted(proof));
            }
            Err((refusal, key)) => {
                match (&refusal, key) {
                    (KeyRefusal::Insufficient(Refused::CounterWentBack), Some(key)) => {
                        warn(work, account, &key).await?;
                    }
                    (KeyRefusal::Insufficient(Refused::SecondFactorOnly), Some(key)) => {
                        mark_discovered(work, key.id, work.now).await?;
                    }
                    _ => {}
                }
                refusal
            }
        },
        Acceptance::Refused(refusal) => refusal,
    };
    let detail = serde_json::json!({ "reason": refusal.to_string() });
    let about = About::anonymous(Some(&account.user)).with(detail);
    work.record(EventKind::SignInKeyRefused, about).await?;
    if names_own && refusal.counts() {
        count_failure(work, account, lock).await?;
    }
    Ok(Acceptance::Refused(refusal))
}

/// Counts an answer of one of the account's keys that was refused. Somebody is told who has shown more than a
/// stranger would: without a password nobody has.
async fn count_failure(work: &Work<'_>, account: &Account, lock: Lock) -> Result<(), Internal> {
    let failures = account.user.key_failures.saturating_add(1);
    users::set_key_failures(work, account.user.id, failures).await?;
    if failures == KEYS_TOLD && lock != Lock::Both {
        work.notify(account, LetterKind::KeysRefused).await?;
    }
    Ok(())
}

/// A challenge is used up by its first answer, good or bad.
pub(crate) async fn use_up(tx: &Tx, examined: Examined) -> Result<Acceptance<Signed, KeyRefusal>, Internal> {
    if let Some(challenge) = &examined.challenge
        && !challenges::consume(tx, challenge.id).await?
    {
        return Ok(Acceptance::Refused(KeyRefusal::ChallengeUsed));
    }
    Ok(match examined.verdict.signed {
        Ok(signed) => Acceptance::Accepted(signed),
        Err(refusal) => Acceptance::Refused(refusal),
    })
}

type Decision = Result<Proof, (KeyRefusal, Option<SecurityKey>)>;

async fn decide(
    work: &Work<'_>,
    account: &Account,
    signed: &Signed,
    lock: Lock,
) -> Result<Decision, Internal> {
    let now = work.now;
    let key = security_keys::by_credential(work, &signed.credential_id).await?;
    let Some(key) = key.filter(|key| key.user_id == account.user.id) else {
        return Ok(Err((KeyRefusal::UnknownCredential, None)));
    };
    match judge(&known(&key), &signed.asserted, lock) {
        Ok(proof) => {
            let Asserted { sign_count, backed_up, .. } = signed.asserted;
            if accept_counter(work, key.id, sign_count, backed_up, now).await? {
                if backed_up != key.backed_up {
                    // It may be lost with its device no more, or again.
                    user_counts::refresh(work, key.user_id).await?;
                }
                return Ok(Ok(Proof::by_key(proof, now).of(key.id).limited(key.limited_until)));
            }
            Ok(Err((Refused::CounterWentBack.into(), Some(key))))
        }
        Err(refused) => Ok(Err((refused.into(), Some(key)))),
    }
}

fn known(key: &SecurityKey) -> Known {
    Known {
        kind: key.kind,
        verified_at_registration: key.user_verified,
        backup_eligible: key.backup_eligible,
        sign_count: key.sign_count,
    }
}

/// The counter did not rise: the key may have been copied. It is marked, not disabled, and its owner told.
async fn warn(work: &Work<'_>, account: &Account, key: &SecurityKey) -> Result<(), Internal> {
    mark_counter(work, key.id, work.now).await?;
    let about = About::anonymous(Some(&account.user)).with(serde_json::json!({ "factor": key.id }));
    work.record(EventKind::KeyCounterWentBack, about).await?;
    // Told once: whoever has a copy must not be able to flood the owner's mailbox.
    if key.counter_alert_at.is_none() {
        let letter = LetterKind::KeyCounterWentBack { method_name: key.name.clone() };
        work.notify(account, letter).await?;
    }
    Ok(())
}
