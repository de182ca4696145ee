//! Forms that are sent a second time: what became of the first one.
//!
//! Asked where a browser lost the first answer together with its cookies. Nothing is granted here: the person is
//! told that it was done, and signs in. Whoever asks shows the very secret that was used up, from the browser in
//! which that happened; to anybody else it looks as if it had never been.

use serde_json::Value;
use twinlock_store::{
    links::{self, Link, LinkPurpose},
    logins, sessions,
};

use crate::{
    App, Caller, Client, Internal, login, mail::link, security_keys::passkey, sessions::COOKIE, tokens,
};

/// How long after it was used up a link or a cookie is recognised, in seconds.
const RECOGNISED_SECS: i64 = 600;

/// A link that a page opens, by what it is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum UsedLink {
    /// It set a new password.
    PasswordReset,
    /// It set the first password.
    Invitation,
    /// It made the first account.
    Setup,
    /// It replaced a password that was given.
    PasswordChange,
}

/// Whether the half-finished login of this token was finished, in this browser.
pub async fn login_finished(app: &App, client: &Client, token: &str) -> Result<bool, Internal> {
    let Some(hashes) = tokens::hashes(app, login::PENDING, token)? else { return Ok(false) };
    let Some(browser) = &client.browser_hash else { return Ok(false) };
    Ok(logins::was_used(&app.store, &hashes, browser).await?)
}

/// Whether another cookie lately took the place of this session cookie, of a session that goes on.
pub async fn cookie_replaced(app: &App, cookie: &str) -> Result<bool, Internal> {
    let Some(hashes) = tokens::hashes(app, COOKIE, cookie)? else { return Ok(false) };
    Ok(sessions::was_replaced(&app.store, &hashes, app.now().plus_secs(-RECOGNISED_SECS)).await?)
}

/// Whether a proof was lately accepted in the caller's session, so that another token took the place of the one they came
/// with, which is good for a moment longer.
pub async fn proof_given(app: &App, caller: &Caller) -> Result<bool, Internal> {
    let since = app.now().plus_secs(-RECOGNISED_SECS);
    Ok(sessions::is_replaced(&app.store, caller.live.token, since).await?)
}

/// Whether this answer of a passkey lately opened a session, in this browser.
pub async fn passkey_used(app: &App, client: &Client, credential: &Value) -> Result<bool, Internal> {
    let Some(browser) = &client.browser_hash else { return Ok(false) };
    let Some(hashes) = passkey::answered(app, credential)? else { return Ok(false) };
    Ok(logins::was_used(&app.store, &hashes, browser).await?)
}

/// Whether this link was lately used, in this browser.
pub async fn link_used(app: &App, client: &Client, used: UsedLink, token: &str) -> Result<bool, Internal> {
    let purpose = match used {
        UsedLink::PasswordReset => LinkPurpose::PasswordReset,
        UsedLink::Invitation => LinkPurpose::Invitation,
        UsedLink::Setup => LinkPurpose::Setup,
        UsedLink::PasswordChange => LinkPurpose::PasswordChange,
    };
    Ok(lately(app, client, purpose, token).await?.is_some())
}

/// The address that this link lately confirmed, in this browser.
pub async fn confirmed_address(app: &App, client: &Client, token: &str) -> Result<Option<String>, Internal> {
    Ok(lately(app, client, LinkPurpose::ConfirmEmail, token).await?.and_then(|link| link.address))
}

async fn lately(
    app: &App,
    client: &Client,
    purpose: LinkPurpose,
    token: &str,
) -> Result<Option<Link>, Internal> {
    let Some(hashes) = link::hashes(app, purpose, token)? else { return Ok(None) };
    let since = app.now().plus_secs(-RECOGNISED_SECS);
    let found = links::peek(&app.store, purpose, &hashes).await?;
    let here = |link: &Link| link.used_by.is_some() && link.used_by == client.browser_hash;
    Ok(found.filter(|link| link.used_at.is_some_and(|at| at > since) && here(link)))
}
