//! A tenant's settings: read and changed by its administrators.

use serde::Serialize;
use serde_json::{Value, json};
use twinlock_core::{
    audit::EventKind,
    enrollment::EnrollmentProof,
    factor::{
        recovery::CodeFormat,
        webauthn::{Attestation, UserVerification},
    },
    tenant::{SettingError, Settings},
};
use twinlock_store::{
    StoreError, Tx,
    tenants::{self, Tenant},
};
use uuid::Uuid;

use crate::{
    App, Caller, Client, Internal,
    audit_log::{About, record},
    guard::{self, Act, StepUpRequired},
    sessions,
};

/// The settings and their version.
#[derive(Debug, Clone, Serialize)]
pub struct SettingsView {
    /// Every setting, by its name in the API.
    #[serde(flatten)]
    pub settings: Settings,
    /// Rises with each change.
    pub version: i64,
}

impl From<Tenant> for SettingsView {
    fn from(tenant: Tenant) -> Self {
        Self { settings: tenant.settings, version: tenant.version }
    }
}

/// What to change; what is none stays.
#[derive(Debug, Clone, Default)]
pub struct SettingsPatch {
    /// Shortest password accepted.
    pub password_min_length: Option<usize>,
    /// Codes asked for when an authenticator app is enrolled.
    pub totp_enrollment_codes: Option<u8>,
    /// What the first enrolment asks for beside the password.
    pub enrollment_proof: Option<EnrollmentProof>,
    /// Form of new recovery codes.
    pub recovery_code_format: Option<CodeFormat>,
    /// Absolute lifetime of new sessions, in minutes.
    pub session_lifetime_minutes: Option<i64>,
    /// Whether a security key must verify its user as a second factor.
    pub user_verification: Option<UserVerification>,
    /// Whether a security key must prove its make.
    pub webauthn_attestation: Option<Attestation>,
    /// The makes that may be registered; empty for all.
    pub webauthn_allowed_aaguids: Option<Vec<Uuid>>,
}

impl SettingsPatch {
    fn applied_to(self, old: &Settings) -> Settings {
        Settings {
            password_min_length: self.password_min_length.unwrap_or(old.password_min_length),
            totp_enrollment_codes: self.totp_enrollment_codes.unwrap_or(old.totp_enrollment_codes),
            enrollment_proof: self.enrollment_proof.unwrap_or(old.enrollment_proof),
            recovery_code_format: self.recovery_code_format.unwrap_or(old.recovery_code_format),
            session_lifetime_minutes: self.session_lifetime_minutes.unwrap_or(old.session_lifetime_minutes),
            user_verification: self.user_verification.unwrap_or(old.user_verification),
            webauthn_attestation: self.webauthn_attestation.unwrap_or(old.webauthn_attestation),
            webauthn_allowed_aaguids: self
                .webauthn_allowed_aaguids
                .unwrap_or_else(|| old.webauthn_allowed_aaguids.clone()),
        }
    }
}

/// Why settings were not shown or changed.
#[derive(Debug, thiserror::Error)]
pub enum SettingsError {
    /// No such tenant, or not the caller's.
    #[error("no such organisation")]
    NotFound,
    /// The caller does not administer the tenant.
    #[error("not allowed")]
    Forbidden,
    /// A fresh proof of a second factor is missing.
    #[error(transparent)]
    StepUp(#[from] StepUpRequired),
    /// Some values are out of range.
    #[error("some values are out of range")]
    Invalid(Vec<SettingError>),
    /// The settings changed since the caller read them.
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

/// The settings of the caller's tenant.
pub async fn get(app: &App, caller: &Caller, slug: &str) -> Result<SettingsView, SettingsError> {
    admit(caller, slug)?;
    let tenant = tenants::by_slug(&app.store, slug).await?.ok_or(SettingsError::NotFound)?;
    Ok(tenant.into())
}

/// Changes settings, if they are still at `version` where one is named.
pub async fn update(
    app: &App,
    client: &Client,
    caller: &Caller,
    slug: &str,
    change: (SettingsPatch, Option<i64>),
) -> Result<SettingsView, SettingsError> {
    admit(caller, slug)?;
    guard::require(app, &caller.live.account, &caller.live.proofs, Act::Administer)?;
    let tx = app.store.begin().await?;
    let account = sessions::hold_own(&tx, caller).await?.ok_or(SettingsError::Ended)?;
    if !account.user.role.administers_tenant() {
        return Err(SettingsError::Forbidden);
    }
    guard::require(app, &account, &caller.live.proofs, Act::Administer)?;
    let tenant = tenants::hold(&tx, account.tenant.id).await?.ok_or(SettingsError::NotFound)?;
    let (before, after) = write(&tx, tenant, change).await?;
    if before.settings != after.settings {
        let about = About::own(&account.user);
        let about = About { user: None, ..about }.with(difference(&before.settings, &after.settings));
        record(&tx, app, client, EventKind::TenantSettingsChanged, about).await?;
    }
    tx.commit().await?;
    app.cache.changed();
    Ok(after.into())
}

/// Somebody else's tenant looks like one that does not exist.
fn admit(caller: &Caller, slug: &str) -> Result<(), SettingsError> {
    let account = &caller.live.account;
    if account.tenant.slug != slug {
        return Err(SettingsError::NotFound);
    }
    if account.user.role.administers_tenant() { Ok(()) } else { Err(SettingsError::Forbidden) }
}

/// The tenant before and after.
async fn write(
    tx: &Tx,
    before: Tenant,
    change: (SettingsPatch, Option<i64>),
) -> Result<(Tenant, Tenant), SettingsError> {
    let (patch, version) = change;
    if version.is_some_and(|seen| seen != before.version) {
        return Err(SettingsError::Conflict);
    }
    let settings = patch.applied_to(&before.settings);
    settings.validate().map_err(SettingsError::Invalid)?;
    if settings == before.settings {
        return Ok((before.clone(), before));
    }
    if !tenants::update_settings(tx, before.id, &settings, before.version).await? {
        return Err(SettingsError::Conflict);
    }
    let after = Tenant { settings, version: before.version + 1, ..before.clone() };
    Ok((before, after))
}

/// Old and new value of every setting that changed.
pub(crate) fn difference(old: &Settings, new: &Settings) -> Value {
    let (old, new) = (json!(old), json!(new));
    let members = old.as_object().into_iter().flatten();
    let changed: serde_json::Map<_, _> = members
        .filter_map(|(name, was)| {
            let is = new.get(name)?;
            (is != was).then(|| (name.clone(), json!({ "old": was, "new": is })))
        })
        .collect();
    json!({ "changed": changed })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_audit_log_gets_old_and_new_of_what_changed_only() {
        let patch = SettingsPatch { totp_enrollment_codes: Some(2), ..SettingsPatch::default() };
        let old = Settings::default();
        let detail = difference(&old, &patch.applied_to(&old));
        assert_eq!(detail, json!({ "changed": { "totp_enrollment_codes": { "old": 1, "new": 2 } } }));
    }
}
