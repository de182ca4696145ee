//! Links that mails carry (and the one that the first start prints): made, looked at, used up.

use secrecy::ExposeSecret;
use twinlock_core::ids::UserId;
use twinlock_store::{
    links::{self, Link, LinkPurpose},
    seal::Tag,
    users::{self, Account},
};

use crate::{App, Internal, context::Work, tokens};

/// How long a mailed link lives, in seconds.
const MAILED_SECS: i64 = 24 * 3600;
/// How long the printed set-up link lives, in seconds.
const SETUP_SECS: i64 = 3600;
/// Links for a new password that one account may have at once. Anybody can ask for one, so a newer one
/// must not end the one that its owner is about to use.
const LIVING_RESETS: u32 = 10;

/// What the page behind a link shows before it is used.
#[derive(Debug, Clone)]
pub struct LinkView {
    /// User name of the account.
    pub username: String,
    /// Name of its tenant.
    pub tenant_name: String,
    /// The address the link confirms.
    pub address: Option<String>,
    /// The fewest characters a new password needs.
    pub password_min_length: usize,
}

impl LinkView {
    fn of(link: Link, account: Account) -> Self {
        Self {
            username: account.user.username,
            tenant_name: account.tenant.name,
            address: link.address,
            password_min_length: account.tenant.settings.password_min_length,
        }
    }
}

/// Makes a link. Older ones of the same purpose and person die; of those for a new password, a number of
/// them lives on. Answers the full address to open.
pub(crate) async fn issue(
    work: &Work<'_>,
    purpose: LinkPurpose,
    user_id: Option<UserId>,
    address: Option<String>,
) -> Result<String, Internal> {
    let secs = if purpose == LinkPurpose::Setup { SETUP_SECS } else { MAILED_SECS };
    let link = Link {
        user_id,
        address,
        expires_at: work.now.plus_secs(secs),
        used_at: None,
        used_by: None,
        browser_hash: None,
    };
    issue_until(work, purpose, &link).await
}

/// The same with an end of its own.
pub(crate) async fn issue_until(
    work: &Work<'_>,
    purpose: LinkPurpose,
    link: &Link,
) -> Result<String, Internal> {
    let now = work.now;
    let (path, kind) = names(purpose);
    let (token, tag) = tokens::new(work.app, kind)?;
    match (purpose, link.user_id) {
        (LinkPurpose::PasswordReset, Some(user)) => {
            links::add(work, purpose, &tag, link, now).await?;
            links::revoke_oldest(work, purpose, user, LIVING_RESETS).await?;
        }
        _ => links::issue(work, purpose, &tag, link, now).await?,
    }
    Ok(work.app.link(&format!("/{path}/{}", token.expose_secret())))
}

/// The link of a token while it can be used; uses nothing up.
pub(crate) async fn peek(app: &App, purpose: LinkPurpose, token: &str) -> Result<Option<Link>, Internal> {
    let Some(hashes) = hashes(app, purpose, token)? else { return Ok(None) };
    let found = links::peek(&app.store, purpose, &hashes).await?;
    let now = app.now();
    Ok(found.filter(|link| link.used_at.is_none() && link.expires_at > now))
}

/// The same with the account it is for.
pub(crate) async fn peek_account(
    app: &App,
    purpose: LinkPurpose,
    token: &str,
) -> Result<Option<(Link, Account)>, Internal> {
    let Some(link) = peek(app, purpose, token).await? else { return Ok(None) };
    let Some(user) = link.user_id else { return Ok(None) };
    Ok(users::account(&app.store, user).await?.map(|account| (link, account)))
}

/// What the page behind a link of this purpose shows; nothing for a dead one.
pub(crate) async fn view(app: &App, purpose: LinkPurpose, token: &str) -> Result<Option<LinkView>, Internal> {
    let found = peek_account(app, purpose, token).await?;
    Ok(found.map(|(link, account)| LinkView::of(link, account)))
}

/// Uses a link up, for exactly one caller.
pub(crate) async fn consume(
    work: &Work<'_>,
    purpose: LinkPurpose,
    token: &str,
) -> Result<Option<Link>, Internal> {
    let Some(hashes) = hashes(work.app, purpose, token)? else { return Ok(None) };
    Ok(links::consume(work, purpose, &hashes, work.now).await?)
}

/// The same, with the account it is for, held. The account comes first, as everywhere: whoever holds
/// it may be about to revoke the link.
pub(crate) async fn consume_account(
    work: &Work<'_>,
    purpose: LinkPurpose,
    token: &str,
) -> Result<Option<(Link, Account)>, Internal> {
    let Some(hashes) = hashes(work.app, purpose, token)? else { return Ok(None) };
    let seen = links::peek(work, purpose, &hashes).await?;
    let Some(user) = seen.and_then(|link| link.user_id) else { return Ok(None) };
    let Some(account) = users::hold(work, user).await? else { return Ok(None) };
    let link = links::consume(work, purpose, &hashes, work.now).await?;
    Ok(link.map(|link| (link, account)))
}

/// Notes which browser's form used the link, should that form come a second time ([`crate::repeats`]).
pub(crate) async fn note_browser(work: &Work<'_>, purpose: LinkPurpose, token: &str) -> Result<(), Internal> {
    let (Some(browser), Some(hashes)) =
        (work.client().and_then(|client| client.browser_hash.as_ref()), hashes(work.app, purpose, token)?)
    else {
        return Ok(());
    };
    Ok(links::note_browser(work, purpose, &hashes, browser).await?)
}

/// The hashes under which a link's token may be stored; none when it cannot be one.
pub(crate) fn hashes(app: &App, purpose: LinkPurpose, token: &str) -> Result<Option<Vec<Tag>>, Internal> {
    tokens::hashes(app, names(purpose).1, token)
}

/// Path of the page behind a link, and the kind of its token.
fn names(purpose: LinkPurpose) -> (&'static str, &'static str) {
    match purpose {
        LinkPurpose::PasswordReset => ("reset", "password reset link"),
        LinkPurpose::Invitation => ("invite", "invitation link"),
        LinkPurpose::ConfirmEmail => ("confirm", "address link"),
        LinkPurpose::Setup => ("setup", "set-up link"),
        LinkPurpose::Enrollment => ("account/security/enrol/proof", "enrollment code"),
        LinkPurpose::PasswordChange => ("login/change-password", "password change"),
    }
}
