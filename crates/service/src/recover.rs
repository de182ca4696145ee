//! A forgotten password: a link by mail sets a new one. It opens no session and touches no factor.

use std::sync::Arc;

use secrecy::SecretString;
use twinlock_core::{audit::EventKind, login_name::LoginName, password::PasswordProblem, user::Status};
use twinlock_store::{
    links::{self, LinkPurpose},
    users::{self, Account},
};

use crate::{
    App, Client, Internal,
    audit_log::About,
    context::Work,
    endings,
    junk::{Door, knock},
    mail::{self, Class, Letter, LetterKind, LinkView, Postage, Unsent, When, link, proof_address},
    password::{self, NewPasswordError},
    password_check,
};

/// Seconds between two reset mails to one account.
const BETWEEN_MAILS_SECS: i64 = 60;
/// Reset mails to one account within an hour. Whoever gets no more has links that still work.
const MAILS_AN_HOUR: usize = 3;

/// Why no new password was set.
#[derive(Debug, thiserror::Error)]
pub enum ResetError {
    /// The link is unknown, used, expired, or its account cannot sign in.
    #[error("the link is no longer valid")]
    LinkInvalid,
    /// The new password breaks a rule.
    #[error(transparent)]
    Weak(PasswordProblem),
    /// Nobody's fault.
    #[error(transparent)]
    Internal(#[from] Internal),
}

crate::password::weak_passwords_are_told!(ResetError);

store_faults_are_internal!(ResetError);

/// Requests that may wait to be worked on. Nobody signs in for one, so there must be an end.
const MAX_WAITING: usize = 64;

/// Whether one more request may come from this network; answers the seconds to wait otherwise. Who is asked for plays no
/// part in it.
pub fn may_ask(app: &App, client: &Client) -> Option<i64> {
    knock(app, client, Door::Reset)
}

/// Sends a link to the address on file, if there is such an account. Answers at once and always the
/// same: the work is done in the background.
pub fn request(app: &Arc<App>, client: &Client, tenant: &str, email: &str) {
    if app.background.len() >= MAX_WAITING {
        tracing::warn!("too many password resets are waiting; one is dropped");
        metrics::counter!("twinlock_password_resets_dropped_total").increment(1);
        return;
    }
    let (worker, client) = (Arc::clone(app), client.clone());
    let (tenant, email) = (tenant.to_owned(), email.to_owned());
    app.background.spawn(async move {
        if let Err(error) = worker.transact(|| send(&worker, &client, &tenant, &email)).await {
            tracing::error!(%error, "a reset link was not sent");
        }
    });
}

async fn send(app: &App, client: &Client, tenant: &str, email: &str) -> Result<(), Internal> {
    let name = LoginName::of(tenant, email);
    let (Some(slug), Some(key)) = (name.slug(), name.key()) else { return Ok(()) };
    // For a while after a change the person may know, or reach, only the earlier address.
    let found = users::by_reset_name(&app.store, slug, key, app.now()).await?;
    let Some(found) = found else { return Ok(()) };
    let work = Work::begin(app, client).await?;
    let Some(account) = users::hold(&work, found.user.id).await? else { return Ok(()) };
    let now = app.now();
    let Some(to) = proof_address(&account.user, now).filter(|_| may_sign_in(&account)) else { return Ok(()) };
    if !may_send(&work, &account).await? {
        return Ok(());
    }
    let postage = Postage { to, class: Class::Reset, about: &account, by: None, when: When::Now };
    let slot = match mail::pay(&work, &postage).await {
        Ok(slot) => slot,
        // Links that were mailed lately still work.
        Err(Unsent::TooMany(_)) => return Ok(()),
        Err(Unsent::Internal(error)) => return Err(error),
    };
    let link =
        link::issue(&work, LinkPurpose::PasswordReset, Some(account.user.id), Some(to.to_owned())).await?;
    let letter = Letter::new(to, LetterKind::PasswordResetLink { link }).about(&account);
    mail::queue(&work, letter, slot).await?;
    let about = About::anonymous(Some(&account.user));
    work.record(EventKind::PasswordResetRequested, about).await?;
    Ok(work.commit().await?)
}

/// Whether the last mails to this account, whose row is held, are few and long ago enough.
async fn may_send(work: &Work<'_>, account: &Account) -> Result<bool, Internal> {
    let (now, user) = (work.now, account.user.id);
    let mut sent = links::made_after(work, LinkPurpose::PasswordReset, user, now.plus_secs(-3600)).await?;
    // One of the future is left from before the clock was corrected, and keeps nobody waiting.
    sent.retain(|at| *at <= now);
    let pause_over = sent.first().is_none_or(|last| now.secs_since(*last) >= BETWEEN_MAILS_SECS);
    Ok(pause_over && sent.len() < MAILS_AN_HOUR)
}

/// What the page of a reset link shows; nothing for a dead link. Uses nothing up.
pub async fn peek(app: &App, token: &str) -> Result<Option<LinkView>, Internal> {
    link::view(app, LinkPurpose::PasswordReset, token).await
}

/// Uses the link up and sets the password. All sessions and half-finished logins of the account end,
/// and all its other links; its second factor is asked for at the next sign-in as ever.
pub async fn confirm(
    app: &App,
    client: &Client,
    token: &str,
    new_password: &SecretString,
) -> Result<(), ResetError> {
    let found = link::peek_account(app, LinkPurpose::PasswordReset, token).await?;
    let (_, known) = found.filter(|(_, a)| may_sign_in(a)).ok_or(ResetError::LinkInvalid)?;
    let hash = new_hash(app, &known, new_password).await?;
    app.transact(|| set(app, client, token, &known, &hash)).await
}

async fn set(app: &App, client: &Client, token: &str, known: &Account, hash: &str) -> Result<(), ResetError> {
    let user = known.user.id;
    let work = Work::begin(app, client).await?;
    // Whoever reads the mailbox need not wait for what they, or a stranger, typed before. Counters come
    // before the account, as at sign-in.
    password_check::forget(&work, known).await?;
    let consumed = link::consume_account(&work, LinkPurpose::PasswordReset, token).await?;
    let (_, account) = consumed.filter(|(_, a)| may_sign_in(a)).ok_or(ResetError::LinkInvalid)?;
    link::note_browser(&work, LinkPurpose::PasswordReset, token).await?;
    users::set_password(&work, user, hash).await?;
    endings::of_change(&work, user, None).await?;
    work.record(EventKind::PasswordReset, About::anonymous(Some(&account.user))).await?;
    work.notify(&account, LetterKind::PasswordChanged).await?;
    work.commit().await?;
    Ok(())
}

/// Whether the account and its tenant are open.
pub(crate) fn may_sign_in(account: &Account) -> bool {
    account.user.status == Status::Active && account.tenant.suspended_at.is_none()
}

/// Checks a new password against the rules and hashes it.
pub(crate) async fn new_hash(
    app: &App,
    account: &Account,
    new_password: &SecretString,
) -> Result<String, NewPasswordError> {
    let user = &account.user;
    let about = [user.username.as_str(), user.email.as_deref().unwrap_or_default(), &user.display_name];
    password::check_new(app, new_password, &account.tenant, &about).await?;
    Ok(password::hash(app, new_password).await?)
}
