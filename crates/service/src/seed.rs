//! Second factors of people who exist only for a demonstration. Nobody scans a QR code for them.

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
    recovery as codes,
    seal::Purpose,
    totp::{self, TotpFactor},
    user_counts, users,
};

use crate::{App, Internal, audit_log::About, context::Work, enrol, recovery_hash};

const NOBODY: Internal = Internal::Broken("there is no such account to enrol");

/// What the person would have been shown, once.
pub struct Enrolment {
    /// The secret in base32.
    pub secret: SecretString,
    /// The key URI for an app.
    pub otpauth_url: SecretString,
    /// The recovery codes.
    pub backup_codes: Vec<SecretString>,
}

/// Gives an account a confirmed authenticator app and recovery codes. Its next code is good: no step
/// counts as used but those that are over.
pub async fn authenticator_app(app: &App, tenant: &str, username: &str) -> Result<Enrolment, Internal> {
    let name = NameKey::of(username).ok_or(NOBODY)?;
    let account = users::by_login(&app.store, tenant, &name).await?.ok_or(NOBODY)?;
    let secret = TotpSecret::generate(app.entropy());
    let set = recovery::generate_set(app.entropy(), account.tenant.settings.recovery_code_format);
    let backup_codes = set.iter().map(|code| code.display().into()).collect();
    let mut hashed = recovery_hash::hash_set(app, account.user.id, set).await?;
    let now = app.now();
    hashed.set.saved_at = Some(now);
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
    Ok(Enrolment { secret: secret.base32(), otpauth_url, backup_codes })
}
