//! The past of people who exist only for a demonstration. Nobody scans a QR code for them, and nobody holds their keys.
//!
//! The application is one whose clock stands in the past: what is written here is dated by it, as everything else.

mod key;

use secrecy::SecretString;
use serde_json::json;
use twinlock_core::{
    audit::EventKind,
    factor::{
        recovery,
        totp::{TotpSecret, otpauth_uri, step_at},
    },
    ids::FactorId,
    name::NameKey,
};
use twinlock_store::{
    outbox, recovery as codes,
    seal::Purpose,
    totp::{self, TotpFactor},
    user_counts,
    users::{self, Account},
};

use crate::{
    App, Internal,
    audit_log::About,
    context::Work,
    enrol, mfa_history,
    recovery_hash::{self, HashedSet},
};

pub use key::security_key;

const NOBODY: Internal = Internal::Broken("there is no such account to enrol");

/// What the person would have been shown, once.
pub struct Enrollment {
    /// The app's secret.
    pub app: TotpSecret,
    /// The same in base32.
    pub secret: SecretString,
    /// The key URI for an app.
    pub otpauth_url: SecretString,
    /// The recovery codes.
    pub backup_codes: Vec<SecretString>,
}

/// Recovery codes that are hashed, for somebody who enrols later.
pub struct Prepared {
    account: Account,
    hashed: HashedSet,
    backup_codes: Vec<SecretString>,
}

/// Hashes recovery codes for an account, which is what takes long.
pub async fn prepare(app: &App, tenant: &str, username: &str) -> Result<Prepared, Internal> {
    let account = find(app, tenant, username).await?;
    let set = recovery::generate_set(app.entropy(), account.tenant.settings.recovery_code_format);
    let backup_codes = set.iter().map(|code| code.display().into()).collect();
    let hashed = recovery_hash::hash_set(app, account.user.id, set).await?;
    Ok(Prepared { account, hashed, backup_codes })
}

/// Gives an account a confirmed authenticator app and recovery codes. Its next code is good: no step
/// counts as used but those that are over.
pub async fn authenticator_app(
    app: &App,
    prepared: Prepared,
    codes_saved: bool,
) -> Result<Enrollment, Internal> {
    let Prepared { account, mut hashed, backup_codes } = prepared;
    let now = app.now();
    let secret = TotpSecret::generate(app.entropy());
    hashed.set.created_at = now;
    hashed.set.saved_at = codes_saved.then_some(now);
    let id = FactorId::new(now, app.entropy());
    let factor = TotpFactor {
        id,
        user_id: account.user.id,
        name: enrol::app::DEFAULT_NAME.to_owned(),
        secret: app.keyring.seal(Purpose::TotpSecret, id.0, secret.expose(), app.entropy())?,
        last_step: step_at(now) - 2,
        limited_until: None,
        created_at: now,
        last_used_at: None,
    };
    let work = Work::at_command_line(app).await?;
    totp::insert(&work, &factor).await?;
    codes::replace(&work, &hashed.set, &hashed.tags).await?;
    user_counts::refresh(&work, factor.user_id).await?;
    let about = About::anonymous(Some(&account.user)).with(json!({ "factor": id, "kind": "totp" }));
    work.record(EventKind::MfaEnabled, about).await?;
    work.commit().await?;
    let otpauth_url = otpauth_uri(&account.tenant.name, &account.user.username, &secret);
    Ok(Enrollment { secret: secret.base32(), app: secret, otpauth_url, backup_codes })
}

/// Writes down how far organisations were at the beginning of the day, as a server does.
pub async fn write_day(app: &App) -> Result<(), Internal> {
    mfa_history::note(app).await
}

/// So many tries a letter has had after an hour (a minute of waiting after the first, twice as long after each).
const TRIES: u32 = 6;
const HOUR_SECS: i64 = 3600;

/// Lets the newest letter that waits have failed for an hour: it is tried again in another.
pub async fn keep_failing(app: &App, error: &str) -> Result<(), Internal> {
    let waiting = outbox::due(&app.store, app.now(), 100).await?;
    let newest = waiting.into_iter().max_by_key(|mail| (mail.created_at, mail.id));
    let Some(mut mail) = newest else { return Ok(()) };
    let next = app.now().plus_secs(HOUR_SECS);
    let work = Work::at_command_line(app).await?;
    for _ in 0..TRIES {
        outbox::claim(&work, &mail, next).await?;
        mail.attempts += 1;
    }
    outbox::failed(&work, mail.id, error, Some(next), app.now()).await?;
    Ok(work.commit().await?)
}

async fn find(app: &App, tenant: &str, username: &str) -> Result<Account, Internal> {
    let name = NameKey::of(username).ok_or(NOBODY)?;
    users::by_login(&app.store, tenant, &name).await?.ok_or(NOBODY)
}
