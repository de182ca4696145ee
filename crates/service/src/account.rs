//! A person's own account: password and profile.

use secrecy::SecretString;
use twinlock_core::{
    audit::EventKind,
    name::{NameError, NameKey, validate_display_name, validate_email},
    password::PasswordProblem,
};
use twinlock_store::{
    StoreError, Tx,
    links::{self, LinkPurpose},
    users::{self, Account},
};

use crate::{
    App, Client, Internal, Issued, UserView,
    audit_log::{About, record},
    email,
    guard::{self, Act, StepUpRequired},
    mail::{LetterKind, notify},
    mail_code, password,
    password_check::{self, Checked},
    sessions::{self, Caller},
};

/// Why the account was not changed.
#[derive(Debug, thiserror::Error)]
pub enum AccountError {
    /// A fresh proof is needed first.
    #[error(transparent)]
    StepUp(#[from] StepUpRequired),
    /// A code by mail is needed as well: the last proof was a recovery code.
    #[error("a code sent by mail is needed")]
    MailCodeRequired,
    /// That code is wrong, used or expired.
    #[error("the code sent by mail was not accepted")]
    InvalidMailCode,
    /// The current password is wrong.
    #[error("wrong password")]
    InvalidCredentials,
    /// The current password is missing.
    #[error("the current password is needed")]
    PasswordMissing,
    /// Too many failures: wait this many seconds.
    #[error("too many attempts")]
    TooMany(i64),
    /// The new password is not acceptable.
    #[error("{0}")]
    Weak(PasswordProblem),
    /// The display name is not acceptable.
    #[error("{0}")]
    BadDisplayName(NameError),
    /// The address is not acceptable.
    #[error("{0}")]
    BadEmail(NameError),
    /// The session ended meanwhile.
    #[error("the session has ended")]
    Ended,
    /// Nobody's fault.
    #[error(transparent)]
    Internal(#[from] Internal),
}

impl From<StoreError> for AccountError {
    fn from(error: StoreError) -> Self {
        Self::Internal(error.into())
    }
}

/// A change of password.
pub struct ChangePassword {
    /// The password that counts now.
    pub current_password: SecretString,
    /// The one that shall count.
    pub new_password: SecretString,
    /// A code sent by mail, where one is needed.
    pub mail_code: Option<String>,
}

/// Changes the password: other sessions, half-finished logins and reset links end.
pub async fn change_password(
    app: &App,
    client: &Client,
    caller: &Caller,
    change: ChangePassword,
) -> Result<Issued, AccountError> {
    let known = &caller.live.account;
    guard::require(known, &caller.live.proofs, Act::Account, app.now())?;
    needs_mail_code(app, known, change.mail_code.as_deref())?;
    let checked = check_current(app, client, known, &change.current_password).await?;
    if checked.right {
        let about = about(known);
        let about: Vec<&str> = about.iter().map(String::as_str).collect();
        password::check_new(app, &change.new_password, &known.tenant, &about)
            .await?
            .map_err(AccountError::Weak)?;
    }
    let hash = password::hash(app, &change.new_password).await?;
    let (tx, account) = begin(app, client, caller, Some(&checked)).await?;
    let tx = spend_mail_code(tx, app, &account, change.mail_code.as_deref()).await?;
    users::set_password(&tx, account.user.id, &hash).await?;
    links::revoke(&tx, LinkPurpose::PasswordReset, Some(account.user.id)).await?;
    sessions::end_others(&tx, app, account.user.id, Some(caller.live.session.id)).await?;
    let issued = sessions::renew(&tx, app, caller, caller.live.proofs.clone()).await?;
    record(&tx, app, client, EventKind::PasswordChanged, About::own(&account.user)).await?;
    notify(&tx, app, Some(client), &account, LetterKind::PasswordChanged).await?;
    tx.commit().await?;
    app.cache.changed();
    Ok(issued)
}

/// What a password must not repeat.
pub(crate) fn about(account: &Account) -> Vec<String> {
    let user = &account.user;
    [Some(user.username.clone()), user.email.clone(), Some(user.display_name.clone())]
        .into_iter()
        .flatten()
        .collect()
}

/// Changes of the profile; what is absent stays.
#[derive(Default)]
pub struct ProfileChange {
    /// Name for people.
    pub display_name: Option<String>,
    /// A new address: counts once confirmed by its link.
    pub email: Option<String>,
    /// Needed for a new address where no second factor is enrolled.
    pub current_password: Option<SecretString>,
    /// A code sent by mail, where one is needed.
    pub mail_code: Option<String>,
}

/// The profile after a change.
#[derive(Debug)]
pub struct Profile {
    /// The person.
    pub user: UserView,
    /// An address that waits for its confirmation.
    pub pending_email: Option<String>,
}

/// The caller's profile.
pub async fn profile(app: &App, caller: &Caller) -> Result<Profile, Internal> {
    let account = &caller.live.account;
    let pending_email = email::pending(app, account.user.id).await?;
    Ok(Profile { user: UserView::of(app, account), pending_email })
}

/// Changes the profile, all of it or nothing.
pub async fn update_profile(
    app: &App,
    client: &Client,
    caller: &Caller,
    change: ProfileChange,
) -> Result<Profile, AccountError> {
    let known = &caller.live.account;
    let display_name = change
        .display_name
        .as_deref()
        .map(validate_display_name)
        .transpose()
        .map_err(AccountError::BadDisplayName)?;
    let new_email = change.email.as_deref().map(validate_email).transpose().map_err(AccountError::BadEmail)?;
    let new_email = new_email.filter(|email| Some(email) != known.user.email.as_ref());
    let checked = match &new_email {
        Some(_) => may_change_email(app, client, caller, &change).await?,
        None => None,
    };
    let (mut tx, account) = begin(app, client, caller, checked.as_ref()).await?;
    if let Some(address) = &new_email {
        guard::require(&account, &caller.live.proofs, Act::Account, app.now())?;
        tx = spend_mail_code(tx, app, &account, change.mail_code.as_deref()).await?;
        email::request(&tx, app, client, &account, address).await?;
    }
    if let Some(name) = &display_name {
        users::set_display_name(&tx, account.user.id, name).await?;
        record(&tx, app, client, EventKind::ProfileChanged, About::own(&account.user)).await?;
    }
    tx.commit().await?;
    app.cache.changed();
    let mut user = UserView::of(app, &account);
    user.display_name = display_name.unwrap_or(user.display_name);
    let pending_email = email::pending(app, account.user.id).await?;
    Ok(Profile { user, pending_email })
}

/// A new address needs a factor where there is one, else the password.
async fn may_change_email(
    app: &App,
    client: &Client,
    caller: &Caller,
    change: &ProfileChange,
) -> Result<Option<Checked>, AccountError> {
    let known = &caller.live.account;
    guard::require(known, &caller.live.proofs, Act::Account, app.now())?;
    needs_mail_code(app, known, change.mail_code.as_deref())?;
    if known.factors.apps > 0 {
        return Ok(None);
    }
    let password = change.current_password.as_ref().ok_or(AccountError::PasswordMissing)?;
    Ok(Some(check_current(app, client, known, password).await?))
}

async fn check_current(
    app: &App,
    client: &Client,
    account: &Account,
    password: &SecretString,
) -> Result<Checked, AccountError> {
    let name = NameKey::of(&account.user.username).map(|key| key.as_str().to_owned()).unwrap_or_default();
    let checked = password_check::check(app, client, Some(account), &name, password).await?;
    checked.map_err(|wait| AccountError::TooMany(wait.0))
}

/// Opens the transaction of a change: account held, session open, and the password that was checked
/// is still the one that counts.
async fn begin(
    app: &App,
    client: &Client,
    caller: &Caller,
    checked: Option<&Checked>,
) -> Result<(Tx, Account), AccountError> {
    let now = app.now();
    let tx = app.store.begin().await?;
    let held = match checked {
        Some(checked) => Some(checked.hold(&tx, now).await?.map_err(|wait| AccountError::TooMany(wait.0))?),
        None => None,
    };
    let account = sessions::hold_own(&tx, caller).await?.ok_or(AccountError::Ended)?;
    if let (Some(checked), Some(held)) = (checked, held) {
        if !checked.right || account.user.password_hash != checked.against {
            held.failed(&tx, now).await?;
            record(&tx, app, client, EventKind::StepUpRefused, About::own(&account.user)).await?;
            tx.commit().await?;
            return Err(AccountError::InvalidCredentials);
        }
        held.succeeded(&tx).await?;
        guard::require(&account, &caller.live.proofs, Act::Account, now)?;
    }
    Ok((tx, account))
}

fn is_limited(app: &App, account: &Account) -> bool {
    account.user.limited_until.is_some_and(|until| app.now() < until)
}

fn needs_mail_code(app: &App, account: &Account, code: Option<&str>) -> Result<(), AccountError> {
    if is_limited(app, account) && code.is_none() { Err(AccountError::MailCodeRequired) } else { Ok(()) }
}

/// Uses up the mailed code where one is needed. A wrong one is a failure that must last, so it is
/// committed at once, and the change goes no further.
async fn spend_mail_code(
    tx: Tx,
    app: &App,
    account: &Account,
    code: Option<&str>,
) -> Result<Tx, AccountError> {
    if !is_limited(app, account) {
        return Ok(tx);
    }
    let code = code.ok_or(AccountError::MailCodeRequired)?;
    if mail_code::consume(&tx, app, account, code).await? {
        return Ok(tx);
    }
    tx.commit().await?;
    Err(AccountError::InvalidMailCode)
}
