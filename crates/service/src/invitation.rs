//! Invitations: a link by mail sets the first password, and goes on as a login.

use secrecy::SecretString;
use twinlock_core::{audit::EventKind, password::PasswordProblem, user::Status};
use twinlock_store::{
    StoreError, Tx,
    links::{self, LinkPurpose},
    users::{self, Account},
};

use crate::{
    App, Client, Internal,
    audit_log::{About, record},
    login::{self, LoginError, Outcome, Target},
    mail::{self, Letter, LetterKind, LinkView, link},
    recover::new_hash,
};

/// Why an invitation was not accepted.
#[derive(Debug, thiserror::Error)]
pub enum InvitationError {
    /// The link is unknown, used or expired, or its account is no longer waiting for it.
    #[error("the link is no longer valid")]
    LinkInvalid,
    /// The password breaks a rule.
    #[error(transparent)]
    Weak(PasswordProblem),
    /// The password would be set, but nobody can sign in with it now.
    #[error(transparent)]
    Login(#[from] LoginError),
    /// Nobody's fault.
    #[error(transparent)]
    Internal(#[from] Internal),
}

impl From<StoreError> for InvitationError {
    fn from(error: StoreError) -> Self {
        Self::Internal(error.into())
    }
}

/// Makes the link of an invited account, and mails it where there is an address; earlier ones die.
/// Answers the full address to open.
pub(crate) async fn issue(tx: &Tx, app: &App, account: &Account) -> Result<String, Internal> {
    let user = &account.user;
    let link = link::issue(tx, app, LinkPurpose::Invitation, Some(user.id), user.email.clone()).await?;
    if let Some(to) = &user.email {
        let kind =
            LetterKind::InvitationLink { link: link.clone(), tenant_name: account.tenant.name.clone() };
        mail::queue(tx, app, Letter::new(to, kind).about(account)).await?;
    }
    Ok(link)
}

/// What the page of an invitation shows; nothing for a dead link. Uses nothing up.
pub async fn peek(app: &App, token: &str) -> Result<Option<LinkView>, Internal> {
    link::view(app, LinkPurpose::Invitation, token).await
}

/// Uses the link up, sets the password, and signs in as far as that goes.
pub async fn accept(
    app: &App,
    client: &Client,
    token: &str,
    password: &SecretString,
    target: Target<'_>,
) -> Result<Outcome, InvitationError> {
    let found = link::peek_account(app, LinkPurpose::Invitation, token).await?;
    let (_, known) = found.filter(|(_, a)| is_waiting(a)).ok_or(InvitationError::LinkInvalid)?;
    let hash = new_hash(app, &known, password).await?.map_err(InvitationError::Weak)?;
    app.transact(|| open(app, client, token, &hash, target)).await
}

async fn open(
    app: &App,
    client: &Client,
    token: &str,
    hash: &str,
    target: Target<'_>,
) -> Result<Outcome, InvitationError> {
    let tx = app.store.begin().await?;
    let consumed = link::consume_account(&tx, app, LinkPurpose::Invitation, token).await?;
    let (_, mut account) = consumed.filter(|(_, a)| is_waiting(a)).ok_or(InvitationError::LinkInvalid)?;
    link::note_browser(&tx, app, client, LinkPurpose::Invitation, token).await?;
    let user = account.user.id;
    users::set_password(&tx, user, hash).await?;
    users::set_status(&tx, &account.user, Status::Active).await?;
    links::revoke_all(&tx, user).await?;
    record(&tx, app, client, EventKind::InvitationAccepted, About::own(&account.user)).await?;
    account.user.status = Status::Active;
    account.user.password_hash = Some(hash.to_owned());
    Ok(login::proceed(tx, app, client, account, target).await?)
}

fn is_waiting(account: &Account) -> bool {
    account.user.status == Status::Invited
}
