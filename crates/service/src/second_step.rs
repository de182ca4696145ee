//! Finishing a pending login: with a typed code, or with a security key.

use serde_json::Value;
use twinlock_core::{
    assurance::Method,
    clock::Timestamp,
    factor::{
        typed::{self, TypedCode},
        webauthn::Lock,
    },
    login::need_factor,
    throttle::PENDING_TRIES,
};
use twinlock_store::{
    challenges::{self, Ceremony},
    logins::{self, PendingAccount},
    seal::Tag,
};

use crate::{
    App, Client, Internal, UserView,
    context::{Acceptance, Work},
    login::{self, LoginError, Outcome, PENDING, Proven, Target, browser_hash},
    second_factor::{self, Accepted, Prepared, Refusal},
    security_keys::{
        ask,
        assertion::{self, Examined},
        nothing_to_ask,
    },
    tokens,
    webauthn::AssertionResponse,
};

/// What the page of the second step shows.
#[derive(Debug)]
pub struct Waiting {
    /// Who is signing in.
    pub user: UserView,
    /// What would do: `webauthn`, `totp`, `recovery_code`.
    pub methods: Vec<&'static str>,
    /// What to ask first; none when only recovery codes would do.
    pub preferred: Option<&'static str>,
    /// The account has keys, but none that was registered for this server's present name.
    pub only_foreign_keys: bool,
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
    let need = need_factor(&login::facts(app, &pending.account));
    let facts = &pending.account.factors;
    Ok(Some(Waiting {
        user: UserView::of(app, &pending.account),
        methods: need.methods.iter().map(|method| method.as_str()).collect(),
        preferred: need.preferred.map(Method::as_str),
        only_foreign_keys: !facts.keys.is_empty() && nothing_to_ask(app, &pending.account),
        expires_at: pending.login.expires_at,
    }))
}

/// Gives a challenge to the security keys of a pending login: `PublicKeyCredentialRequestOptionsJSON`.
pub async fn key_options(
    app: &App,
    client: &Client,
    token: &str,
    target: Target<'_>,
) -> Result<Value, LoginError> {
    app.transact(|| key_options_once(app, client, token, target)).await
}

async fn key_options_once(
    app: &App,
    client: &Client,
    token: &str,
    target: Target<'_>,
) -> Result<Value, LoginError> {
    let hashes = tokens::hashes(app, PENDING, token)?.ok_or(LoginError::TokenInvalid)?;
    let work = Work::begin(app, client).await?;
    let (pending, _) = logins::hold(&work, &hashes).await?.ok_or(LoginError::TokenInvalid)?;
    if !is_usable(app, &pending, target.browser)? {
        return Err(LoginError::TokenInvalid);
    }
    let PendingAccount { login, account } = pending;
    let options = ask(&work, Ceremony::SignIn, login.id.0, &account).await?;
    work.commit().await?;
    Ok(options)
}

/// Checks what a key answers and, if it is right, uses up the pending login and opens the session: one
/// commit. The signature is verified before the transaction; the challenge is used up either way.
pub async fn with_key(
    app: &App,
    client: &Client,
    token: &str,
    credential: &Value,
    target: Target<'_>,
) -> Result<Outcome, LoginError> {
    let answer = AssertionResponse::read(credential)?;
    let hashes = tokens::hashes(app, PENDING, token)?.ok_or(LoginError::TokenInvalid)?;
    let pending = logins::find(&app.store, &hashes).await?.ok_or(LoginError::TokenInvalid)?;
    if !is_usable(app, &pending, target.browser)? {
        return Err(LoginError::TokenInvalid);
    }
    let examined = if nothing_to_ask(app, &pending.account) {
        Examined::without_challenge()
    } else {
        let open = challenges::of_owner(&app.store, Ceremony::SignIn, pending.login.id.0).await?;
        assertion::examine(app, open, answer).await?
    };
    app.transact(|| key_shown(app, client, &hashes, &examined, target)).await
}

async fn key_shown(
    app: &App,
    client: &Client,
    hashes: &[Tag],
    examined: &Examined,
    target: Target<'_>,
) -> Result<Outcome, LoginError> {
    let work = Work::begin(app, client).await?;
    let (pending, _) = logins::hold(&work, hashes).await?.ok_or(LoginError::TokenInvalid)?;
    let PendingAccount { login, account } = pending;
    let lock = Lock::Second(account.tenant.settings.user_verification);
    match assertion::accept(&work, &account, examined.clone(), lock).await? {
        Acceptance::Accepted(proof) => {
            if !logins::consume(&work, login.id, app.now()).await? {
                return Err(LoginError::TokenInvalid);
            }
            let accepted = Accepted { proof, recovery_codes_left: None };
            let proven = Proven { account, proofs: login.proofs.with(proof), accepted };
            login::complete(work, proven, target).await
        }
        Acceptance::Refused(_) => {
            logins::failed(&work, login.id, PENDING_TRIES).await?;
            Err(work.refuse(LoginError::KeyRefused).await)
        }
    }
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
        Some(TypedCode::Totp(code)) => Prepared::totp(code),
        None => Prepared::nonsense(),
    };
    app.transact(|| code_shown(app, client, &hashes, &prepared, target)).await
}

async fn code_shown(
    app: &App,
    client: &Client,
    hashes: &[Tag],
    prepared: &Prepared,
    target: Target<'_>,
) -> Result<Outcome, LoginError> {
    let work = Work::begin(app, client).await?;
    let (pending, factors) = logins::hold(&work, hashes).await?.ok_or(LoginError::TokenInvalid)?;
    if !is_usable(app, &pending, target.browser)? {
        return Err(LoginError::TokenInvalid);
    }
    let PendingAccount { login, account } = pending;
    match second_factor::check(&work, &account, prepared, &factors).await? {
        Acceptance::Accepted(accepted) => {
            if !logins::consume(&work, login.id, app.now()).await? {
                return Err(LoginError::TokenInvalid);
            }
            let proofs = login.proofs.with(accepted.proof);
            login::complete(work, Proven { account, proofs, accepted }, target).await
        }
        Acceptance::Refused(refusal) => {
            // Where codes have to wait, none was tried.
            if !matches!(refusal, Refusal::Wait(_)) {
                logins::failed(&work, login.id, PENDING_TRIES).await?;
            }
            Err(work.refuse(LoginError::refused(refusal, prepared.kind(), &account)).await)
        }
    }
}

/// Forgets a pending login ("not you?").
pub async fn cancel(app: &App, client: &Client, token: &str) -> Result<(), Internal> {
    app.transact(|| cancel_once(app, client, token)).await
}

async fn cancel_once(app: &App, client: &Client, token: &str) -> Result<(), Internal> {
    let Some(hashes) = tokens::hashes(app, PENDING, token)? else { return Ok(()) };
    let work = Work::begin(app, client).await?;
    if let Some((pending, _)) = logins::hold(&work, &hashes).await? {
        logins::remove(&work, pending.login.id).await?;
    }
    Ok(work.commit().await?)
}

/// Whether the login is alive and this is the client it belongs to. One that began on a page belongs
/// to that browser; one that began in the API to whoever holds its token.
fn is_usable(app: &App, pending: &PendingAccount, browser: Option<&str>) -> Result<bool, Internal> {
    let (now, login) = (app.now(), &pending.login);
    let alive = login.created_at.millis() <= now.millis() + 60_000 && now < login.expires_at;
    let presented = browser.map(|secret| browser_hash(app, secret)).transpose()?;
    Ok(alive && login.browser_hash == presented)
}
