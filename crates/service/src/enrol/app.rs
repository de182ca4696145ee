//! Enrolling an authenticator app: a candidate is shown, a code confirms it, only then is it a factor.
//! The candidate belongs to the session that began it.

use secrecy::SecretString;
use twinlock_core::{
    audit::EventKind,
    clock::Timestamp,
    factor::{
        kinds::Kind,
        totp::{self, TotpSecret},
    },
    ids::{FactorId, UserId},
    name::{NameError, numbered, validate_device_name},
};
use twinlock_store::{
    Tx,
    totp::{TotpCandidate, candidate, of_user, put_candidate},
    users::Account,
};

pub use super::confirmation::{Confirmation, verify};
use super::{Admitted, FirstCodes, NotAdmitted, admit, admit::require, first_codes::shown, sheet::Sheet};
use crate::{App, Client, Internal, audit_log::About, sessions::Caller};

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

store_faults_are_internal!(EnrolError);

/// Begins an enrollment; the last candidate, if any, is forgotten. Nothing is enabled.
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
    let Some(Opened { row, sheet }) = open_candidate(app, caller).await? else { return Ok(None) };
    Ok(Some(Setup::of(account, row, &sheet.secret()?)))
}

/// A set-up that waits to be confirmed.
pub(super) struct Opened {
    /// Its row.
    pub(super) row: TotpCandidate,
    /// What was sealed in it.
    pub(super) sheet: Sheet,
}

/// The candidate of the caller's session, while it is alive. One that another session began is none.
pub(super) async fn open_candidate(app: &App, caller: &Caller) -> Result<Option<Opened>, Internal> {
    let live = &caller.live;
    let Some(row) = candidate(&app.store, live.account.user.id).await? else { return Ok(None) };
    if row.session_id != live.session.id || app.now() >= row.expires_at {
        return Ok(None);
    }
    let sheet = Sheet::open(app, &row)?;
    Ok(Some(Opened { row, sheet }))
}

/// Name of the account in the app: the address where there is one, for it tells people more.
fn account_label(account: &Account) -> &str {
    account.user.email.as_deref().unwrap_or(&account.user.username)
}
