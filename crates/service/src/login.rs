//! Signing in with a password, and whatever the login machine asks for after it.

use secrecy::{ExposeSecret, SecretString};
use twinlock_core::{
    assurance::{Method, Proof, Proofs},
    audit::EventKind,
    clock::Timestamp,
    factor::typed,
    ids::PendingLoginId,
    login::{self, Authenticated, Step},
    name::{NameKey, validate_slug},
    policy::Obligation,
    throttle::TypedKind,
};
use twinlock_store::{
    Tx, logins,
    seal::Purpose,
    users::{self, Account},
};

use crate::{
    App, Channel, Client, Internal, Issued, UserView,
    audit_log::{About, record},
    password_check::{self, Checked, Wait},
    second_factor::{self, Accepted, Prepared, Refusal},
    sessions, tokens,
    webauthn::Shape,
};

/// A half-finished login lives this long, in seconds.
pub const PENDING_SECS: i64 = 300;

pub(crate) const PENDING: &str = "pending login";

/// What somebody presents at the first step.
pub struct Credentials {
    /// The tenant's slug.
    pub tenant: String,
    /// User name or address.
    pub username: String,
    /// Password.
    pub password: SecretString,
    /// A second-factor code sent along; blank means none.
    pub code: Option<String>,
}

/// Where the session will live.
#[derive(Clone, Copy)]
pub struct Target<'a> {
    /// A page or the API.
    pub channel: Channel,
    /// The secret of the browser in which a login on a page began.
    pub browser: Option<&'a str>,
}

impl Target<'_> {
    /// The API: a pending login belongs to whoever holds its token.
    pub const API: Target<'static> = Target { channel: Channel::Api, browser: None };
}

/// How a step ended.
#[derive(Debug)]
pub enum Outcome {
    /// Signed in.
    Done(Box<SignedIn>),
    /// The second factor is due.
    NeedFactor(Box<NeedFactor>),
}

/// A complete sign-in.
#[derive(Debug)]
pub struct SignedIn {
    /// The session's token.
    pub issued: Issued,
    /// Who signed in.
    pub user: UserView,
    /// Until when a second factor must be enrolled, where a deadline is running.
    pub grace_until: Option<Timestamp>,
    /// Recovery codes left, when one was used.
    pub recovery_codes_remaining: Option<u32>,
}

/// A login that waits for its second factor.
#[derive(Debug)]
pub struct NeedFactor {
    /// Opens the second step, once.
    pub token: SecretString,
    /// When it ends.
    pub expires_at: Timestamp,
    /// What would do: `webauthn`, `totp`, `recovery_code`.
    pub methods: Vec<&'static str>,
    /// What to ask first; none when only recovery codes would do.
    pub preferred: Option<&'static str>,
    /// Who is signing in.
    pub user: UserView,
}

