//! Invitations: a link by mail sets the first password, and goes on as a login.

use secrecy::SecretString;
use twinlock_core::{
    audit::EventKind, clock::Timestamp, ids::UserId, password::PasswordProblem, user::Status,
};
use twinlock_store::{
    links::{Link, LinkPurpose},
    users::{self, Account},
};

use crate::{
    App, Client, Internal,
    audit_log::About,
    context::Work,
    endings,
    login::{self, LoginError, Outcome, Target},
    mail::{self, Class, Letter, LetterKind, LinkView, Postage, Unsent, When, link},
    recover::new_hash,
};

const DAY_SECS: i64 = 86_400;

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

crate::password::weak_passwords_are_told!(InvitationError);

store_faults_are_internal!(InvitationError);

/// How an invitation is sent.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Sending {
    /// The administrator who invites; none for the command line and operators.
    pub(crate) by: Option<UserId>,
    /// Whether somebody waits for it.
    pub(crate) when: When,
}

impl Sending {
    /// At the wish of who runs the server.
    pub(crate) const BY_OPERATOR: Self = Self { by: None, when: When::Later { bulk: false } };
}

/// An invitation that was made.
pub(crate) struct Issued {
    /// The full address to open.
    pub(crate) link: String,
    /// When the mail leaves, where there is an address.
    pub(crate) leaves_at: Option<Timestamp>,
}

/// Makes the link of an invited account, and mails it where there is an address and room in the budgets; earlier ones
/// die. It lives as long as the tenant says, from the moment at which the mail can leave.
pub(crate) async fn issue(work: &Work<'_>, account: &Account, sending: Sending) -> Result<Issued, Unsent> {
    let Account { user, tenant, .. } = account;
    let slot = match &user.email {
        None => None,
        Some(to) => {
            let Sending { by, when } = sending;
            Some(mail::pay(work, &Postage { to, class: Class::Stranger, about: account, by, when }).await?)
        }
    };
    let days = tenant.settings.invitation_lifetime_days;
    let expires_at = slot.map_or(work.now, |slot| slot.leaves_at()).plus_secs(i64::from(days) * DAY_SECS);
    let link = Link {
        user_id: Some(user.id),
        address: user.email.clone(),
        expires_at,
        used_at: None,
        used_by: None,
        browser_hash: None,
    };
    let link = link::issue_until(work, LinkPurpose::Invitation, &link).await?;
    if let (Some(to), Some(slot)) = (&user.email, slot) {
        let tenant_name = tenant.name.clone();
        let kind = LetterKind::InvitationLink { link: link.clone(), tenant_name, days };
        mail::queue(work, Letter::new(to, kind).about(account), slot).await?;
    }
    Ok(Issued { link, leaves_at: slot.map(|slot| slot.leaves_at()) })
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
    let hash = new_hash(app, &known, password).await?;
    app.transact(|| open(app, client, token, &hash, target)).await
}

async fn open(
    app: &App,
    client: &Client,
    token: &str,
    hash: &str,
    target: Target<'_>,
) -> Result<Outcome, InvitationError> {
    let work = Work::begin(app, client).await?;
    let consumed = link::consume_account(&work, LinkPurpose::Invitation, token).await?;
    let (_, mut account) = consumed.filter(|(_, a)| is_waiting(a)).ok_or(InvitationError::LinkInvalid)?;
    link::note_browser(&work, LinkPurpose::Invitation, token).await?;
    let user = account.user.id;
    users::set_password(&work, user, hash).await?;
    users::set_status(&work, &account.user, Status::Active).await?;
    endings::of_invitation(&work, user).await?;
    work.record(EventKind::InvitationAccepted, About::own(&account.user)).await?;
    account.user.status = Status::Active;
    account.user.password_hash = Some(hash.to_owned());
    Ok(login::proceed(work, account, target).await?)
}

fn is_waiting(account: &Account) -> bool {
    account.user.status == Status::Invited
}
