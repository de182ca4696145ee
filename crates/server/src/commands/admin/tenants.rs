//! `twinlock admin`: operators, and the tenants of the whole server.

use twinlock_service::{
    App,
    operators::{
        By, OperateError, OrganisationView, accounts, list,
        operate::{self, OrganisationPatch},
    },
};

use super::tell_created;
use crate::{cli, config::Settings, failure::Failure, output};

/// Tenants read from the database at a time.
const PAGE: u32 = 500;

impl From<OperateError> for Failure {
    fn from(error: OperateError) -> Self {
        Self::failed(error)
    }
}

pub(super) async fn create_operator(
    app: &App,
    settings: &Settings,
    wanted: cli::CreateOperator,
) -> Result<(), Failure> {
    let cli::CreateOperator { username, email, display_name } = wanted;
    tell_created(settings, &accounts::create_operator(app, username, email, display_name).await?);
    output::say(format_args!("a second factor is enrolled there before anything else"));
    Ok(())
}

pub(super) async fn list(app: &App) -> Result<(), Failure> {
    let mut after: Option<String> = None;
    loop {
        let page = list::list(app, By::CommandLine, after.as_deref(), PAGE).await?;
        for tenant in &page {
            let (id, name, people) = (&tenant.id, &tenant.name, tenant.users_total);
            output::say(format_args!("{id}\t{name}\t{people} users\t{}", state(tenant)));
        }
        match page.last() {
            Some(last) if page.len() == PAGE as usize => after = Some(last.id.clone()),
            _ => return Ok(()),
        }
    }
}

fn state(tenant: &OrganisationView) -> String {
    match (tenant.delete_at, tenant.suspended_at) {
        (Some(at), _) => format!("deleted at {at}"),
        (None, Some(_)) => "suspended".to_owned(),
        (None, None) => "active".to_owned(),
    }
}

pub(super) async fn set_suspended(app: &App, id: &str, suspended: bool) -> Result<(), Failure> {
    let patch = OrganisationPatch { suspended: Some(suspended), name: None };
    let tenant = operate::change(app, By::CommandLine, id, patch).await?;
    output::say(format_args!("{id} is {}", state(&tenant)));
    Ok(())
}

pub(super) async fn delete(app: &App, id: &str) -> Result<(), Failure> {
    let tenant = operate::delete(app, By::CommandLine, id).await?;
    output::say(format_args!("{id} is suspended, and {}", state(&tenant)));
    output::say(format_args!("until then `twinlock admin restore-tenant {id}` keeps it"));
    Ok(())
}

pub(super) async fn restore(app: &App, id: &str) -> Result<(), Failure> {
    operate::restore(app, By::CommandLine, id).await?;
    output::say(format_args!("{id} stays; `twinlock admin resume-tenant {id}` lets its people in again"));
    Ok(())
}
