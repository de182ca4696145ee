//! A person's own second factors: list, rename, remove, prefer, new recovery codes, switch off.

pub(crate) mod all;
mod codes;
mod off;

use twinlock_core::{
    assurance::{LIMITED_SECS, Method, Proofs, Strength},
    audit::EventKind,
    clock::Timestamp,
    enrollment::EnrollmentProof,
    ids::FactorId,
    login::need_factor,
    name::{NameError, validate_device_name},
    readiness::Readiness,
};
use twinlock_store::users::{self, Account};

pub use codes::regenerate_codes;
pub use off::disable;
use off::switch_off;

use crate::{
    App, Client, Internal, Issued, MethodView,
    audit_log::About,
    context::{OwnWork, Work},
    endings, enrollment_proof,
    guard::{self, Act, StepUpRequired},
    login,
    mail::LetterKind,
    readiness,
    second_factor::Refusal,
    sessions::{self, Caller},
};

/// A person's second factors, never a secret.
#[derive(Debug)]
pub struct Overview {
    /// Whether a second factor is asked at sign-in.
    pub enabled: bool,
    /// The factors, oldest first.
    pub methods: Vec<MethodView>,
    /// What is asked first at sign-in; none without a factor that can be asked here.
    pub preferred: Option<&'static str>,
    /// Unused recovery codes.
    pub recovery_codes_remaining: u32,
    /// Whether the person has saved them, as far as they said; false where there are none.
    pub recovery_codes_saved: bool,
    /// How ready they are for losing one thing.
    pub readiness: Readiness,
    /// Whether the organisation requires a second factor, during the grace period, too.
    pub required: bool,
    /// The factors that cannot be removed by their owner: the last one that counts, while one is required.
    pub kept: Vec<FactorId>,
    /// Until when one must be enrolled, where a deadline is running.
    pub grace_until: Option<Timestamp>,
    /// What this session has yet to show before it may enrol the first factor; none where there is one.
    pub enrollment_proof: Option<EnrollmentProof>,
}

/// Why factors were not changed.
#[derive(Debug, thiserror::Error)]
pub enum FactorError {
    /// A fresh proof is needed first.
    #[error(transparent)]
    StepUp(#[from] StepUpRequired),
    /// The code was not accepted; nothing changed.
    #[error("the code was not accepted")]
    InvalidCode {
        /// How far the device's clock is ahead, when the code was right for a near time.
        clock_offset_seconds: Option<i64>,
    },
    /// Too many wrong codes: wait this many seconds.
    #[error("too many attempts")]
    Wait(i64),
    /// No second factor is enrolled.
    #[error("no second factor is enrolled")]
    NotEnabled,
    /// The organisation requires a second factor, and this would take the last one that counts.
    #[error("the organisation requires a second factor")]
    LastFactor,
    /// The person has no factor of that id.
    #[error("no such factor")]
    NotFound,
    /// The name is not acceptable.
    #[error("{0}")]
    BadName(NameError),
    /// The session ended meanwhile.
    #[error("the session has ended")]
    Ended,
    /// Nobody's fault.
    #[error(transparent)]
    Internal(#[from] Internal),
}

store_faults_are_internal!(FactorError);

impl From<Refusal> for FactorError {
    fn from(refusal: Refusal) -> Self {
        match refusal {
            Refusal::Wrong | Refusal::Replayed => Self::InvalidCode { clock_offset_seconds: None },
            Refusal::ClockOff(seconds) => Self::InvalidCode { clock_offset_seconds: Some(seconds) },
            Refusal::Wait(seconds) => Self::Wait(seconds),
        }
    }
}

/// The caller's factors.
pub async fn overview(app: &App, caller: &Caller) -> Result<Overview, Internal> {
    let account = &caller.live.account;
    let enrollment_proof = enrollment_proof::asked(account, caller, app.now());
    Ok(Overview { enrollment_proof, ..overview_of(app, account).await? })
}

/// A person's factors, as far as no session of theirs makes a difference.
pub(crate) async fn overview_of(app: &App, account: &Account) -> Result<Overview, Internal> {
    let methods = all::list(&app.store, account.user.id).await?;
    let ids = methods.iter().map(|method| FactorId(method.id));
    let kept = ids.filter(|id| is_last(account, &methods, *id)).collect();
    Ok(Overview {
        enabled: !methods.is_empty(),
        kept,
        readiness: readiness::of(app, account, &methods),
        methods,
        preferred: need_factor(&login::facts(app, account)).preferred.map(Method::as_str),
        recovery_codes_remaining: account.factors.codes,
        recovery_codes_saved: account.factors.codes_saved,
        required: account.tenant.settings.require_of(account.user.role),
        grace_until: login::obligation(app, account, app.now()).deadline(),
        enrollment_proof: None,
    })
}

/// Begins an act on the caller's own factors: account held, session open, MFA on, proof fresh.
async fn begin<'a>(app: &'a App, client: &'a Client, caller: &'a Caller) -> Result<OwnWork<'a>, FactorError> {
    let own = OwnWork::begin(app, client, caller).await?.ok_or(FactorError::Ended)?;
    if own.account.factors.total() == 0 {
        return Err(FactorError::NotEnabled);
    }
    Ok(own)
}

