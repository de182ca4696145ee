//! Enrolling an authenticator app: a candidate is shown, a code confirms it, only then is it a factor.

use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};
use twinlock_core::{
    assurance::{LIMITED_SECS, Method, Proof, Strength},
    audit::EventKind,
    clock::Timestamp,
    factor::{
        recovery::{self as codes, RecoveryCode},
        totp::{self, PairCheck, TotpCheck, TotpSecret},
        typed::{self, TypedCode},
    },
    ids::FactorId,
    name::validate_device_name,
    throttle::TypedKind,
};
use twinlock_store::{
    StoreError, Tx, links, recovery,
    seal::{Purpose, Sealed},
    totp::{TotpCandidate, TotpFactor, candidate, consume_candidate, insert, put_candidate},
    users::{self, Account},
};
use zeroize::Zeroizing;

use crate::{
    App, Client, Internal, Issued, MethodView,
    audit_log::{About, record},
    guard::{self, Act, StepUpRequired},
    mail::{LetterKind, notify},
    recovery_hash::{self, HashedSet},
    second_factor,
    sessions::{self, Caller},
};

/// A candidate lives this long, in seconds.
pub const CANDIDATE_SECS: i64 = 600;
/// Second factors an account may have.
pub const MAX_FACTORS: u32 = 10;
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

/// A confirmed enrolment.
#[derive(Debug)]
pub struct Enrolled {
    /// The new factor.
    pub method: MethodView,
    /// The session's fresh token, which carries the proof.
    pub issued: Issued,
    /// Recovery codes left of the set that is valid now.
    pub recovery_codes_remaining: u32,
    /// Whether the codes of this set-up became valid.
    pub codes_activated: bool,
}