/// Why a sign-in was refused.
#[derive(Debug, thiserror::Error)]
pub enum LoginError {
    /// Wrong user, password or tenant, or a closed account: one answer.
    #[error("wrong user name, password or organisation")]
    InvalidCredentials,
    /// The second factor was not accepted.
    #[error("the code was not accepted")]
    InvalidCode {
        /// How far the device's clock is ahead, when the code was right for a near time.
        clock_offset_seconds: Option<i64>,
    },
    /// The security key's answer was not accepted: one answer for every reason.
    #[error("the security key was not accepted")]
    KeyRefused,
    /// What was sent has not the shape of a security key's answer.
    #[error(transparent)]
    KeyShape(#[from] Shape),
    /// No key is registered that could be asked here.
    #[error("no security key could be asked")]
    NoKey,
    /// The server's public address is an IP address, which security keys do not accept.
    #[error("security keys need a public address with a name")]
    KeysUnavailable,
    /// The pending login is unknown, used, expired, or another browser's.
    #[error("the sign-in has expired")]
    TokenInvalid,
    /// Too many failures: wait this many seconds.
    #[error("too many attempts")]
    TooMany(i64),
    /// Too many failures: no wait opens the account to typed codes again.
    #[error("codes no longer open the account")]
    Locked {
        /// What is refused: an app's codes alone, or recovery codes as well.
        kind: TypedKind,
        /// Seconds that a program should wait before it asks again.
        wait_secs: i64,
    },
    /// Policy asks for an enrolment that cannot be done here. Fails closed.
    #[error("a second factor must be enrolled")]
    MustEnrol,
    /// Nobody's fault.
    #[error(transparent)]
    Internal(#[from] Internal),
}

impl From<twinlock_store::StoreError> for LoginError {
    fn from(error: twinlock_store::StoreError) -> Self {
        Self::Internal(error.into())
    }
}

impl LoginError {
    /// What the refusal of a typed code means for whoever is signing in to this account.
    pub(crate) fn refused(refusal: Refusal, kind: TypedKind, account: &Account) -> Self {
        let typed = &account.user.typed;
        match refusal {
            Refusal::Wrong | Refusal::Replayed => Self::InvalidCode { clock_offset_seconds: None },
            Refusal::ClockOff(seconds) => Self::InvalidCode { clock_offset_seconds: Some(seconds) },
            Refusal::Wait(wait_secs) if typed.stops(TypedKind::Recovery) => {
                Self::Locked { kind: TypedKind::Recovery, wait_secs }
            }
            Refusal::Wait(wait_secs) if typed.stops(kind) => Self::Locked { kind, wait_secs },
            Refusal::Wait(wait_secs) => Self::TooMany(wait_secs),
        }
    }
}

impl From<Wait> for LoginError {
    fn from(wait: Wait) -> Self {
        Self::TooMany(wait.0)
    }
}

/// The first step, and the second with it when a code was sent along.
pub async fn with_password(
    app: &App,
    client: &Client,
    credentials: Credentials,
    target: Target<'_>,
) -> Result<Outcome, LoginError> {
    let account = find(app, &credentials).await?;
    let typed_name = typed_name(&credentials);
    let checked =
        password_check::check(app, client, account.as_ref(), &typed_name, &credentials.password).await??;
    let prepared = match (&account, code_of(&credentials)) {
        (Some(account), Some(code)) if checked.right && account.factors.any() => {
            Some(second_factor::prepare(app, account, code).await?)
        }
        _ => None,
    };
    let attempt = Attempt { account, checked, prepared };
    finish_password(app, client, attempt, target).await
}

/// What the first step knows before its transaction.
struct Attempt {
    account: Option<Account>,
    checked: Checked,
    prepared: Option<Prepared>,
}

async fn finish_password(
    app: &App,
    client: &Client,
    attempt: Attempt,
    target: Target<'_>,
) -> Result<Outcome, LoginError> {
    let now = app.now();
    let tx = app.store.begin().await?;
    let held = attempt.checked.hold(&tx, now).await??;
    let account = match &attempt.account {
        Some(account) if attempt.checked.right => users::hold(&tx, account.user.id).await?,
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
                held.failed(&tx, now).await?;
            }
            let about = About::anonymous(attempt.account.as_ref().map(|a| &a.user));
            record(&tx, app, client, EventKind::SignInPasswordRefused, about).await?;
            tx.commit().await?;
            return Err(LoginError::InvalidCredentials);
        }
    };
    held.succeeded(&tx).await?;
    if let (Some(old), Some(new)) = (&attempt.checked.against, &attempt.checked.rehashed) {
        users::rehash(&tx, account.user.id, old, new).await?;
    }
    match (step, attempt.prepared) {
        (Step::NeedFactor(_), Some(prepared)) => {
            with_code(tx, app, client, (account, prepared), target).await
        }
        (step, _) => advance(tx, app, client, (account, step), target).await,
    }
}

/// The password was right and a code came with it.
async fn with_code(
    tx: Tx,
    app: &App,
    client: &Client,
    attempt: (Account, Prepared),
    target: Target<'_>,
) -> Result<Outcome, LoginError> {
    let (account, prepared) = attempt;
    let factors = second_factor::apps(&tx, account.user.id).await?;
    match second_factor::check(&tx, app, client, &account, (&prepared, &factors)).await? {
        Ok(accepted) => {
            let proofs = Proofs::default().with(Proof::new(Method::Password, app.now())).with(accepted.proof);
            complete(tx, app, client, (account, proofs, accepted), target).await
        }
        Err(refusal) => {
            tx.commit().await?;
            Err(LoginError::refused(refusal, prepared.kind(), &account))
        }
    }
}

/// Asks the machine with all proofs, and opens the session if it says so.
pub(crate) async fn complete(
    tx: Tx,
    app: &App,
    client: &Client,
    proven: (Account, Proofs, Accepted),
    target: Target<'_>,
) -> Result<Outcome, LoginError> {
    let (account, proofs, accepted) = proven;
    match login::advance(&facts(app, &account), proofs) {
        Step::Done(authenticated) => {
            let left = accepted.recovery_codes_left;
            open(tx, app, client, (account, authenticated, left), target.channel).await
        }
        Step::MustEnrol => Err(LoginError::MustEnrol),
        Step::Denied(_) | Step::NeedFactor(_) => Err(LoginError::InvalidCredentials),
    }
}

/// Goes on from a password that was just set or verified on a held account.
pub(crate) async fn proceed(
    tx: Tx,
    app: &App,
    client: &Client,
    account: Account,
    target: Target<'_>,
) -> Result<Outcome, LoginError> {
    let step = login::after_password(&facts(app, &account), app.now());
    advance(tx, app, client, (account, step), target).await
}

