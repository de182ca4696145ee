//! A tenant's settings: read and changed by its administrators.

use twinlock_core::{
    audit::EventKind,
    factor::recovery::CodeFormat,
    tenant::{SettingError, Settings},
};
use twinlock_store::{
    StoreError,
    tenants::{self, Tenant},
};

use crate::{
    App, Client, Internal,
    audit_log::{About, record},
    guard::{self, Act, StepUpRequired},
    sessions::{self, Caller},
};

/// Why settings were not shown or changed.
#[derive(Debug, thiserror::Error)]
pub enum SettingsError {
    /// Another tenant, or none of that name.
    #[error("no such organisation")]
    NotFound,
    /// Not an administrator.
    #[error("only administrators may do this")]
    Forbidden,
    /// A fresh proof is needed first.
    #[error(transparent)]
    StepUp(#[from] StepUpRequired),
    /// Values out of range.
    #[error("settings out of range")]
    Invalid(Vec<SettingError>),
    /// The settings changed since they were read.
    #[error("the settings changed meanwhile")]
    Conflict,
    /// The session ended meanwhile.
    #[error("the session has ended")]
    Ended,
    /// Nobody's fault.
    #[error(transparent)]
    Internal(#[from] Internal),
}

impl From<StoreError> for SettingsError {
    fn from(error: StoreError) -> Self {
        Self::Internal(error.into())
    }
}

/// Changes; what is absent stays.
#[derive(Debug, Default, Clone)]
pub struct SettingsChange {
    /// Shortest password, in code points.
    pub password_min_length: Option<usize>,
    /// Codes asked for at enrolment.
    pub totp_enrollment_codes: Option<u8>,
    /// Form of new recovery codes.
    pub recovery_code_format: Option<CodeFormat>,
    /// Absolute lifetime of new sessions, in minutes.
    pub session_lifetime_minutes: Option<i64>,
    /// The version the caller saw.
    pub version: Option<i64>,
}

impl SettingsChange {
    fn apply(&self, settings: &Settings) -> Settings {
        Settings {
            password_min_length: self.password_min_length.unwrap_or(settings.password_min_length),
            totp_enrollment_codes: self.totp_enrollment_codes.unwrap_or(settings.totp_enrollment_codes),
            recovery_code_format: self.recovery_code_format.unwrap_or(settings.recovery_code_format),
            session_lifetime_minutes: self
                .session_lifetime_minutes
                .unwrap_or(settings.session_lifetime_minutes),
        }
    }
}

/// The settings and their version.
#[derive(Debug, Clone)]
pub struct SettingsView {
    /// Values.
    pub settings: Settings,
    /// Rises with each change.
    pub version: i64,
}

fn may_administer(caller: &Caller, slug: &str) -> Result<(), SettingsError> {
    let account = &caller.live.account;
    if account.tenant.slug != slug {
        return Err(SettingsError::NotFound);
    }
    if account.user.role.administers_tenant() { Ok(()) } else { Err(SettingsError::Forbidden) }
}

/// The settings of the caller's tenant.
pub async fn get(app: &App, caller: &Caller, slug: &str) -> Result<SettingsView, SettingsError> {
    may_administer(caller, slug)?;
    let tenant = tenants::by_slug(&app.store, slug).await?.ok_or(SettingsError::NotFound)?;
    Ok(SettingsView { settings: tenant.settings, version: tenant.version })
}

/// Changes settings, all or none; a stale `version` is a conflict.
pub async fn update(
    app: &App,
    client: &Client,
    caller: &Caller,
    slug: &str,
    change: SettingsChange,
) -> Result<SettingsView, SettingsError> {
    may_administer(caller, slug)?;
    let tx = app.store.begin().await?;
    let account = sessions::hold_own(&tx, caller).await?.ok_or(SettingsError::Ended)?;
    if !account.user.role.administers_tenant() {
        return Err(SettingsError::Forbidden);
    }
    guard::require(&account, &caller.live.proofs, Act::Administer, app.now())?;
    let tenant = tenants::hold(&tx, account.tenant.id).await?.ok_or(SettingsError::NotFound)?;
    if change.version.is_some_and(|seen| seen != tenant.version) {
        return Err(SettingsError::Conflict);
    }
    let settings = change.apply(&tenant.settings);
    settings.validate().map_err(SettingsError::Invalid)?;
    if settings == tenant.settings {
        return Ok(SettingsView { settings, version: tenant.version });
    }
    if !tenants::update_settings(&tx, tenant.id, &settings, tenant.version).await? {
        return Err(SettingsError::Conflict);
    }
    let detail = serde_json::json!({ "old": tenant.settings, "new": settings });
    record(&tx, app, client, EventKind::TenantSettingsChanged, About::own(&account.user).with(detail)).await?;
    tx.commit().await?;
    app.cache.changed();
    Ok(SettingsView { settings, version: tenant.version + 1 })
}

/// The tenants a sign-in page may offer: none when there are so many that asking is better.
pub async fn known_tenants(app: &App) -> Result<Vec<Tenant>, Internal> {
    Ok(tenants::list(&app.store, 2).await?)
}

/// The tenant of a slug, for the sign-in page.
pub async fn tenant(app: &App, slug: &str) -> Result<Option<Tenant>, Internal> {
    match twinlock_core::name::validate_slug(slug) {
        Ok(slug) => Ok(tenants::by_slug(&app.store, &slug).await?),
        Err(_) => Ok(None),
    }
}
