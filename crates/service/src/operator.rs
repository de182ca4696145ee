//! What the operator at the command line looks at and sets, beside the acts on single accounts in
//! [`crate::admin`].

use serde_json::{Value, json};
use twinlock_core::{
    audit::EventKind,
    ids::{SessionId, UserId},
    tenant::{SettingError, Settings},
};
use twinlock_store::{
    tenants::{self, Tenant},
    users,
};
use uuid::Uuid;

use crate::{
    App, Internal, UserView,
    audit_log::About,
    context::Work,
    settings::{SettingsView, Start, check, difference, started},
};

/// Why nothing was shown or set.
#[derive(Debug, thiserror::Error)]
pub enum OperatorError {
    /// No tenant has this slug.
    #[error("there is no tenant {0}")]
    NoSuchTenant(String),
    /// No setting has this name.
    #[error("there is no setting {0}")]
    NoSuchSetting(String),
    /// A value of a wrong type.
    #[error("{0} cannot have this value")]
    WrongType(String),
    /// A value out of range.
    #[error("{}", list(.0))]
    OutOfRange(Vec<SettingError>),
    /// Somebody else changed the settings at the same moment.
    #[error("the settings changed meanwhile: try again")]
    Conflict,
    /// Nobody's fault.
    #[error(transparent)]
    Internal(#[from] Internal),
}

store_faults_are_internal!(OperatorError);

fn list(problems: &[SettingError]) -> String {
    problems.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ")
}

/// People of a tenant in the order they were made, after `after`, at most `limit`.
pub async fn list_users(
    app: &App,
    slug: &str,
    after: Option<UserId>,
    limit: u32,
) -> Result<Vec<UserView>, OperatorError> {
    let tenant = find(app, slug).await?;
    let accounts = users::of_tenant(&app.store, tenant.id, after, limit).await?;
    Ok(accounts.iter().map(|account| UserView::of(app, account)).collect())
}

/// A tenant's settings.
pub async fn settings(app: &App, slug: &str) -> Result<SettingsView, OperatorError> {
    Ok(find(app, slug).await?.into())
}

/// Changes settings by name. All or nothing.
pub async fn change_settings(
    app: &App,
    slug: &str,
    changes: &[(String, Value)],
) -> Result<SettingsView, OperatorError> {
    app.transact(|| change_settings_once(app, slug, changes)).await
}

async fn change_settings_once(
    app: &App,
    slug: &str,
    changes: &[(String, Value)],
) -> Result<SettingsView, OperatorError> {
    let found = find(app, slug).await?;
    let work = Work::at_command_line(app).await?;
    let before =
        tenants::hold(&work, found.id).await?.ok_or_else(|| OperatorError::NoSuchTenant(slug.to_owned()))?;
    let settings = started(&before.settings, applied(&before.settings, changes)?, app.now());
    check(&before, &settings).map_err(OperatorError::OutOfRange)?;
    if settings == before.settings {
        return Ok(before.into());
    }
    if !tenants::update_settings(&work, before.id, &settings, before.version).await? {
        return Err(OperatorError::Conflict);
    }
    let mut detail = difference(&before.settings, &settings);
    if let Some(start) = Start::of(&before.settings, &settings) {
        let nobodys = SessionId(Uuid::nil());
        detail["sessions_ended"] = json!(start.carry_out(&work, before.id, nobodys).await?);
    }
    let about = About { tenant: Some(before.id), ..About::anonymous(None) }.with(detail);
    work.record(EventKind::TenantSettingsChanged, about).await?;
    work.commit().await?;
    Ok(Tenant { settings, version: before.version + 1, ..before }.into())
}

async fn find(app: &App, slug: &str) -> Result<Tenant, OperatorError> {
    let found = tenants::by_slug(&app.store, slug).await?;
    found.ok_or_else(|| OperatorError::NoSuchTenant(slug.to_owned()))
}

/// The settings with some exchanged. Their written form knows every name there is.
fn applied(old: &Settings, changes: &[(String, Value)]) -> Result<Settings, OperatorError> {
    let mut settings = old.clone();
    for (name, value) in changes {
        let mut written = json!(settings);
        // Written by the server, when a factor becomes required.
        let known = written.get_mut(name).filter(|_| name != "mfa_enforced_at");
        let place = known.ok_or_else(|| OperatorError::NoSuchSetting(name.clone()))?;
        *place = value.clone();
        settings = serde_json::from_value(written).map_err(|_| OperatorError::WrongType(name.clone()))?;
    }
    Ok(settings)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn change(name: &str, value: Value) -> Result<Settings, OperatorError> {
        applied(&Settings::default(), &[(name.to_owned(), value)])
    }

    #[test]
    fn a_setting_is_changed_by_its_name() {
        assert_eq!(change("totp_enrollment_codes", json!(2)).unwrap().totp_enrollment_codes, 2);
    }

    #[test]
    fn an_unknown_name_or_a_wrong_type_is_refused() {
        assert!(matches!(change("totp_codes", json!(2)), Err(OperatorError::NoSuchSetting(_))));
        assert!(matches!(change("totp_enrollment_codes", json!("two")), Err(OperatorError::WrongType(_))));
    }
}