async fn advance(
    tx: Tx,
    app: &App,
    client: &Client,
    position: (Account, Step),
    target: Target<'_>,
) -> Result<Outcome, LoginError> {
    let (account, step) = position;
    match step {
        Step::Denied(_) => Err(LoginError::InvalidCredentials),
        Step::MustEnrol => Err(LoginError::MustEnrol),
        Step::Done(authenticated) => {
            open(tx, app, client, (account, authenticated, None), target.channel).await
        }
        Step::NeedFactor(need) => {
            let methods = need.methods.iter().map(|m| m.as_str()).collect();
            let preferred = need.preferred.map(Method::as_str);
            let (token, expires_at) = pend(&tx, app, &account, target).await?;
            record(
                &tx,
                app,
                client,
                EventKind::SignInPasswordAccepted,
                About::anonymous(Some(&account.user)),
            )
            .await?;
            tx.commit().await?;
            let user = UserView::of(app, &account);
            Ok(Outcome::NeedFactor(Box::new(NeedFactor { token, expires_at, methods, preferred, user })))
        }
    }
}

/// Stores a half-finished login; answers its token.
async fn pend(
    tx: &Tx,
    app: &App,
    account: &Account,
    target: Target<'_>,
) -> Result<(SecretString, Timestamp), Internal> {
    let now = app.now();
    let (token, tag) = tokens::new(app, PENDING)?;
    let browser = target.browser.map(|secret| browser_hash(app, secret)).transpose()?;
    let proof = Proof::new(Method::Password, now);
    let login = logins::PendingLogin {
        id: PendingLoginId::new(now, app.entropy()),
        user_id: account.user.id,
        browser_hash: browser,
        proofs: Proofs::default().with(proof),
        created_at: now,
        expires_at: now.plus_secs(PENDING_SECS),
    };
    logins::insert(tx, &login, &tag).await?;
    Ok((token, login.expires_at))
}

/// Binds a pending login to the browser it began in.
pub(crate) fn browser_hash(app: &App, secret: &str) -> Result<Vec<u8>, Internal> {
    let data = [b"browser\0".as_slice(), secret.as_bytes()].concat();
    Ok(app.keyring.tag(Purpose::Token, &data)?.bytes.to_vec())
}

/// Opens the session and commits.
async fn open(
    tx: Tx,
    app: &App,
    client: &Client,
    who: (Account, Authenticated, Option<u32>),
    channel: Channel,
) -> Result<Outcome, LoginError> {
    let (account, authenticated, recovery_codes_remaining) = who;
    let by_factor = authenticated.proofs().is_multi_factor();
    let issued = sessions::issue(&tx, app, client, (&authenticated, &account.tenant), channel).await?;
    users::signed_in(&tx, account.user.id, app.now(), by_factor).await?;
    let detail = serde_json::json!({ "amr": authenticated.proofs().amr(), "session": issued.session.id });
    record(&tx, app, client, EventKind::SignInSucceeded, About::own(&account.user).with(detail)).await?;
    tx.commit().await?;
    let user = UserView::of(app, &account);
    let grace_until = authenticated.grace_until();
    Ok(Outcome::Done(Box::new(SignedIn { issued, user, grace_until, recovery_codes_remaining })))
}

/// The account as the login machine sees it.
pub(crate) fn facts(app: &App, account: &Account) -> login::Account {
    login::Account {
        user: account.user.id,
        tenant: account.tenant.id,
        status: account.user.status,
        tenant_active: account.tenant.suspended_at.is_none(),
        authenticator_apps: account.factors.apps,
        security_keys: account.factors.total() - account.factors.apps,
        usable_keys: app.rp_id().map_or(0, |rp_id| account.factors.keys_of(rp_id)),
        recovery_codes: account.factors.codes,
        preferred: account.user.preferred,
        mfa_available: app.config.mfa_enabled,
        obligation: Obligation::None,
    }
}

fn code_of(credentials: &Credentials) -> Option<&str> {
    credentials.code.as_deref().filter(|code| !typed::is_blank(code))
}

/// A name that cannot exist is looked up all the same, under one that nobody has.
async fn find(app: &App, credentials: &Credentials) -> Result<Option<Account>, Internal> {
    let slug = validate_slug(&credentials.tenant).unwrap_or_default();
    let name = NameKey::of(&credentials.username);
    let known_shape = !slug.is_empty() && name.is_some();
    let name = name.or_else(|| NameKey::of("-")).ok_or(Internal::Broken("no name"))?;
    let found = users::by_login(&app.store, &slug, &name).await?;
    Ok(found.filter(|_| known_shape))
}

/// The one spelling under which failures of an unknown name are counted.
fn typed_name(credentials: &Credentials) -> String {
    let name = NameKey::of(&credentials.username);
    let name = name.as_ref().map_or(credentials.username.as_str(), NameKey::as_str);
    format!("{}\0{}", credentials.tenant.trim(), name)
}

/// The secret of a token, for handlers that must write it into an answer.
pub fn expose(token: &SecretString) -> String {
    token.expose_secret().to_owned()
}
