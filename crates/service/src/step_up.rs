//! Step-up: proving oneself again, for a session that is already signed in.

use secrecy::SecretString;
use serde_json::Value;
use twinlock_core::{
    assurance::{Method, Proof, Strength},
    audit::EventKind,
    factor::webauthn::Lock,
};
use twinlock_store::challenges::{self, Ceremony};

use crate::{
    App, Client, Internal, Issued,
    audit_log::{About, note},
    context::{Acceptance, OwnWork, Work},
    guard::{self, StepUpRequired},
    password_check::{self, Attempt, Checked, NotCompared},
    second_factor::{self, Prepared, Refusal},
    security_keys::{
        AskError, ask,
        assertion::{self, Examined},
        challenge::is_alive,
        nothing_to_ask,
    },
    sessions::{self, Caller},
    webauthn::{AssertionResponse, Shape},
};

/// What is shown.
pub enum Show {
    /// A code of a second factor.
    Code(String),
    /// What a security key answered to [`key_options`].
    Key(Value),
    /// The password: serves only accounts without a second factor.
    Password(SecretString),
}

/// Why it was not accepted.
#[derive(Debug, thiserror::Error)]
pub enum StepUpError {
    /// The code was not accepted.
    #[error("the code was not accepted")]
    InvalidCode {
        /// How far the device's clock is ahead, when the code was right for a near time.
        clock_offset_seconds: Option<i64>,
    },
    /// The security key's answer was not accepted.
    #[error("the security key was not accepted")]
    KeyRefused,
    /// What was sent has not the shape of a security key's answer.
    #[error(transparent)]
    KeyShape(#[from] Shape),
    /// The password is wrong.
    #[error("wrong password")]
    InvalidCredentials,
    /// A password is not enough: the account has a second factor.
    #[error(transparent)]
    FactorNeeded(StepUpRequired),
    /// There is no second factor to prove.
    #[error("no second factor is enrolled")]
    NotEnabled,
    /// Too many failures: wait this many seconds.
    #[error("too many attempts")]
    TooMany(i64),
    /// The session ended meanwhile.
    #[error("the session has ended")]
    Ended,
    /// Nobody's fault.
    #[error(transparent)]
    Internal(#[from] Internal),
}

store_faults_are_internal!(StepUpError);

impl From<AskError> for StepUpError {
    fn from(error: AskError) -> Self {
        match error {
            AskError::NoKey => Self::NotEnabled,
            AskError::TooMany(wait_secs) => Self::TooMany(wait_secs),
            AskError::Internal(error) => Self::Internal(error),
        }
    }
}

impl From<Refusal> for StepUpError {
    fn from(refusal: Refusal) -> Self {
        match refusal {
            Refusal::Wrong | Refusal::Replayed => Self::InvalidCode { clock_offset_seconds: None },
            Refusal::ClockOff(seconds) => Self::InvalidCode { clock_offset_seconds: Some(seconds) },
            Refusal::Wait(seconds) => Self::TooMany(seconds),
        }
    }
}

/// Checks what is shown; answers a fresh token that carries the proof.
pub async fn step_up(app: &App, client: &Client, caller: &Caller, show: Show) -> Result<Issued, StepUpError> {
    match show {
        Show::Code(code) => by_code(app, client, caller, &code).await,
        Show::Key(credential) => by_key(app, client, caller, &credential).await,
        Show::Password(password) => by_password(app, client, caller, &password).await,
    }
}

async fn by_code(app: &App, client: &Client, caller: &Caller, code: &str) -> Result<Issued, StepUpError> {
    let prepared = second_factor::prepare(app, &caller.live.account, code).await?;
    app.transact(|| code_shown(app, client, caller, &prepared)).await
}

async fn code_shown(
    app: &App,
    client: &Client,
    caller: &Caller,
    prepared: &Prepared,
) -> Result<Issued, StepUpError> {
    let own = OwnWork::begin(app, client, caller).await?.ok_or(StepUpError::Ended)?;
    if !own.account.factors.any() {
        return Err(StepUpError::NotEnabled);
    }
    let factors = second_factor::apps(&own.work, own.account.user.id).await?;
    match second_factor::check(&own, &own.account, prepared, &factors).await? {
        Acceptance::Accepted(accepted) => {
            second_factor::spent(&own, &own.account, &accepted).await?;
            renewed(own, accepted.proof).await
        }
        Acceptance::Refused(refusal) => Err(own.work.refuse(refusal.into()).await),
    }
}

/// Gives a challenge to the caller's security keys: `PublicKeyCredentialRequestOptionsJSON`.
pub async fn key_options(app: &App, client: &Client, caller: &Caller) -> Result<Value, StepUpError> {
    app.transact(|| key_options_once(app, client, caller)).await
}

async fn key_options_once(app: &App, client: &Client, caller: &Caller) -> Result<Value, StepUpError> {
    let own = OwnWork::begin(app, client, caller).await?.ok_or(StepUpError::Ended)?;
    let session = caller.live.session.id.0;
    let options = ask(&own, Ceremony::StepUp, session, &own.account).await?;
    own.work.commit().await?;
    Ok(options)
}

async fn by_key(
    app: &App,
    client: &Client,
    caller: &Caller,
    credential: &Value,
) -> Result<Issued, StepUpError> {
    let answer = AssertionResponse::read(credential)?;
    if !caller.live.account.factors.any() {
        return Err(StepUpError::NotEnabled);
    }
    // What answers nothing is refused at once: nothing is evaluated, counted or written, however often it comes.
    if nothing_to_ask(app, &caller.live.account) {
        return Err(StepUpError::KeyRefused);
    }
    let session = caller.live.session.id.0;
    let open = challenges::of_owner(&app.store, Ceremony::StepUp, session).await?;
    let open = open.filter(|open| is_alive(open, app.now())).ok_or(StepUpError::KeyRefused)?;
    let examined = assertion::examine(app, Some(open), answer).await?;
    app.transact(|| key_shown(app, client, caller, &examined)).await
}

async fn key_shown(
    app: &App,
    client: &Client,
    caller: &Caller,
    examined: &Examined,
) -> Result<Issued, StepUpError> {
    let own = OwnWork::begin(app, client, caller).await?.ok_or(StepUpError::Ended)?;
    if !own.account.factors.any() {
        return Err(StepUpError::NotEnabled);
    }
    let lock = Lock::Second(own.account.tenant.settings.user_verification);
    match assertion::accept(&own, &own.account, examined.clone(), lock).await? {
        Acceptance::Accepted(proof) => renewed(own, proof).await,
        Acceptance::Refused(_) => Err(own.work.refuse(StepUpError::KeyRefused).await),
    }
}

/// The proof goes into a fresh token of the session; failed codes before it are forgiven.
async fn renewed(own: OwnWork<'_>, proof: Proof) -> Result<Issued, StepUpError> {
    second_factor::forgive(&own, &own.account).await?;
    let issued = sessions::raise(&own, own.caller, own.caller.live.proofs.with(proof)).await?;
    own.record(EventKind::StepUpSucceeded, About::own(&own.account.user)).await?;
    own.work.commit().await?;
    Ok(issued)
}

async fn by_password(
    app: &App,
    client: &Client,
    caller: &Caller,
    password: &SecretString,
) -> Result<Issued, StepUpError> {
    let known = &caller.live.account;
    if known.factors.any() {
        let needed = guard::methods(app, known, Strength::Recovery);
        return Err(StepUpError::FactorNeeded(StepUpRequired { methods: needed }));
    }
    let checked = password_check::check(app, client, &Attempt::own(known, password)).await;
    let checked = checked.map_err(|refusal| not_compared(app, client, caller, refusal))?;
    if checked.repeated {
        note(app, client, EventKind::StepUpRefused, About::own(&known.user));
        return Err(StepUpError::InvalidCredentials);
    }
    app.transact(|| password_shown(app, client, caller, &checked)).await
}

async fn password_shown(
    app: &App,
    client: &Client,
    caller: &Caller,
    checked: &Checked,
) -> Result<Issued, StepUpError> {
    let now = app.now();
    let work = Work::begin(app, client).await?;
    let held = checked.hold(&work, now).await;
    let held = held.map_err(|refusal| not_compared(app, client, caller, refusal))?;
    let account = sessions::hold_own(&work, caller).await?.ok_or(StepUpError::Ended)?;
    if !checked.right || !checked.is_still(&account) {
        held.failed(&work).await?;
        work.record(EventKind::StepUpRefused, About::own(&account.user)).await?;
        return Err(work.refuse(StepUpError::InvalidCredentials).await);
    }
    held.succeeded(&work).await?;
    let proofs = caller.live.proofs.with(Proof::new(Method::Password, now));
    let issued = sessions::raise(&work, caller, proofs).await?;
    work.record(EventKind::StepUpSucceeded, About::own(&account.user)).await?;
    work.commit().await?;
    Ok(issued)
}

fn not_compared(app: &App, client: &Client, caller: &Caller, refusal: NotCompared) -> StepUpError {
    match refusal {
        NotCompared::Wait(seconds) => {
            note(app, client, EventKind::StepUpThrottled, About::own(&caller.live.account.user));
            StepUpError::TooMany(seconds)
        }
        NotCompared::Internal(error) => error.into(),
    }
}
