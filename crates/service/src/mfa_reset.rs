//! What a reset of somebody's second factors does, whoever asks for it: an administrator or the command line.

use secrecy::SecretString;
use serde_json::{Value, json};
use twinlock_store::{
    recovery,
    users::{self, Account},
};

use crate::{Internal, context::Work, endings, enrollment_proof, factors::all, mail::LetterKind};

/// A reset that was done.
pub(crate) struct Done {
    /// For who has no address: the code that opens the next enrollment.
    pub(crate) enrollment_code: Option<SecretString>,
    /// For the audit log.
    pub(crate) detail: Value,
}

/// Removes the factors and recovery codes of an account that is held, ends what was open for it, and tells the
/// person at every address that counts. The caller records it, commits, and voids the cache.
pub(crate) async fn apply(
    work: &Work<'_>,
    account: &Account,
    by: Option<&Account>,
) -> Result<Done, Internal> {
    let user = account.user.id;
    let removed = account.factors.total();
    all::remove_all(work, user).await?;
    recovery::remove_all(work, user).await?;
    users::clear_failures(work, user).await?;
    let ended = endings::of_change(work, user, None).await?;
    let enrollment_code = enrollment_proof::ask_and_hand_out(work, account).await?;
    let handed_out = enrollment_code.is_some();
    let detail =
        json!({ "factors_removed": removed, "sessions_ended": ended, "code_handed_out": handed_out });
    match by {
        Some(actor) => work.notify_by(actor, account, LetterKind::MfaReset).await?,
        None => work.notify(account, LetterKind::MfaReset).await?,
    }
    Ok(Done { enrollment_code, detail })
}
