//! Confirming a new address by the link that was sent to it.

use twinlock_core::{audit::EventKind, user::Status};
use twinlock_store::{StoreError, links::LinkPurpose, tenants, users};

use crate::{
    App, Client, Internal, UserView,
    account::change_address,
    audit_log::About,
    context::Work,
    endings,
    mail::{LetterKind, LinkView, link},
};

/// Why an address was not confirmed.
#[derive(Debug, thiserror::Error)]
pub enum ConfirmError {
    /// The link is unknown, used or expired, or the address belongs to somebody else by now.
    #[error("the link is no longer valid")]
    LinkInvalid,
    /// Nobody's fault.
    #[error(transparent)]
    Internal(#[from] Internal),
}

impl From<StoreError> for ConfirmError {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Conflict => Self::LinkInvalid,
            other => Self::Internal(other.into()),
        }
    }
}

/// What the page of an address link shows; nothing for a dead link. Uses nothing up.
pub async fn peek(app: &App, token: &str) -> Result<Option<LinkView>, Internal> {
    link::view(app, LinkPurpose::ConfirmEmail, token).await
}

/// Uses the link up and puts the address into force. For 72 hours the earlier one still counts for
/// proofs and resets, and both are told.
pub async fn confirm(app: &App, client: &Client, token: &str) -> Result<UserView, ConfirmError> {
    app.transact(|| confirm_once(app, client, token)).await
}

async fn confirm_once(app: &App, client: &Client, token: &str) -> Result<UserView, ConfirmError> {
    let (_, known) =
        link::peek_account(app, LinkPurpose::ConfirmEmail, token).await?.ok_or(ConfirmError::LinkInvalid)?;
    let work = Work::begin(app, client).await?;
    // Names of a tenant change one after the other.
    tenants::hold(&work, known.tenant.id).await?;
    let consumed = link::consume_account(&work, LinkPurpose::ConfirmEmail, token).await?;
    let (link, account) = consumed.ok_or(ConfirmError::LinkInvalid)?;
    let address = link.address.filter(|_| account.user.status == Status::Active);
    let address = address.ok_or(ConfirmError::LinkInvalid)?;
    link::note_browser(&work, LinkPurpose::ConfirmEmail, token).await?;
    change_address(&work, &account, &address).await?;
    endings::of_new_address(&work, account.user.id).await?;
    let account = users::hold(&work, account.user.id).await?.ok_or(ConfirmError::LinkInvalid)?;
    work.record(EventKind::EmailConfirmed, About::anonymous(Some(&account.user))).await?;
    work.notify(&account, LetterKind::EmailChanged).await?;
    work.commit().await?;
    Ok(UserView::of(app, &account))
}
