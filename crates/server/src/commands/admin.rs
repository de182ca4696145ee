//! `twinlock admin`: the operator's acts on accounts, on the database directly.

mod tenants;

use std::sync::Arc;

use secrecy::{ExposeSecret, SecretString};
use serde_json::Value;
use twinlock_core::ids::UserId;
use twinlock_service::{
    App, Internal, UserView,
    admin::{self, AdminError, CreatedUser},
    hasher::HasherSettings,
    operator::{self, OperatorError},
    people::PersonChange,
    settings::SettingsView,
};

use super::{existing, passphrase::secret_line, settings};
use crate::{
    cli::{self, Admin, Place},
    config::Settings,
    failure::Failure,
    output,
};

/// Users read from the database at a time.
const PAGE: u32 = 500;

impl From<AdminError> for Failure {
    fn from(error: AdminError) -> Self {
        Self::failed(error)
    }
}

impl From<OperatorError> for Failure {
    fn from(error: OperatorError) -> Self {
        Self::failed(error)
    }
}

/// Does one act.
pub async fn admin(place: &Place, command: Admin) -> Result<(), Failure> {
    let settings = settings(place)?;
    let foundation = existing(&settings).await?;
    // Links need the public address. Nothing listens here, so a port has to come from the settings.
    let public_url = settings.public_url(settings.listen().port())?;
    let hashing = HasherSettings { threads: 1, ..settings.hashing };
    let app = foundation.app(&settings, public_url, hashing).await?;
    let done = act(&app, &settings, command).await;
    app.settle().await;
    foundation.close().await?;
    done
}

async fn act(app: &Arc<App>, settings: &Settings, command: Admin) -> Result<(), Failure> {
    match command {
        Admin::CreateTenant(wanted) => {
            admin::create_tenant(app, &wanted.id, &wanted.name).await?;
            output::say(format_args!("made tenant {}", wanted.id));
        }
        Admin::CreateOperator(wanted) => tenants::create_operator(app, settings, wanted).await?,
        Admin::ApproveOperator { username } => {
            tell_invited(settings, &admin::approve_operator(app, &username).await?, "is invited");
        }
        Admin::ListTenants => tenants::list(app).await?,
        Admin::SuspendTenant(tenant) => tenants::set_suspended(app, &tenant.id, true).await?,
        Admin::ResumeTenant(tenant) => tenants::set_suspended(app, &tenant.id, false).await?,
        Admin::DeleteTenant(tenant) => tenants::delete(app, &tenant.id).await?,
        Admin::RestoreTenant(tenant) => tenants::restore(app, &tenant.id).await?,
        Admin::CreateUser(wanted) => create_user(app, settings, wanted).await?,
        Admin::ListUsers { tenant } => list_users(app, &tenant).await?,
        Admin::Invite(who) => {
            tell_invited(
                settings,
                &admin::invite_again(app, &who.tenant, &who.username).await?,
                "is invited",
            );
        }
        Admin::ChangeUser(wanted) => change_user(app, wanted).await?,
        Admin::DeleteUser(who) => {
            tell(&admin::delete(app, &who.tenant, &who.username).await?, "is deleted");
        }
        Admin::ResetMfa(who) => reset_mfa(app, &who).await?,
        Admin::Unlock(who) => tell(&admin::unlock(app, &who.tenant, &who.username).await?, "is unlocked"),
        Admin::Suspend(who) => {
            tell(&admin::suspend(app, &who.tenant, &who.username).await?, "cannot sign in any more");
        }
        Admin::Activate(who) => {
            tell(&admin::activate(app, &who.tenant, &who.username).await?, "can sign in");
        }
        Admin::Set(wanted) => set(app, wanted).await?,
    }
    Ok(())
}

fn tell(user: &UserView, what: &str) {
    output::say(format_args!("{}/{} {what}", user.tenant_id, user.username));
}

