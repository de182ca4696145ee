//! A new address counts once the link sent to it was used. Both addresses are told.

use twinlock_core::{audit::EventKind, ids::UserId};
use twinlock_store::{
    StoreError, Tx,
    links::{self, LinkPurpose},
    users::{self, Account},
};

use crate::{
    App, Client, Internal,
    audit_log::{About, record},
    mail::{self, Letter, LetterKind, LinkView, link, notify},
};

/// Why an address was not confirmed.
#[derive(Debug, thiserror::Error)]
pub enum ConfirmError {
    /// The link is unknown, used, expired, or its address belongs to somebody by now.
    #[error("the link is no longer valid")]
    DeadLink,
    /// Nobody's fault.
    #[error(transparent)]
    Internal(#[from] Internal),
}

impl From<StoreError> for ConfirmError {
    fn from(error: StoreError) -> Self {
        Self::Internal(error.into())
    }
}

/// Sends the link. An address that somebody else has gets none: from outside it looks the same.
pub(crate) async fn request(
    tx: &Tx,
    app: &App,
    client: &Client,
    account: &Account,
    address: &str,
) -> Result<(), Internal> {
    record(tx, app, client, EventKind::EmailChangeRequested, About::own(&account.user)).await?;
    let url =
        link::issue(tx, app, LinkPurpose::ConfirmEmail, Some(account.user.id), Some(address.to_owned())).await?;
    if users::is_free(tx, account, address).await? {
        mail::queue(tx, app, Letter::new(address, LetterKind::ConfirmEmail { link: url }).about(account)).await?;
    }
    notify(tx, app, Some(client), account, LetterKind::EmailChanging { new_masked: masked(address) }).await
}

/// The address that waits for its confirmation, if any.
pub(crate) async fn pending(app: &App, user: UserId) -> Result<Option<String>, Internal> {
    let found = links::open_of_user(&app.store, LinkPurpose::ConfirmEmail, user, app.now()).await?;
    Ok(found.and_then(|link| link.address))
}

/// What the page behind the link shows; uses nothing up.
pub async fn peek(app: &App, token: &str) -> Result<Option<LinkView>, Internal> {
    link::view(app, LinkPurpose::ConfirmEmail, token).await
}

/// Makes the address count; answers it.
pub async fn confirm(app: &App, client: &Client, token: &str) -> Result<String, ConfirmError> {
    let tx = app.store.begin().await?;
    let found = link::consume_account(&tx, app, LinkPurpose::ConfirmEmail, token).await?;
    let Some((link, account)) = found else { return Err(ConfirmError::DeadLink) };
    let address = link.address.ok_or(ConfirmError::DeadLink)?;
    match users::change_email(&tx, &account.user, &address, app.now()).await {
        Ok(()) => {}
        // Somebody took the address meanwhile; nothing of this transaction is kept.
        Err(StoreError::Conflict) => return Err(ConfirmError::DeadLink),
        Err(error) => return Err(error.into()),
    }
    links::revoke(&tx, LinkPurpose::PasswordReset, Some(account.user.id)).await?;
    record(&tx, app, client, EventKind::EmailConfirmed, About::anonymous(Some(&account.user))).await?;
    let changed = users::account(&tx, account.user.id).await?.ok_or(ConfirmError::DeadLink)?;
    notify(&tx, app, Some(client), &changed, LetterKind::EmailChanged).await?;
    tx.commit().await?;
    app.cache.changed();
    Ok(address)
}

/// Enough to recognise one's own address by: `m…@demo.example`.
fn masked(address: &str) -> String {
    let (local, domain) = address.split_once('@').unwrap_or((address, ""));
    let first: String = local.chars().take(1).collect();
    format!("{first}…@{domain}")
}
