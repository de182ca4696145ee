//! A tenant's settings: read and changed by its administrators.

mod affected;
mod impact;
mod start;

use serde::Serialize;
use serde_json::{Value, json};
use twinlock_core::{
    audit::EventKind,
    clock::Timestamp,
    enrollment::EnrollmentProof,
    factor::{
        kinds::Kinds,
        recovery::CodeFormat,
        webauthn::{Attestation, UserVerification},
    },
    tenant::{SYSTEM_SLUG, SettingError, Settings, SsoPolicy},
    user::Power,
};
use twinlock_store::{
    tenants::{self, Tenant},
    users::Account,
};
use uuid::Uuid;

pub use affected::{Affected, AffectedPart, Effect, Wanted as WantedAffected, affected, affected_again};
pub use impact::{Impact, preview};
pub(crate) use start::Start;

use crate::{
    App, Caller, Client, Internal,
    administration::{self, Acting, NotAllowed},
    audit_log::About,
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
    /// Whether everybody must have a second factor.
    pub mfa_required: Option<bool>,
    /// Whether owners and administrators must have one, whoever else must.
    pub mfa_required_for_admins: Option<bool>,
    /// The grace period in days.
    pub mfa_grace_period_days: Option<u32>,
    /// The kinds of factors that count.
    pub mfa_allowed_methods: Option<Kinds>,
    /// Whether a sign-in through an identity provider needs the local second factor.
    pub mfa_sso_policy: Option<SsoPolicy>,
    /// Shortest password accepted.
    pub password_min_length: Option<usize>,
    /// Codes asked for when an authenticator app is enrolled.
    pub totp_enrollment_codes: Option<u8>,
    /// What the first enrollment asks for beside the password.
    pub enrollment_proof: Option<EnrollmentProof>,
    /// Form of new recovery codes.
    pub recovery_code_format: Option<CodeFormat>,
    /// Absolute lifetime of new sessions, in minutes.
    pub session_lifetime_minutes: Option<i64>,
    /// How long a new invitation can be accepted, in days.
    pub invitation_lifetime_days: Option<u32>,
    /// Whether a security key must verify its user as a second factor.
    pub user_verification: Option<UserVerification>,
    /// Whether a security key must prove its make.
    pub webauthn_attestation: Option<Attestation>,
    /// The makes that may be registered; empty for all.
    pub webauthn_allowed_aaguids: Option<Vec<Uuid>>,
}

impl SettingsPatch {
    /// `old` with what is to change.
    #[must_use]
    pub fn applied_to(self, old: &Settings) -> Settings {
        Settings {
            mfa_required: self.mfa_required.unwrap_or(old.mfa_required),
            mfa_required_for_admins: self.mfa_required_for_admins.unwrap_or(old.mfa_required_for_admins),
            mfa_grace_period_days: self.mfa_grace_period_days.unwrap_or(old.mfa_grace_period_days),
            mfa_allowed_methods: self.mfa_allowed_methods.unwrap_or(old.mfa_allowed_methods),
            mfa_enforced_at: old.mfa_enforced_at,
            mfa_sso_policy: self.mfa_sso_policy.unwrap_or(old.mfa_sso_policy),
            password_min_length: self.password_min_length.unwrap_or(old.password_min_length),
            totp_enrollment_codes: self.totp_enrollment_codes.unwrap_or(old.totp_enrollment_codes),
            enrollment_proof: self.enrollment_proof.unwrap_or(old.enrollment_proof),
            recovery_code_format: self.recovery_code_format.unwrap_or(old.recovery_code_format),
            session_lifetime_minutes: self.session_lifetime_minutes.unwrap_or(old.session_lifetime_minutes),
            invitation_lifetime_days: self.invitation_lifetime_days.unwrap_or(old.invitation_lifetime_days),
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
    /// The caller may not.
    #[error(transparent)]
    NotAllowed(#[from] NotAllowed),
    /// Some values are out of range.
    #[error("some values are out of range")]
    Invalid(Vec<SettingError>),
    /// The settings changed since the caller read them.
    #[error("the settings changed meanwhile")]
    Conflict,
    /// Whoever requires a factor of everybody, or narrows the kinds, has one of an allowed kind first.
    #[error("the caller has no second factor of an allowed kind")]
    NotEnabled,
    /// Nobody's fault.
    #[error(transparent)]
    Internal(#[from] Internal),
}

store_faults_are_internal!(SettingsError);

/// The settings of the caller's tenant.
pub async fn get(app: &App, caller: &Caller, slug: &str) -> Result<SettingsView, SettingsError> {
    administration::look(app, caller, slug, Power::Administer)?;
    let tenant = tenants::by_slug(&app.store, slug).await?.ok_or(NotAllowed::NotFound)?;
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
    app.transact(|| update_once(app, client, caller, slug, change.clone())).await
}

async fn update_once(
    app: &App,
    client: &Client,
    caller: &Caller,
    slug: &str,
    change: (SettingsPatch, Option<i64>),
) -> Result<SettingsView, SettingsError> {
    let Acting { work, actor } = administration::act(app, client, caller, slug, Power::Administer).await?;
    let before = actor.tenant.clone();
    let settings = changed(app, &before, change)?;
    if settings == before.settings {
        return Ok(before.into());
    }
    let starts = Start::of(&before.settings, &settings);
    if (starts.is_some() || settings.narrows(&before.settings)) && !complies(&actor, &settings) {
        return Err(SettingsError::NotEnabled);
    }
    if !tenants::update_settings(&work, before.id, &settings, before.version).await? {
        return Err(SettingsError::Conflict);
    }
    let mut detail = difference(&before.settings, &settings);
    if let Some(start) = starts {
        let keep = caller.live.session.id;
        detail["sessions_ended"] = json!(start.carry_out(&work, before.id, keep).await?);
    }
    let about = About { user: None, ..About::own(&actor.user) }.with(detail);
    work.record(EventKind::TenantSettingsChanged, about).await?;
    work.commit().await?;
    Ok(Tenant { settings, version: before.version + 1, ..before }.into())
}

/// The settings after a change.
fn changed(
    app: &App,
    before: &Tenant,
    change: (SettingsPatch, Option<i64>),
) -> Result<Settings, SettingsError> {
    let (patch, version) = change;
    if version.is_some_and(|seen| seen != before.version) {
        return Err(SettingsError::Conflict);
    }
    let settings = started(&before.settings, patch.applied_to(&before.settings), app.now());
    check(before, &settings).map_err(SettingsError::Invalid)?;
    Ok(settings)
}

/// Whether a tenant may have these settings.
pub(crate) fn check(tenant: &Tenant, settings: &Settings) -> Result<(), Vec<SettingError>> {
    settings.validate()?;
    if tenant.slug == SYSTEM_SLUG { settings.validate_of_operators() } else { Ok(()) }
}

/// The moment from which deadlines count belongs to the change from not required to required.
pub(crate) fn started(before: &Settings, after: Settings, now: Timestamp) -> Settings {
    let mfa_enforced_at = match (before.mfa_required, after.mfa_required) {
        (false, true) => Some(now),
        (true, true) => before.mfa_enforced_at,
        (_, false) => None,
    };
    Settings { mfa_enforced_at, ..after }
}

fn complies(account: &Account, settings: &Settings) -> bool {
    !account.factors.kinds().and(settings.mfa_allowed_methods).is_empty()
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