/// Gives a factor another name.
pub async fn rename(
    app: &App,
    client: &Client,
    caller: &Caller,
    id: FactorId,
    name: &str,
) -> Result<MethodView, FactorError> {
    app.transact(|| rename_once(app, client, caller, id, name)).await
}

async fn rename_once(
    app: &App,
    client: &Client,
    caller: &Caller,
    id: FactorId,
    name: &str,
) -> Result<MethodView, FactorError> {
    let name = validate_device_name(name).map_err(FactorError::BadName)?;
    let own = begin(app, client, caller).await.map_err(no_factor_is_not_found)?;
    let factors = all::list(&own.work, own.account.user.id).await?;
    let factor = factors.iter().find(|factor| factor.id == id.0).ok_or(FactorError::NotFound)?;
    guard::require(app, &own.account, &caller.live.proofs, Act::OwnFactors)?;
    all::rename(&own, own.account.user.id, id, &name).await?;
    let about = About::own(&own.account.user).with(serde_json::json!({ "factor": id }));
    own.record(EventKind::FactorRenamed, about).await?;
    own.work.commit().await?;
    Ok(MethodView { name, ..factor.clone() })
}

fn no_factor_is_not_found(error: FactorError) -> FactorError {
    match error {
        FactorError::NotEnabled => FactorError::NotFound,
        other => other,
    }
}

/// Chooses what is asked first at sign-in. It makes nothing weaker or stronger: either still opens the lock.
pub async fn prefer(app: &App, client: &Client, caller: &Caller, method: Method) -> Result<(), FactorError> {
    app.transact(|| prefer_once(app, client, caller, method)).await
}

async fn prefer_once(app: &App, client: &Client, caller: &Caller, method: Method) -> Result<(), FactorError> {
    let own = begin(app, client, caller).await?;
    let has = match method {
        Method::Totp => own.account.factors.apps > 0,
        Method::SecurityKey => !own.account.factors.keys.is_empty(),
        Method::Password | Method::RecoveryCode => false,
    };
    if !has {
        return Err(FactorError::NotEnabled);
    }
    users::set_preferred(&own, own.account.user.id, Some(method)).await?;
    let about = About::own(&own.account.user).with(serde_json::json!({ "method": method.as_str() }));
    own.record(EventKind::PreferredMethodChanged, about).await?;
    own.work.commit().await?;
    Ok(())
}

/// What is left after a factor was removed.
#[derive(Debug)]
pub struct Removed {
    /// Whether another factor is still asked at sign-in.
    pub enabled: bool,
    /// The session's fresh token.
    pub issued: Issued,
}

/// Removes one factor. Removing the last is switching off: the recovery codes go, too.
pub async fn remove(
    app: &App,
    client: &Client,
    caller: &Caller,
    id: FactorId,
) -> Result<Removed, FactorError> {
    app.transact(|| remove_once(app, client, caller, id)).await
}

async fn remove_once(
    app: &App,
    client: &Client,
    caller: &Caller,
    id: FactorId,
) -> Result<Removed, FactorError> {
    let own = begin(app, client, caller).await.map_err(no_factor_is_not_found)?;
    let factors = all::list(&own.work, own.account.user.id).await?;
    let factor = factors.iter().find(|factor| factor.id == id.0).ok_or(FactorError::NotFound)?;
    guard::require(app, &own.account, &caller.live.proofs, Act::OwnFactors)?;
    if is_last(&own.account, &factors, id) {
        return Err(FactorError::LastFactor);
    }
    if factors.len() == 1 {
        let issued = switch_off(own, caller.live.proofs.clone()).await?;
        return Ok(Removed { enabled: false, issued });
    }
    if !all::remove(&own, own.account.user.id, id).await? {
        return Err(FactorError::NotFound);
    }
    limit_after_recovery(&own, &own.account, &caller.live.proofs).await?;
    endings::of_change(&own, own.account.user.id, Some(caller.live.session.id)).await?;
    let issued = sessions::renew(&own, caller, caller.live.proofs.clone()).await?;
    let about = About::own(&own.account.user).with(serde_json::json!({ "factor": id, "kind": factor.kind }));
    own.record(EventKind::FactorRemoved, about).await?;
    let letter = LetterKind::FactorRemoved { method_name: factor.name.clone() };
    own.notify(&own.account, letter).await?;
    own.work.commit().await?;
    Ok(Removed { enabled: true, issued })
}

/// Whether the organisation requires a factor, and without this one the person has none left, or none of a kind that
/// counts.
fn is_last(account: &Account, factors: &[MethodView], id: FactorId) -> bool {
    let settings = &account.tenant.settings;
    let allowed =
        |factor: &MethodView| settings.mfa_allowed_methods.iter().any(|k| k.as_str() == factor.kind);
    let left = || factors.iter().filter(|factor| factor.id != id.0);
    let counted = factors.iter().any(allowed);
    settings.require_of(account.user.role) && (left().next().is_none() || (counted && !left().any(allowed)))
}

/// What a recovery code removed leaves the account limited for a day: whoever found the sheet must not
/// get from there to the password or the address.
async fn limit_after_recovery(work: &Work<'_>, account: &Account, proofs: &Proofs) -> Result<(), Internal> {
    let now = work.now;
    if proofs.fresh_factor(now).is_none_or(|proof| proof < Strength::Factor) {
        users::set_limited_until(work, account.user.id, now.plus_secs(LIMITED_SECS)).await?;
    }
    Ok(())
}