/// Why an enrolment did not happen.
#[derive(Debug, thiserror::Error)]
pub enum EnrolError {
    /// A fresh proof is needed first.
    #[error(transparent)]
    StepUp(#[from] StepUpRequired),
    /// The name is not acceptable.
    #[error("{0}")]
    BadName(twinlock_core::name::NameError),
    /// There are ten factors already.
    #[error("ten second factors are enrolled already")]
    TooMany,
    /// No set-up is open: none was begun, it has expired, or another replaced it.
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
    /// The session ended meanwhile.
    #[error("the session has ended")]
    Ended,
    /// Nobody's fault.
    #[error(transparent)]
    Internal(#[from] Internal),
}

impl From<StoreError> for EnrolError {
    fn from(error: StoreError) -> Self {
        Self::Internal(error.into())
    }
}

impl From<twinlock_store::seal::SealError> for EnrolError {
    fn from(error: twinlock_store::seal::SealError) -> Self {
        Self::Internal(error.into())
    }
}

/// What a candidate's seal holds.
#[derive(Serialize, Deserialize)]
struct Sheet {
    secret: Vec<u8>,
    codes: Vec<String>,
}

impl Drop for Sheet {
    fn drop(&mut self) {
        zeroize::Zeroize::zeroize(&mut self.secret);
        zeroize::Zeroize::zeroize(&mut self.codes);
    }
}

/// Begins an enrolment; the last candidate, if any, is forgotten. Nothing is enabled.
pub async fn setup(
    app: &App,
    client: &Client,
    caller: &Caller,
    name: Option<&str>,
) -> Result<Setup, EnrolError> {
    let name = validate_device_name(name.unwrap_or(DEFAULT_NAME)).map_err(EnrolError::BadName)?;
    let now = app.now();
    let tx = app.store.begin().await?;
    let account = sessions::hold_own(&tx, caller).await?.ok_or(EnrolError::Ended)?;
    guard::require(&account, &caller.live.proofs, Act::OwnFactors, now)?;
    if account.factors.apps >= MAX_FACTORS {
        return Err(EnrolError::TooMany);
    }
    let secret = TotpSecret::generate(app.entropy());
    let has_codes = recovery::of_user(&tx, account.user.id).await?.is_some();
    let format = account.tenant.settings.recovery_code_format;
    let set = if has_codes { Vec::new() } else { codes::generate_set(app.entropy(), format) };
    let sheet = Sheet {
        secret: secret.expose().to_vec(),
        codes: set.iter().map(|code| code.expose().to_owned()).collect(),
    };
    let id = FactorId::new(now, app.entropy());
    let expires_at = now.plus_secs(CANDIDATE_SECS);
    let sealed = seal_sheet(app, id, &sheet)?;
    let row = TotpCandidate { id, user_id: account.user.id, name: name.clone(), secret: sealed, expires_at };
    put_candidate(&tx, &row).await?;
    record(&tx, app, client, EventKind::MfaSetupStarted, About::own(&account.user)).await?;
    tx.commit().await?;
    Ok(Setup {
        secret: secret.base32(),
        grouped_secret: secret.grouped(),
        otpauth_url: totp::otpauth_uri(&account.tenant.name, account_label(&account), &secret),
        backup_codes: set.iter().map(|code| code.display().into()).collect(),
        expires_at,
        codes_required: account.tenant.settings.totp_enrollment_codes,
        name,
    })
}

/// The open candidate as it was shown, for a page that is drawn again after a wrong code. The recovery
/// codes are not in it: they are shown once, after the confirmation.
pub async fn open_setup(app: &App, caller: &Caller) -> Result<Option<Setup>, Internal> {
    let account = &caller.live.account;
    if !may_see(app, caller) {
        return Ok(None);
    }
    let Some(row) = candidate(&app.store, account.user.id).await? else { return Ok(None) };
    if app.now() >= row.expires_at {
        return Ok(None);
    }
    let sheet = open_sheet(app, &row)?;
    let secret = TotpSecret::from_bytes(&sheet.secret).ok_or(BROKEN_SHEET)?;
    Ok(Some(Setup {
        secret: secret.base32(),
        grouped_secret: secret.grouped(),
        otpauth_url: totp::otpauth_uri(&account.tenant.name, account_label(account), &secret),
        backup_codes: Vec::new(),
        expires_at: row.expires_at,
        codes_required: account.tenant.settings.totp_enrollment_codes,
        name: row.name,
    }))
}

/// A session without a fresh proof sees nothing of a set-up: it belongs to the person, and the session
/// may be somebody else's.
fn may_see(app: &App, caller: &Caller) -> bool {
    guard::require(&caller.live.account, &caller.live.proofs, Act::OwnFactors, app.now()).is_ok()
}

/// The codes that `verify` made valid, for a page that shows them only then. Call it before `verify`.
pub async fn codes_of_setup(app: &App, caller: &Caller) -> Result<Vec<SecretString>, Internal> {
    if !may_see(app, caller) {
        return Ok(Vec::new());
    }
    let Some(row) = candidate(&app.store, caller.live.account.user.id).await? else {
        return Ok(Vec::new());
    };
    let sheet = open_sheet(app, &row)?;
    let shown = |text: &String| RecoveryCode::parse(text).map(|code| code.display().into());
    Ok(sheet.codes.iter().filter_map(shown).collect())
}

/// Confirms the candidate with one code, or two consecutive ones: it becomes a factor, its recovery
/// codes become valid, other sessions end. A wrong code changes nothing and counts.
pub async fn verify(
    app: &App,
    client: &Client,
    caller: &Caller,
    code: &str,
    second_code: Option<&str>,
) -> Result<Enrolled, EnrolError> {
    let user = caller.live.account.user.id;
    let row = candidate(&app.store, user).await?.ok_or(EnrolError::NotStarted)?;
    let sheet = open_sheet(app, &row)?;
    let typed = Typed { code, second: second_code.filter(|code| !typed::is_blank(code)) };
    // The slow hashes are made before the transaction, and only for a code that looks right.
    let looks_right = matches!(judge(app, &caller.live.account, &sheet, &typed)?, Judgement::Right { .. });
    let hashed = if looks_right && !sheet.codes.is_empty() {
        Some(hash_codes(app, &caller.live.account, &sheet).await?)
    } else {
        None
    };
    let tx = app.store.begin().await?;
    let account = sessions::hold_own(&tx, caller).await?.ok_or(EnrolError::Ended)?;
    guard::require(&account, &caller.live.proofs, Act::OwnFactors, app.now())?;
    if app.now() >= row.expires_at {
        return Err(EnrolError::NotStarted);
    }
    if let Some(wait) = account.user.typed.code_wait(TypedKind::Totp, app.now()) {
        return Err(EnrolError::Wait(wait));
    }
    let last_step = match judge(app, &account, &sheet, &typed)? {
        Judgement::Right { last_step } => last_step,
        Judgement::SecondCodeNeeded => return Err(EnrolError::SecondCodeNeeded),
        Judgement::Wrong { clock_offset_seconds } => {
            second_factor::count_failure(&tx, app, client, &account).await?;
            record(&tx, app, client, EventKind::MfaSetupRefused, About::own(&account.user)).await?;
            tx.commit().await?;
            return Err(EnrolError::InvalidCode { clock_offset_seconds });
        }
    };
    if !consume_candidate(&tx, user, row.id).await? {
        return Err(EnrolError::NotStarted);
    }
    let confirmed = Confirmed { row, sheet: &sheet, last_step, hashed };
    confirm(tx, app, client, (caller, account), confirmed).await
}

struct Confirmed<'a> {
    row: TotpCandidate,
    sheet: &'a Sheet,
    last_step: i64,
    hashed: Option<HashedSet>,
}

async fn confirm(
    tx: Tx,
    app: &App,
    client: &Client,
    who: (&Caller, Account),
    confirmed: Confirmed<'_>,
) -> Result<Enrolled, EnrolError> {
    let (caller, account) = who;
    let now = app.now();
    if account.factors.apps >= MAX_FACTORS {
        return Err(EnrolError::TooMany);
    }
    let limited_until = limit_of(&account, caller, now);
    if let Some(until) = limited_until {
        users::set_limited_until(&tx, account.user.id, until).await?;
    }
    let factor = TotpFactor {
        id: confirmed.row.id,
        user_id: account.user.id,
        name: confirmed.row.name,
        secret: app.keyring.seal(
            Purpose::TotpSecret,
            confirmed.row.id.0,
            &confirmed.sheet.secret,
            app.entropy(),
        )?,
        last_step: confirmed.last_step,
        limited_until,
        created_at: now,
        last_used_at: None,
    };
    insert(&tx, &factor).await?;
    let first = account.factors.apps == 0;
    let had_set = recovery::of_user(&tx, account.user.id).await?.is_some();
    let codes_activated = match &confirmed.hashed {
        Some(hashed) if !had_set => {
            recovery::replace(&tx, &hashed.set, &hashed.tags).await?;
            true
        }
        _ => false,
    };
    let codes_left = match &confirmed.hashed {
        Some(hashed) if codes_activated => u32::try_from(hashed.tags.len()).unwrap_or(u32::MAX),
        _ => account.factors.codes,
    };
    second_factor::forgive(&tx, &account).await?;
    sessions::end_others(&tx, app, account.user.id, Some(caller.live.session.id)).await?;
    links::revoke_all(&tx, account.user.id).await?;
    let proof = Proof::new(Method::Totp, now).limited(limited_until);
    let issued = sessions::renew(&tx, app, caller, caller.live.proofs.with(proof)).await?;
    let (event, letter) = told(first, factor.name.clone());
    let about = About::own(&account.user).with(serde_json::json!({ "factor": factor.id, "kind": "totp" }));
    record(&tx, app, client, event, about).await?;
    notify(&tx, app, Some(client), &account, letter).await?;
    tx.commit().await?;
    app.cache.changed();
    Ok(Enrolled {
        method: MethodView::from(&factor),
        issued,
        recovery_codes_remaining: codes_left,
        codes_activated,
    })
}

fn told(first: bool, method_name: String) -> (EventKind, LetterKind) {
    if first {
        (EventKind::MfaEnabled, LetterKind::MfaEnabled { method_name })
    } else {
        (EventKind::FactorAdded, LetterKind::FactorAdded { method_name })
    }
}

/// What is enrolled on the word of a recovery code is worth no more than that for a day; so is what is
/// enrolled while the account is still limited for having been switched off that way.
fn limit_of(account: &Account, caller: &Caller, now: Timestamp) -> Option<Timestamp> {
    let weak_proof = account.factors.apps > 0
        && caller.live.proofs.fresh_factor(now).is_none_or(|proof| proof < Strength::Factor);
    let by_proof = weak_proof.then(|| now.plus_secs(LIMITED_SECS));
    by_proof.max(account.user.limited_until.filter(|until| *until > now))
}

struct Typed<'a> {
    code: &'a str,
    second: Option<&'a str>,
}