async fn create_user(app: &App, settings: &Settings, wanted: cli::CreateUser) -> Result<(), Failure> {
    let password: Option<SecretString> =
        wanted.password_stdin.then(|| secret_line("the password:")).transpose()?;
    let new = admin::CreateUser {
        username: wanted.username,
        email: wanted.email,
        display_name: wanted.display_name,
        role: wanted.role.into(),
        password,
    };
    let created = if wanted.must_change {
        admin::create_user_to_change(app, &wanted.tenant, new).await?
    } else {
        admin::create_user(app, &wanted.tenant, new).await?
    };
    tell_created(settings, &created);
    Ok(())
}

fn tell_created(settings: &Settings, created: &CreatedUser) {
    tell_invited(settings, created, "was made");
}

fn tell_invited(settings: &Settings, created: &CreatedUser, what: &str) {
    tell(&created.user, what);
    if let Some(link) = &created.invitation {
        if settings.public_url.is_none() {
            output::warn("server.public_url is not set: the link may name a wrong host or port");
        }
        output::say(format_args!("the password is chosen at {link}"));
    }
}

async fn change_user(app: &App, wanted: cli::ChangeUser) -> Result<(), Failure> {
    let cli::ChangeUser { who, new_username, email, display_name, role } = wanted;
    let role = role.map(Into::into);
    let change = PersonChange { username: new_username, email, display_name, role, suspended: None };
    tell(&admin::change(app, &who.tenant, &who.username, &change).await?, "was changed");
    Ok(())
}

async fn reset_mfa(app: &App, who: &cli::Who) -> Result<(), Failure> {
    let reset = admin::reset_mfa(app, &who.tenant, &who.username).await?;
    tell(&reset.user, "has no second factor any more, and all sessions were ended");
    match reset.enrollment_code {
        Some(code) => output::say(format_args!(
            "the next enrollment asks for this code, within 24 hours: {}",
            code.expose_secret()
        )),
        None => output::say(format_args!("the next enrollment asks for a code that is sent by mail then")),
    }
    Ok(())
}

async fn list_users(app: &App, tenant: &str) -> Result<(), Failure> {
    let mut after = None;
    loop {
        let page = operator::list_users(app, tenant, after, PAGE).await?;
        for user in &page {
            let email = user.email.as_deref().unwrap_or("-");
            let second = if user.mfa_enabled { "second factor" } else { "password only" };
            let (role, status) = (user.role.as_str(), user.status.as_str());
            output::say(format_args!("{}\t{email}\t{role}\t{status}\t{second}", user.username));
        }
        match page.last() {
            Some(last) if page.len() == PAGE as usize => after = Some(UserId(last.id)),
            _ => return Ok(()),
        }
    }
}

async fn set(app: &App, wanted: cli::Set) -> Result<(), Failure> {
    let changes = wanted.changes.iter().map(|text| change(text)).collect::<Result<Vec<_>, _>>()?;
    let view = if changes.is_empty() {
        operator::settings(app, &wanted.tenant).await?
    } else {
        operator::change_settings(app, &wanted.tenant, &changes).await?
    };
    show(&view)
}

/// `name=value`; what does not read as JSON is a text.
fn change(text: &str) -> Result<(String, Value), Failure> {
    let (name, value) =
        text.split_once('=').ok_or_else(|| Failure::setup(format!("{text}: expected NAME=VALUE")))?;
    let value = serde_json::from_str(value).unwrap_or_else(|_| Value::String(value.to_owned()));
    Ok((name.to_owned(), value))
}

fn show(view: &SettingsView) -> Result<(), Failure> {
    let written = serde_json::to_value(view).map_err(|_| Internal::Broken("settings cannot be shown"))?;
    for (name, value) in written.as_object().into_iter().flatten() {
        match value {
            Value::String(text) => output::say(format_args!("{name}={text}")),
            other => output::say(format_args!("{name}={other}")),
        }
    }
    Ok(())
}
