//! A sign-in with a password that somebody else chose: its owner chooses another one, and goes on with that.

use secrecy::SecretString;
use serde_json::json;
use subtle::ConstantTimeEq;
use twinlock_core::{
    audit::EventKind,
    password::{Origin, PasswordProblem},
};
use twinlock_store::{
    links::{self, Link, LinkPurpose},
    users::{self, Account},
};

use super::{LoginError, MustChangePassword, Outcome, Target, browser_hash, proceed};
use crate::{
    App, Client, Internal,
    audit_log::About,
    context::Work,
    endings,
    mail::{LetterKind, link},
    password,
    recover::{may_sign_in, new_hash},
    tokens,
};

/// So long the new password can be chosen, in seconds.
const WAIT_SECS: i64 = 600;
const KIND: &str = "password change";

/// Why the password was not changed.
#[derive(Debug, thiserror::Error)]
pub enum ChangeError {
    /// The sign-in that waits is unknown, used, expired, another browser's, or its account can no longer sign in so.
    #[error("the sign-in has expired")]
    TokenInvalid,
    /// The new password breaks a rule.
    #[error(transparent)]
    Weak(PasswordProblem),
    /// The new password is the one that was given.
    #[error("Choose another password than the one you were given.")]
    Same,
    /// The password is changed, but nobody can sign in with it now.
    #[error(transparent)]
    Login(#[from] LoginError),
    /// Nobody's fault.
    #[error(transparent)]
    Internal(#[from] Internal),
}

crate::password::weak_passwords_are_told!(ChangeError);

store_faults_are_internal!(ChangeError);

/// What the page of the change shows.
#[derive(Debug, Clone)]
pub struct ChangeView {
    /// User name of the account.
    pub username: String,
    /// The fewest characters a new password needs.
    pub password_min_length: usize,
}

/// Has the login wait for another password. Commits.
pub(super) async fn wait(
    work: Work<'_>,
    account: Account,
    target: Target<'_>,
) -> Result<Outcome, LoginError> {
    let now = work.now;
    let (token, tag) = tokens::new(work.app, KIND)?;
    let browser_hash = target.browser.map(|secret| browser_hash(work.app, secret)).transpose()?;
    let expires_at = now.plus_secs(WAIT_SECS);
    let link = Link {
        user_id: Some(account.user.id),
        address: None,
        expires_at,
        used_at: None,
        used_by: None,
        browser_hash,
    };
    links::issue(&work, LinkPurpose::PasswordChange, &tag, &link, now).await?;
    let about = About::anonymous(Some(&account.user)).with(json!({ "must_change": true }));
    work.record(EventKind::SignInPasswordAccepted, about).await?;
    work.commit().await?;
    Ok(Outcome::MustChangePassword(MustChangePassword { token, expires_at }))
}

/// Looks at a change that waits without using it.
pub async fn peek(app: &App, token: &str, target: Target<'_>) -> Result<Option<ChangeView>, Internal> {
    Ok(find(app, token, target).await?.map(|account| ChangeView {
        username: account.user.username,
        password_min_length: account.tenant.settings.password_min_length,
    }))
}

/// The account of a change that waits in this browser, or in the API.
async fn find(app: &App, token: &str, target: Target<'_>) -> Result<Option<Account>, Internal> {
    let Some((link, account)) = link::peek_account(app, LinkPurpose::PasswordChange, token).await? else {
        return Ok(None);
    };
    Ok(is_usable(app, &link, &account, target)?.then_some(account))
}

/// One that began on a page belongs to that browser; one that began in the API to whoever holds its token.
fn is_usable(app: &App, link: &Link, account: &Account, target: Target<'_>) -> Result<bool, Internal> {
    let presented = target.browser.map(|secret| browser_hash(app, secret)).transpose()?;
    let same: bool = match (&link.browser_hash, &presented) {
        (Some(bound), Some(presented)) => bound.ct_eq(presented).into(),
        (None, None) => true,
        _ => false,
    };
    let given = Origin::of(account.user.password_given_at, app.now()) == Origin::Given;
    Ok(same && given && may_sign_in(account))
}

/// Uses the waiting sign-in up, sets the password, ends whatever else was open, and goes on as a sign-in with it.
pub async fn change_password(
    app: &App,
    client: &Client,
    token: &str,
    new_password: &SecretString,
    target: Target<'_>,
) -> Result<Outcome, ChangeError> {
    let known = find(app, token, target).await?.ok_or(ChangeError::TokenInvalid)?;
    let given = known.user.password_hash.clone();
    let hash = new_hash(app, &known, new_password).await?;
    if password::verify(app, new_password, given.as_deref()).await?.right {
        return Err(ChangeError::Same);
    }
    let chosen = Chosen { given, hash };
    app.transact(|| choose(app, client, token, &chosen, target)).await
}

/// The password that was given, and the one that takes its place, both as hashes.
struct Chosen {
    given: Option<String>,
    hash: String,
}

async fn choose(
    app: &App,
    client: &Client,
    token: &str,
    chosen: &Chosen,
    target: Target<'_>,
) -> Result<Outcome, ChangeError> {
    let work = Work::begin(app, client).await?;
    let consumed = link::consume_account(&work, LinkPurpose::PasswordChange, token).await?;
    let (link, mut account) = consumed.ok_or(ChangeError::TokenInvalid)?;
    let unchanged = match (&chosen.given, &account.user.password_hash) {
        (Some(known), Some(held)) => password::is_same(known, held),
        _ => false,
    };
    if !unchanged || !is_usable(app, &link, &account, target)? {
        return Err(ChangeError::TokenInvalid);
    }
    link::note_browser(&work, LinkPurpose::PasswordChange, token).await?;
    let user = account.user.id;
    users::set_password(&work, user, &chosen.hash).await?;
    endings::of_change(&work, user, None).await?;
    work.record(EventKind::PasswordChanged, About::own(&account.user)).await?;
    work.notify(&account, LetterKind::PasswordChanged).await?;
    account.user.password_hash = Some(chosen.hash.clone());
    account.user.password_given_at = None;
    Ok(proceed(work, account, target).await?)
}