enum Judgement {
    Right { last_step: i64 },
    SecondCodeNeeded,
    Wrong { clock_offset_seconds: Option<i64> },
}

/// Compares what was typed with the candidate's secret. Pure: nothing is counted or used up.
fn judge(app: &App, account: &Account, sheet: &Sheet, typed: &Typed<'_>) -> Result<Judgement, Internal> {
    let secret = TotpSecret::from_bytes(&sheet.secret).ok_or(BROKEN_SHEET)?;
    let wrong = Judgement::Wrong { clock_offset_seconds: None };
    let totp_code = |raw: &str| match typed::parse(raw) {
        Some(TypedCode::Totp(code)) => Some(code),
        _ => None,
    };
    let now = app.now();
    let two_codes = account.tenant.settings.totp_enrollment_codes == 2;
    let Some(first) = totp_code(typed.code) else { return Ok(wrong) };
    let outcome = match (two_codes, typed.second) {
        (true, None) => return Ok(Judgement::SecondCodeNeeded),
        (true, Some(second)) => {
            let Some(second) = totp_code(second) else { return Ok(wrong) };
            match totp::check_pair(&secret, &first, &second, now) {
                PairCheck::Accepted { last_step } => Judgement::Right { last_step },
                PairCheck::ClockOff { seconds } => Judgement::Wrong { clock_offset_seconds: Some(seconds) },
                PairCheck::Wrong => wrong,
            }
        }
        (false, _) => match totp::check(&secret, &first, now, None) {
            TotpCheck::Accepted { step } => Judgement::Right { last_step: step },
            TotpCheck::ClockOff { seconds } => Judgement::Wrong { clock_offset_seconds: Some(seconds) },
            TotpCheck::Replayed { .. } | TotpCheck::Wrong => wrong,
        },
    };
    Ok(outcome)
}

