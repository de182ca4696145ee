//! Enrolling an authenticator app: a candidate is shown, a code confirms it, only then is it a factor.
//! The candidate belongs to the session that began it.

use secrecy::SecretString;
use twinlock_core::{
    assurance::{Method, Proof},
    audit::EventKind,
    clock::Timestamp,
    factor::{
        kinds::Kind,
        totp::{self, TotpSecret},
    },
    ids::{FactorId, UserId},
    name::{NameError, numbered, validate_device_name},
    throttle::TypedKind,
};
use twinlock_store::{
    StoreError, Tx,
    totp::{
        MAX_TOLD, TotpCandidate, TotpFactor, candidate, consume_candidate, insert, of_user, put_candidate,
        spend_step, tell_candidate,
    },
    users::Account,
};

use super::{
    Admitted, Confirmed, Enrolled, FirstCodes, NotAdmitted, admit,
    admit::require,
    first_codes::shown,
    judge::{Hint, Judgement, Steps, Typed, judge},
    sheet::Sheet,
};
use crate::{
    App, Client, Internal, MethodView, audit_log::About, enrollment_proof, second_factor, sessions::Caller,
};

/// A candidate lives this long, in seconds.
pub const CANDIDATE_SECS: i64 = 600;
/// Name of a device whose owner gave none.
pub const DEFAULT_NAME: &str = "Authenticator app";

/// What is shown once, to its owner.
#[derive(Debug)]
pub struct Setup {
    /// The secret in base32, for typing by hand.
    pub secret: SecretString,
    /// The secret in groups of four.
    pub grouped_secret: SecretString,
    /// The `otpauth://` URI a QR code carries.
    pub otpauth_url: SecretString,
    /// Recovery codes that become valid on confirmation; none when a set is active already.
    pub backup_codes: Vec<SecretString>,
    /// When the candidate ends.
    pub expires_at: Timestamp,
    /// How many consecutive codes confirm it.
    pub codes_required: u8,
    /// Its name.
    pub name: String,
}

impl Setup {
    fn of(account: &Account, row: TotpCandidate, secret: &TotpSecret) -> Self {
        Self {
            secret: secret.base32(),
            grouped_secret: secret.grouped(),
            otpauth_url: totp::otpauth_uri(&account.tenant.name, account_label(account), secret),
            backup_codes: Vec::new(),
            expires_at: row.expires_at,
            codes_required: account.tenant.settings.totp_enrollment_codes,
            name: row.name,
        }
    }
}

