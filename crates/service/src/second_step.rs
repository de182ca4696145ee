//! Finishing a pending login with a typed code.

use twinlock_core::{
    clock::Timestamp,
    factor::typed::{self, TypedCode},
};
use twinlock_store::logins::{self, PendingAccount};

use crate::{
    App, Client, Internal, UserView,
    login::{self, LoginError, Outcome, PENDING, Target, browser_hash},
    second_factor, tokens,
};

/// What the page of the second step shows.
#[derive(Debug)]
pub struct Waiting {
    /// Who is signing in.
    pub user: UserView,
    /// What would do: `totp`, `recovery_code`.
    pub methods: Vec<&'static str>,
    /// When the login ends.
    pub expires_at: Timestamp,
}

/// Looks at a pending login without using it.
pub async fn peek(app: &App, token: &str, browser: Option<&str>) -> Result<Option<Waiting>, Internal> {
    let Some(hashes) = tokens::hashes(app, PENDING, token)? else { return Ok(None) };
    let Some(pending) = logins::find(&app.store, &hashes).await? else { return Ok(None) };
    if !is_usable(app, &pending, browser)? {
        return Ok(None);
    }
    let mut methods = vec!["totp"];
    if pending.account.factors.codes > 0 {
        methods.push("recovery_code");
    }
    let user = UserView::of(app, &pending.account);
    Ok(Some(Waiting { user, methods, expires_at: pending.login.expires_at }))
}

/// Checks a code and, if it is right, uses up the pending login and opens the session: one commit.
pub async fn with_code(
    app: &App,
    client: &Client,
    token: &str,
    code: &str,
    target: Target<'_>,
) -> Result<Outcome, LoginError> {
    let hashes = tokens::hashes(app, PENDING, token)?.ok_or(LoginError::TokenInvalid)?;
    let prepared = match typed::parse(code) {
        // A recovery code's hash takes time, so it is computed before the transaction begins.
        Some(TypedCode::Recovery(_)) => {
            let pending = logins::find(&app.store, &hashes).await?.ok_or(LoginError::TokenInvalid)?;
            second_factor::prepare(app, &pending.account, code).await?
        }
        Some(TypedCode::Totp(code)) => second_factor::Prepared::totp(code),
        None => second_factor::Prepared::nonsense(),
    };
    let tx = app.store.begin().await?;
    let (pending, factors) = logins::hold(&tx, &hashes).await?.ok_or(LoginError::TokenInvalid)?;
    if !is_usable(app, &pending, target.browser)? {
        return Err(LoginError::TokenInvalid);
    }
    let PendingAccount { login, account } = pending;
    match second_factor::check(&tx, app, client, &account, (&prepared, &factors)).await? {
        Ok(accepted) => {
            if !logins::consume(&tx, login.id).await? {
                return Err(LoginError::TokenInvalid);
            }
            let proofs = login.proofs.with(accepted.proof);
            login::complete(tx, app, client, (account, proofs, accepted), target).await
        }
        Err(refusal) => {
            tx.commit().await?;
            Err(LoginError::refused(refusal, prepared.kind(), &account))
        }
    }
}

/// Forgets a pending login ("not you?").
pub async fn cancel(app: &App, token: &str) -> Result<(), Internal> {
    let Some(hashes) = tokens::hashes(app, PENDING, token)? else { return Ok(()) };
    let tx = app.store.begin().await?;
    if let Some((pending, _)) = logins::hold(&tx, &hashes).await? {
        logins::consume(&tx, pending.login.id).await?;
    }
    Ok(tx.commit().await?)
}

/// Whether the login is alive and this is the client it belongs to. One that began on a page belongs
/// to that browser; one that began in the API to whoever holds its token.
fn is_usable(app: &App, pending: &PendingAccount, browser: Option<&str>) -> Result<bool, Internal> {
    let (now, login) = (app.now(), &pending.login);
    let alive = login.created_at.millis() <= now.millis() + 60_000 && now < login.expires_at;
    let presented = browser.map(|secret| browser_hash(app, secret)).transpose()?;
    Ok(alive && login.browser_hash == presented)
}