const BROKEN_SHEET: Internal = Internal::Broken("a set-up cannot be read");

fn seal_sheet(app: &App, id: FactorId, sheet: &Sheet) -> Result<Sealed, Internal> {
    let plain = Zeroizing::new(serde_json::to_vec(sheet).map_err(|_| BROKEN_SHEET)?);
    Ok(app.keyring.seal(Purpose::TotpCandidate, id.0, &plain, app.entropy())?)
}

fn open_sheet(app: &App, row: &TotpCandidate) -> Result<Sheet, Internal> {
    let plain = app.keyring.open(Purpose::TotpCandidate, row.id.0, &row.secret)?;
    serde_json::from_slice(&plain).map_err(|_| BROKEN_SHEET)
}

async fn hash_codes(app: &App, account: &Account, sheet: &Sheet) -> Result<HashedSet, Internal> {
    let codes = sheet.codes.iter().filter_map(|text| RecoveryCode::parse(text)).collect();
    recovery_hash::hash_set(app, account.user.id, codes).await
}

/// Name of the account in the app: the address where there is one, for it tells people more.
fn account_label(account: &Account) -> &str {
    account.user.email.as_deref().unwrap_or(&account.user.username)
}

/// The secret of a text that is shown once.
pub fn expose(text: &SecretString) -> &str {
    text.expose_secret()
}
