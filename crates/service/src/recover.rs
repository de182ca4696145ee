//! A forgotten password: a link by mail sets a new one. It gives no session and touches no factor.

use std::sync::Arc;

use secrecy::SecretString;
use twinlock_core::{
    audit::EventKind,
    name::{NameKey, validate_slug},
    password::PasswordProblem,
    user::Status,
};
use twinlock_store::{
    StoreError,
    links::{self, LinkPurpose},
    users,
};

use crate::{
    App, Client, Internal, account,
    audit_log::{About, record},
    mail::{self, Letter, LetterKind, LinkView, link, notify},
    password, sessions,
};

/// At most one mail in this time, in seconds.
const QUIET_SECS: i64 = 60;
/// A mailed link lives this long, in seconds (to know when the last one was sent).
const LINK_SECS: i64 = 24 * 3600;

/// Why the password was not reset.
#[derive(Debug, thiserror::Error)]
pub enum ResetError {
    /// The link is unknown, used or expired.
    #[error("the link is no longer valid")]
    DeadLink,
    /// The new password is not acceptable; the link stays good.
    #[error("{0}")]
    Weak(PasswordProblem),
    /// Nobody's fault.
    #[error(transparent)]
    Internal(#[from] Internal),
}

impl From<StoreError> for ResetError {
    fn from(error: StoreError) -> Self {
        Self::Internal(error.into())
    }
}

/// Asks for a link. The work happens afterwards, so that the answer tells nothing, not even by time.
pub fn request(app: &Arc<App>, client: Client, tenant: String, email: String) {
    let app = Arc::clone(app);
    app.background.clone().spawn(async move {
        if let Err(error) = send(&app, &client, &tenant, &email).await {
            tracing::error!(%error, "a password reset could not be sent");
        }
    });
}

async fn send(app: &App, client: &Client, tenant: &str, email: &str) -> Result<(), Internal> {
    let (Ok(slug), Some(name)) = (validate_slug(tenant), NameKey::of(email)) else { return Ok(()) };
    let Some(found) = users::by_login(&app.store, &slug, &name).await? else { return Ok(()) };
    let now = app.now();
    let tx = app.store.begin().await?;
    let Some(account) = users::hold(&tx, found.user.id).await? else { return Ok(()) };
    let open = account.user.status == Status::Active && account.tenant.suspended_at.is_none();
    let by_address = account.user.email.as_deref().and_then(NameKey::of).is_some_and(|key| key == name);
    let last = links::open_of_user(&tx, LinkPurpose::PasswordReset, account.user.id, now).await?;
    let quiet = last.is_some_and(|link| now.secs_since(link.expires_at.plus_secs(-LINK_SECS)) < QUIET_SECS);
    let Some(address) = mail::proof_address(&account.user, now) else { return Ok(()) };
    if !open || !by_address || quiet {
        return Ok(());
    }
    let url = link::issue(&tx, app, LinkPurpose::PasswordReset, Some(account.user.id), Some(address.to_owned()))
        .await?;
    let letter = Letter::new(address, LetterKind::PasswordResetLink { link: url }).about(&account);
    mail::queue(&tx, app, letter).await?;
    record(&tx, app, client, EventKind::PasswordResetRequested, About::anonymous(Some(&account.user))).await?;
    Ok(tx.commit().await?)
}

/// What the page behind the link shows; uses nothing up.
pub async fn peek(app: &App, token: &str) -> Result<Option<LinkView>, Internal> {
    link::view(app, LinkPurpose::PasswordReset, token).await
}

/// Sets the new password and ends all sessions.
pub async fn confirm(
    app: &App,
    client: &Client,
    token: &str,
    new_password: &SecretString,
) -> Result<(), ResetError> {
    let known = link::peek_account(app, LinkPurpose::PasswordReset, token).await?;
    let (_, known) = known.ok_or(ResetError::DeadLink)?;
    let about = account::about(&known);
    let about: Vec<&str> = about.iter().map(String::as_str).collect();
    password::check_new(app, new_password, &known.tenant, &about).await?.map_err(ResetError::Weak)?;
    let hash = password::hash(app, new_password).await?;
    let tx = app.store.begin().await?;
    let found = link::consume_account(&tx, app, LinkPurpose::PasswordReset, token).await?;
    let (_, account) = found.ok_or(ResetError::DeadLink)?;
    if account.user.status == Status::Invited {
        return Err(ResetError::DeadLink);
    }
    users::set_password(&tx, account.user.id, &hash).await?;
    links::revoke_all(&tx, account.user.id).await?;
    sessions::end_others(&tx, app, account.user.id, None).await?;
    record(&tx, app, client, EventKind::PasswordReset, About::anonymous(Some(&account.user))).await?;
    notify(&tx, app, Some(client), &account, LetterKind::PasswordChanged).await?;
    tx.commit().await?;
    app.cache.changed();
    Ok(())
}
