//! One's own account: the password, the display name, the address.

mod address;
mod own_password;
mod profile;

use secrecy::SecretString;
use twinlock_core::{
    assurance::{Method, Proof},
    audit::EventKind,
    clock::Timestamp,
    password::PasswordProblem,
};
use twinlock_store::{
    mail_codes::CodePurpose,
    users::{self, Account},
};

use crate::{
    App, Caller, Client, Internal, Issued,
    audit_log::About,
    context::Work,
    endings,
    guard::{self, Act, StepUpRequired},
    mail::LetterKind,
    mail_code,
    password_check::NotCompared,
    recover::new_hash,
    sessions,
};

pub(crate) use address::change_address;
use own_password::OwnPassword;
pub(crate) use profile::{NewAddress, ask_new_address, masked};
pub use profile::{Profile, ProfileChange, ProfileError, profile, update_profile};

/// A person's wish for a new password.
pub struct ChangePassword {
    /// The password so far.
    pub current_password: SecretString,
    /// The new one.
    pub new_password: SecretString,
    /// A code from the mailbox on file, where one is asked for.
    pub mail_code: Option<String>,
}

/// Why the password was not changed.
#[derive(Debug, thiserror::Error)]
pub enum ChangePasswordError {
    /// A fresh proof of a second factor is missing.
    #[error(transparent)]
    StepUp(#[from] StepUpRequired),
    /// A code mailed to the address on file is needed as well.
    #[error(transparent)]
    MailCode(#[from] MailCodeMissing),
    /// The current password is wrong.
    #[error("wrong password")]
    InvalidCredentials,
    /// Too many failures: wait this many seconds.
    #[error("too many attempts")]
    TooMany(i64),
    /// The new password breaks a rule.
    #[error(transparent)]
    Weak(PasswordProblem),
    /// The session ended meanwhile.
    #[error("the session has ended")]
    Ended,
    /// Nobody's fault.
    #[error(transparent)]
    Internal(#[from] Internal),
}

crate::password::weak_passwords_are_told!(ChangePasswordError);

store_faults_are_internal!(ChangePasswordError);

impl From<NotCompared> for ChangePasswordError {
    fn from(error: NotCompared) -> Self {
        match error {
            NotCompared::Wait(seconds) => Self::TooMany(seconds),
            NotCompared::Internal(error) => error.into(),
        }
    }
}

/// Changes the caller's password. The session goes on with a fresh token; everything else that was
/// open for this person ends.
pub async fn change_password(
    app: &App,
    client: &Client,
    caller: &Caller,
    change: ChangePassword,
) -> Result<Issued, ChangePasswordError> {
    let known = &caller.live.account;
    guard::require(app, known, &caller.live.proofs, Act::Account)?;
    require_mail_code(known, change.mail_code.as_deref(), app.now())?;
    let own = OwnPassword::check(app, client, caller, &change.current_password).await?;
    if !own.is_right() {
        own.refuse(app, client, caller).await?;
        return Err(ChangePasswordError::InvalidCredentials);
    }
    let hash = new_hash(app, known, &change.new_password).await?;
    let new = NewPassword { own, hash, mail_code: change.mail_code };
    app.transact(|| apply(app, client, caller, &new)).await
}

/// A password that may take the place of the caller's.
struct NewPassword {
    own: OwnPassword,
    hash: String,
    mail_code: Option<String>,
}

/// The transaction: everything is asked again of the account as it is now.
async fn apply(
    app: &App,
    client: &Client,
    caller: &Caller,
    new: &NewPassword,
) -> Result<Issued, ChangePasswordError> {
    let NewPassword { own, hash, mail_code } = new;
    let now = app.now();
    let work = Work::begin(app, client).await?;
    own.confirm(&work, caller).await?;
    let account = sessions::hold_own(&work, caller).await?.ok_or(ChangePasswordError::Ended)?;
    guard::require(app, &account, &caller.live.proofs, Act::Account)?;
    if !own.is_still(&account) {
        return Err(ChangePasswordError::InvalidCredentials);
    }
    if let Some(missing) = use_mail_code(&work, &account, mail_code.as_deref()).await? {
        return Err(work.refuse(missing.into()).await);
    }
    let user = account.user.id;
    users::set_password(&work, user, hash).await?;
    let ended = endings::of_change(&work, user, Some(caller.live.session.id)).await?;
    let proofs = caller.live.proofs.with(Proof::new(Method::Password, now));
    let issued = sessions::renew(&work, caller, proofs).await?;
    let detail = serde_json::json!({ "sessions_ended": ended });
    work.record(EventKind::PasswordChanged, About::own(&account.user).with(detail)).await?;
    work.notify(&account, LetterKind::PasswordChanged).await?;
    work.commit().await?;
    Ok(issued)
}

/// What is missing while an account is limited (a factor was enrolled or removed on the word of a
/// recovery code less than a day ago).
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum MailCodeMissing {
    /// A code must be sent to the address on file, and shown.
    #[error("a code sent by mail is needed")]
    NotGiven,
    /// The one shown is wrong, used or expired.
    #[error("the code sent by mail was not accepted")]
    Wrong,
}

fn is_limited(account: &Account, now: Timestamp) -> bool {
    account.user.limited_until.is_some_and(|until| now < until)
}

fn require_mail_code(account: &Account, code: Option<&str>, now: Timestamp) -> Result<(), MailCodeMissing> {
    let given = code.is_some_and(|code| !code.trim().is_empty());
    if is_limited(account, now) && !given { Err(MailCodeMissing::NotGiven) } else { Ok(()) }
}

/// Uses up the mailed code where one is needed; answers what is missing. A wrong try must be committed.
async fn use_mail_code(
    work: &Work<'_>,
    account: &Account,
    code: Option<&str>,
) -> Result<Option<MailCodeMissing>, Internal> {
    let now = work.now;
    if let Err(missing) = require_mail_code(account, code, now) {
        return Ok(Some(missing));
    }
    let accepted = match code {
        Some(code) if is_limited(account, now) => {
            mail_code::consume(work, account, CodePurpose::Change, code).await?
        }
        _ => true,
    };
    Ok((!accepted).then_some(MailCodeMissing::Wrong))
}