/// Why an app was not enrolled.
#[derive(Debug, thiserror::Error)]
pub enum EnrolError {
    /// Nobody may enrol here and now.
    #[error(transparent)]
    NotAdmitted(#[from] NotAdmitted),
    /// The name is not acceptable.
    #[error("{0}")]
    BadName(NameError),
    /// No set-up is open in this session: none was begun, it has expired, or another replaced it.
    #[error("no set-up is open")]
    NotStarted,
    /// The tenant asks for a second code.
    #[error("a second code is needed")]
    SecondCodeNeeded,
    /// The code was not accepted; nothing changed.
    #[error("the code was not accepted")]
    InvalidCode {
        /// How far the device's clock is ahead, when the code was right for a near time.
        clock_offset_seconds: Option<i64>,
    },
    /// Too many wrong codes: wait this many seconds.
    #[error("too many attempts")]
    Wait(i64),
    /// Nobody's fault.
    #[error(transparent)]
    Internal(#[from] Internal),
}

impl From<StoreError> for EnrolError {
    fn from(error: StoreError) -> Self {
        Self::Internal(error.into())
    }
}

/// Begins an enrolment; the last candidate, if any, is forgotten. Nothing is enabled.
pub async fn setup(
    app: &App,
    client: &Client,
    caller: &Caller,
    name: Option<&str>,
) -> Result<Setup, EnrolError> {
    app.transact(|| setup_once(app, client, caller, name)).await
}

async fn setup_once(
    app: &App,
    client: &Client,
    caller: &Caller,
    name: Option<&str>,
) -> Result<Setup, EnrolError> {
    let name = name.map(validate_device_name).transpose().map_err(EnrolError::BadName)?;
    let Admitted { own, .. } = admit(app, client, caller, Kind::Totp).await?;
    let name = match name {
        Some(name) => name,
        None => default_name(&own, own.account.user.id).await?,
    };
    let now = app.now();
    let secret = TotpSecret::generate(app.entropy());
    let codes = FirstCodes::generate(&own.work, app, &own.account).await?;
    let id = FactorId::new(now, app.entropy());
    let row = TotpCandidate {
        id,
        user_id: own.account.user.id,
        session_id: caller.live.session.id,
        name,
        secret: Sheet::new(&secret, &codes).seal(app, id)?,
        told: Vec::new(),
        expires_at: now.plus_secs(CANDIDATE_SECS),
    };
    put_candidate(&own, &row).await?;
    own.record(EventKind::MfaSetupStarted, About::own(&own.account.user)).await?;
    own.work.commit().await?;
    Ok(Setup { backup_codes: shown(&codes), ..Setup::of(&own.account, row, &secret) })
}

/// What an app is called without a name: numbered, where the person has one called so.
async fn default_name(tx: &Tx, user: UserId) -> Result<String, Internal> {
    let apps = of_user(tx, user).await?;
    let taken: Vec<_> = apps.iter().map(|app| app.name.as_str()).collect();
    Ok(numbered(DEFAULT_NAME, &taken))
}

/// The session's open candidate as it was shown, for a page that is drawn again after a wrong code. The
/// recovery codes are not in it: a page shows them once, after the confirmation. A session without a
/// fresh proof sees nothing of a set-up: it may be somebody else's by now.
pub async fn open_setup(app: &App, caller: &Caller) -> Result<Option<Setup>, Internal> {
    let account = &caller.live.account;
    if require(app, account, caller).is_err() {
        return Ok(None);
    }
    let Some((row, sheet)) = open_candidate(app, caller).await? else { return Ok(None) };
    Ok(Some(Setup::of(account, row, &sheet.secret()?)))
}

/// The candidate of the caller's session, while it is alive. One that another session began is none.
pub(super) async fn open_candidate(
    app: &App,
    caller: &Caller,
) -> Result<Option<(TotpCandidate, Sheet)>, Internal> {
    let live = &caller.live;
    let Some(row) = candidate(&app.store, live.account.user.id).await? else { return Ok(None) };
    if row.session_id != live.session.id || app.now() >= row.expires_at {
        return Ok(None);
    }
    let sheet = Sheet::open(app, &row)?;
    Ok(Some((row, sheet)))
}

/// What confirms a set-up.
#[derive(Clone, Copy)]
pub struct Confirmation<'a> {
    /// A current code.
    pub code: &'a str,
    /// The next one, where the tenant asks for two.
    pub second_code: Option<&'a str>,
    /// Whether the recovery codes that become valid with it are saved already.
    pub codes_saved: bool,
}

/// Confirms the candidate with one code, or two consecutive ones: it becomes a factor, its recovery
/// codes become valid, other sessions end. A wrong code changes nothing and counts.
pub async fn verify(
    app: &App,
    client: &Client,
    caller: &Caller,
    confirmation: Confirmation<'_>,
) -> Result<Enrolled, EnrolError> {
    app.transact(|| verify_once(app, client, caller, confirmation)).await
}

async fn verify_once(
    app: &App,
    client: &Client,
    caller: &Caller,
    confirmation: Confirmation<'_>,
) -> Result<Enrolled, EnrolError> {
    let typed = Typed::new(confirmation.code, confirmation.second_code);
    let Some(opened) = open_candidate(app, caller).await? else {
        enrollment_proof::require(&caller.live.account, caller, app.now()).map_err(NotAdmitted::from)?;
        return Err(EnrolError::NotStarted);
    };
    // Judged once, and the slow hashes are made before the transaction: a right code never lacks them.
    let Judged { mut row, sheet, judgement, codes } = Judged::new(app, caller, opened, &typed).await?;
    let admitted = admit(app, client, caller, Kind::Totp).await?;
    if app.now() >= row.expires_at {
        return Err(EnrolError::NotStarted);
    }
    // What hints told meanwhile, now that the account is held.
    let now = candidate(&admitted.own.work, row.user_id).await?.filter(|now| now.id == row.id);
    row.told = now.ok_or(EnrolError::NotStarted)?.told;
    if let Some(wait) = admitted.own.account.user.typed.code_wait(TypedKind::Totp, app.now()) {
        return Err(EnrolError::Wait(wait));
    }
    match judgement {
        Judgement::Right(steps) if steps.all().any(|step| row.told.contains(&step)) => {
            refuse_told(app, client, admitted).await?;
            Err(EnrolError::InvalidCode { clock_offset_seconds: None })
        }
        Judgement::Right(steps) => {
            let codes = codes.map(|codes| codes.saved(confirmation.codes_saved));
            confirm(app, client, admitted, (row, sheet, steps, codes)).await
        }
        Judgement::SecondCodeNeeded => Err(EnrolError::SecondCodeNeeded),
        Judgement::Wrong(hint) => {
            let hint = hint.filter(|hint| has_room(&row.told, hint));
            refuse(app, client, admitted, (&row, hint)).await?;
            Err(EnrolError::InvalidCode { clock_offset_seconds: hint.map(|hint| hint.seconds) })
        }
    }
}

/// Whether what a hint tells of can be noted. Otherwise it is not given.
fn has_room(told: &[i64], hint: &Hint) -> bool {
    hint.foretold.is_none() || told.len() < MAX_TOLD
}

/// A candidate, and what the typed code is worth for it.
struct Judged {
    row: TotpCandidate,
    sheet: Sheet,
    judgement: Judgement,
    codes: Option<FirstCodes>,
}

impl Judged {
    async fn new(
        app: &App,
        caller: &Caller,
        candidate: (TotpCandidate, Sheet),
        typed: &Typed<'_>,
    ) -> Result<Self, Internal> {
        let (row, sheet) = candidate;
        let asked = caller.live.account.tenant.settings.totp_enrollment_codes;
        let judgement = judge(&sheet.secret()?, typed, asked, app.now());
        let codes = match judgement {
            Judgement::Right(_) => FirstCodes::hash(app, row.user_id, sheet.codes()).await?,
            _ => None,
        };
        Ok(Self { row, sheet, judgement, codes })
    }
}

/// A wrong code counts like any other. What a hint tells of is noted with it.
async fn refuse(
    _app: &App,
    _client: &Client,
    admitted: Admitted<'_>,
    wrong: (&TotpCandidate, Option<Hint>),
) -> Result<(), Internal> {
    let Admitted { own, .. } = admitted;
    let (row, hint) = wrong;
    if let Some(steps) = hint.and_then(|hint| hint.foretold) {
        let told: Vec<_> = row.told.iter().copied().chain(steps.all()).collect();
        tell_candidate(&own, row.id, &told).await?;
    }
    second_factor::count_failure(&own, &own.account).await?;
    own.record(EventKind::MfaSetupRefused, About::own(&own.account.user)).await?;
    Ok(own.work.commit().await?)
}

/// Somebody was told when this code would be right. It is no guess, so it is not counted.
async fn refuse_told(_app: &App, _client: &Client, admitted: Admitted<'_>) -> Result<(), Internal> {
    let Admitted { own, .. } = admitted;
    own.record(EventKind::MfaSetupRefused, About::own(&own.account.user)).await?;
    Ok(own.work.commit().await?)
}

/// The candidate as a factor; the step of the code that confirmed it is burned.
fn factor(
    app: &App,
    admitted: &Admitted<'_>,
    row: &TotpCandidate,
    right: (&Sheet, Steps),
) -> Result<TotpFactor, Internal> {
    let (sheet, steps) = right;
    Ok(TotpFactor {
        id: row.id,
        user_id: row.user_id,
        name: row.name.clone(),
        secret: sheet.seal_secret(app, row.id)?,
        last_step: steps.last,
        limited_until: admitted.limited_until,
        created_at: app.now(),
        last_used_at: None,
    })
}

/// The candidate goes, its factor comes.
async fn confirm(
    app: &App,
    _client: &Client,
    admitted: Admitted<'_>,
    confirmed: (TotpCandidate, Sheet, Steps, Option<FirstCodes>),
) -> Result<Enrolled, EnrolError> {
    let (row, sheet, steps, codes) = confirmed;
    if !consume_candidate(&admitted.own.work, row.user_id, row.id).await? {
        return Err(EnrolError::NotStarted);
    }
    let factor = factor(app, &admitted, &row, (&sheet, steps))?;
    insert(&admitted.own, &factor).await?;
    for step in row.told.into_iter().filter(|step| *step > factor.last_step) {
        spend_step(&admitted.own, factor.id, step).await?;
    }
    let proof = Proof::new(Method::Totp, app.now());
    let confirmed = Confirmed { method: MethodView::from(&factor), proof, codes };
    Ok(admitted.finish(confirmed).await?)
}

/// Name of the account in the app: the address where there is one, for it tells people more.
fn account_label(account: &Account) -> &str {
    account.user.email.as_deref().unwrap_or(&account.user.username)
}
