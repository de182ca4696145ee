//! Invitations: an account without a password gets its first one through a mailed link.

use secrecy::SecretString;
use twinlock_core::{audit::EventKind, password::PasswordProblem, user::Status};
use twinlock_store::{
    StoreError, Tx,
    links::{self, LinkPurpose},
    users::{self, Account},
};

use crate::{
    App, Client, Internal, account,
    audit_log::{About, record},
    login::{self, LoginError, Outcome, Target},
    mail::{self, Letter, LetterKind, LinkView, link},
    password,
};

/// Why an invitation was not accepted.
#[derive(Debug, thiserror::Error)]
pub enum AcceptError {
    /// The link is unknown, used or expired.
    #[error("the invitation is no longer valid")]
    DeadLink,
    /// The password is not acceptable; the link stays good.
    #[error("{0}")]
    Weak(PasswordProblem),
    /// The sign-in after it was refused.
    #[error(transparent)]
    Login(#[from] LoginError),
    /// Nobody's fault.
    #[error(transparent)]
    Internal(#[from] Internal),
}

impl From<StoreError> for AcceptError {
    fn from(error: StoreError) -> Self {
        Self::Internal(error.into())
    }
}

/// Makes an invitation, mails it where there is an address, and answers the link.
pub(crate) async fn issue(tx: &Tx, app: &App, account: &Account) -> Result<String, Internal> {
    let address = account.user.email.clone();
    let url = link::issue(tx, app, LinkPurpose::Invitation, Some(account.user.id), address.clone()).await?;
    if let Some(address) = address {
        let kind =
            LetterKind::InvitationLink { link: url.clone(), tenant_name: account.tenant.name.clone() };
        mail::queue(tx, app, Letter::new(&address, kind).about(account)).await?;
    }
    Ok(url)
}

/// What the page behind the link shows; uses nothing up.
pub async fn peek(app: &App, token: &str) -> Result<Option<LinkView>, Internal> {
    link::view(app, LinkPurpose::Invitation, token).await
}

/// Sets the first password and goes on as after any right password.
pub async fn accept(
    app: &App,
    client: &Client,
    token: &str,
    password: &SecretString,
    target: Target<'_>,
) -> Result<Outcome, AcceptError> {
    let known = link::peek_account(app, LinkPurpose::Invitation, token).await?;
    let (_, known) = known.ok_or(AcceptError::DeadLink)?;
    let about = account::about(&known);
    let about: Vec<&str> = about.iter().map(String::as_str).collect();
    password::check_new(app, password, &known.tenant, &about).await?.map_err(AcceptError::Weak)?;
    let hash = password::hash(app, password).await?;
    let tx = app.store.begin().await?;
    let found = link::consume_account(&tx, app, LinkPurpose::Invitation, token).await?;
    let (_, mut account) = found.ok_or(AcceptError::DeadLink)?;
    if account.user.status != Status::Invited {
        return Err(AcceptError::DeadLink);
    }
    users::set_password(&tx, account.user.id, &hash).await?;
    users::set_status(&tx, account.user.id, Status::Active).await?;
    links::revoke_all(&tx, account.user.id).await?;
    account.user.status = Status::Active;
    account.user.password_hash = Some(hash);
    record(&tx, app, client, EventKind::InvitationAccepted, About::own(&account.user)).await?;
    Ok(login::proceed(tx, app, client, account, target).await?)
}
