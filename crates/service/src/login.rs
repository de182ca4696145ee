//! Signing in with a password, and whatever the login machine asks for after it.

mod change_password;
mod grant;
mod outcome;

use secrecy::{ExposeSecret, SecretString};
use twinlock_core::{
    assurance::{Method, Proof, Proofs},
    audit::EventKind,
    factor::typed,
    ids::TenantId,
    login::{self, Step},
    login_name::LoginName,
    name::NameKey,
};
use twinlock_store::users::{self, Account, Named};

pub use change_password::{ChangeError, ChangeView, change_password, peek as peek_change};
pub(crate) use grant::{PENDING, browser_hash, enter, facts, obligation};
pub use outcome::{
    Credentials, LoginError, MustChangePassword, MustEnrol, NeedFactor, Outcome, SignedIn, Target,
};

use crate::{
    App, Client, Internal,
    audit_log::{About, note},
    context::{Acceptance, Work},
    password_check::{self, Checked},
    second_factor::{self, Accepted, Prepared},
};

/// The first step, and the second with it when a code was sent along.
pub async fn with_password(
    app: &App,
    client: &Client,
    credentials: Credentials,
    target: Target<'_>,
) -> Result<Outcome, LoginError> {
    let name = LoginName::of(&credentials.tenant, &credentials.username);
    let Named { tenant, account } = find(app, &name).await?;
    let typed = password_check::Attempt { name, account: account.as_ref(), password: &credentials.password };
    let about = || About::stranger(tenant, account.as_ref().map(|account| &account.user));
    let checked = password_check::check(app, client, &typed).await.inspect_err(|refusal| {
        if refusal.is_wait() {
            note(app, client, EventKind::SignInThrottled, about());
        }
    })?;
    if checked.repeated {
        note(app, client, EventKind::SignInPasswordRefused, about());
        return Err(LoginError::InvalidCredentials);
    }
    let prepared = match (&account, code_of(&credentials)) {
        (Some(account), Some(code)) if checked.right && account.factors.any() => {
            Some(second_factor::prepare(app, account, code).await?)
        }
        _ => None,
    };
    let attempt = Attempt { tenant, account, checked, prepared };
    app.transact(|| finish_password(app, client, &attempt, target)).await
}

/// What the first step knows before its transaction.
struct Attempt {
    tenant: Option<TenantId>,
    account: Option<Account>,
    checked: Checked,
    prepared: Option<Prepared>,
}

async fn finish_password(
    app: &App,
    client: &Client,
    attempt: &Attempt,
    target: Target<'_>,
) -> Result<Outcome, LoginError> {
    let now = app.now();
    let work = Work::begin(app, client).await?;
    let about = || About::stranger(attempt.tenant, attempt.account.as_ref().map(|account| &account.user));
    let held = attempt.checked.hold(&work, now).await.inspect_err(|refusal| {
        if refusal.is_wait() {
            note(app, client, EventKind::SignInThrottled, about());
        }
    })?;
    let account = match &attempt.account {
        Some(account) if attempt.checked.right => users::hold(&work, account.user.id).await?,
        _ => None,
    };
    // The account is read anew: what it was before the password was hashed no longer counts.
    let replaced = account.as_ref().is_some_and(|account| !attempt.checked.is_still(account));
    let account = account.filter(|_| !replaced);
    let step = account.as_ref().map(|account| login::after_password(&facts(app, account), now));
    let (account, step) = match (account, step) {
        (Some(account), Some(step)) if !matches!(step, Step::Denied(_)) => (account, step),
        _ => {
            // Who typed the password that was right until a moment ago is not guessing.
            if !replaced {
                held.failed(&work).await?;
            }
            work.record(EventKind::SignInPasswordRefused, about()).await?;
            return Err(work.refuse(LoginError::InvalidCredentials).await);
        }
    };
    held.succeeded(&work).await?;
    if let (Some(old), Some(new)) = (&attempt.checked.against, &attempt.checked.rehashed) {
        users::rehash(&work, account.user.id, old, new).await?;
    }
    match (step, &attempt.prepared) {
        (Step::NeedFactor(_), Some(prepared)) => with_code(work, account, prepared, target).await,
        (step, _) => advance(work, account, step, target).await,
    }
}

/// The password was right and a code came with it.
async fn with_code(
    work: Work<'_>,
    account: Account,
    prepared: &Prepared,
    target: Target<'_>,
) -> Result<Outcome, LoginError> {
    let factors = second_factor::apps(&work, account.user.id).await?;
    match second_factor::check(&work, &account, prepared, &factors).await? {
        Acceptance::Accepted(accepted) => {
            let proofs = Proofs::default().with(Proof::new(Method::Password, work.now)).with(accepted.proof);
            complete(work, Proven { account, proofs, accepted }, target).await
        }
        Acceptance::Refused(refusal) => {
            Err(work.refuse(LoginError::refused(refusal, prepared.kind(), &account)).await)
        }
    }
}

/// Everything that a sign-in has shown.
pub(crate) struct Proven {
    /// Whose it is, held.
    pub(crate) account: Account,
    /// All proofs, the last one, too.
    pub(crate) proofs: Proofs,
    /// The last one.
    pub(crate) accepted: Accepted,
}

/// Asks the machine with all proofs, and opens the session if it says so.
pub(crate) async fn complete(
    work: Work<'_>,
    proven: Proven,
    target: Target<'_>,
) -> Result<Outcome, LoginError> {
    let Proven { account, proofs, accepted } = proven;
    second_factor::spent(&work, &account, &accepted).await?;
    let left = accepted.recovery_codes_left;
    match login::advance(&facts(work.app, &account), proofs) {
        Step::Done(authenticated) => grant::session(work, account, authenticated, left, target.channel).await,
        Step::MustEnrol(enrolling) => grant::enrollment(work, account, enrolling, target.channel).await,
        Step::Denied(_) | Step::NeedFactor(_) | Step::MustChangePassword => {
            Err(LoginError::InvalidCredentials)
        }
    }
}

/// Goes on from a password that was just set or verified on a held account.
pub(crate) async fn proceed(
    work: Work<'_>,
    account: Account,
    target: Target<'_>,
) -> Result<Outcome, LoginError> {
    let step = login::after_password(&facts(work.app, &account), work.now);
    advance(work, account, step, target).await
}

async fn advance(
    work: Work<'_>,
    account: Account,
    step: Step,
    target: Target<'_>,
) -> Result<Outcome, LoginError> {
    match step {
        Step::Denied(_) => Err(LoginError::InvalidCredentials),
        Step::MustChangePassword => change_password::wait(work, account, target).await,
        Step::MustEnrol(enrolling) => grant::enrollment(work, account, enrolling, target.channel).await,
        Step::Done(authenticated) => grant::session(work, account, authenticated, None, target.channel).await,
        Step::NeedFactor(need) => grant::second_step(work, account, need, target).await,
    }
}

fn code_of(credentials: &Credentials) -> Option<&str> {
    credentials.code.as_deref().filter(|code| !typed::is_blank(code))
}

/// A name that cannot exist is looked up all the same, under one that nobody has.
async fn find(app: &App, name: &LoginName) -> Result<Named, Internal> {
    let anybody = NameKey::of("-").ok_or(Internal::Broken("no name"))?;
    let found =
        users::named(&app.store, name.slug().unwrap_or_default(), name.key().unwrap_or(&anybody)).await?;
    Ok(Named { account: found.account.filter(|_| name.key().is_some()), ..found })
}

/// The secret of a token, for handlers that must write it into an answer.
pub fn expose(token: &SecretString) -> String {
    token.expose_secret().to_owned()
}
