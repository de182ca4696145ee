//! What is done to an organisation: renamed, suspended, let in again, deleted after a week, kept after all.

use axum::{extract::State, response::Response};
use serde::{Deserialize, Serialize};
use twinlock_core::tenant::DELETION_WAIT_SECS;
use twinlock_http::{
    WebState,
    extract::RequestClient,
    http::{ApiPath, Problem, path::PathParam},
};
use twinlock_service::operators::{
    By, OperateError, list,
    operate::{self, OrganisationPatch},
};

use super::{page_of, row};
use crate::{
    account::answer::{Yes, name_error},
    again::{Again, again},
    console::{
        guard::{OperatorForm, OperatorPage},
        proof::{self, Weight},
    },
    render::{go, page},
    view::{
        FieldError, NavItem, When,
        console::organisations::{Act, OrganisationActPage, OrganisationRow, RenameOrganisationPage},
    },
};

impl PathParam for Act {
    fn from_path(text: &str) -> Option<Self> {
        Self::parse(text)
    }
}

pub(super) async fn ask(
    State(state): State<WebState>,
    RequestClient(client): RequestClient,
    OperatorPage(visitor): OperatorPage,
    ApiPath((id, act)): ApiPath<(String, Act)>,
) -> Result<Response, Problem> {
    let found = list::show(&state.app, By::Session(&client, &visitor.caller), &id).await?;
    let now = state.app.now();
    let organisation = row(found, now);
    if !fits(&organisation, act) {
        return Ok(go(&page_of(&id)));
    }
    let here = format!("{}/{}", page_of(&id), act.as_str());
    if let Some(first) = proof::missing(&state, &visitor, Weight::Grave, &here) {
        return Ok(first);
    }
    let page_parts = visitor.page(&state, NavItem::Organisations);
    let goes = When::new(now.plus_secs(DELETION_WAIT_SECS), now);
    Ok(page(&OrganisationActPage { page: page_parts, organisation, act, goes }))
}

/// Whether there is anything to do. It may have been done meanwhile.
fn fits(organisation: &OrganisationRow, act: Act) -> bool {
    let (suspended, goes) = (organisation.suspended.is_some(), organisation.goes.is_some());
    match act {
        Act::Suspend => !suspended,
        Act::Resume => suspended && !goes,
        Act::Delete => !goes,
        Act::Restore => goes,
    }
}

pub(super) async fn act(
    State(state): State<WebState>,
    RequestClient(client): RequestClient,
    ApiPath((id, act)): ApiPath<(String, Act)>,
    OperatorForm(visitor, Yes {}): OperatorForm<Yes>,
) -> Result<Response, Problem> {
    let (app, by) = (&state.app, By::Session(&client, &visitor.caller));
    let suspended =
        |suspended| OrganisationPatch { suspended: Some(suspended), ..OrganisationPatch::default() };
    let done = match act {
        Act::Suspend => operate::change(app, by, &id, suspended(true)).await,
        Act::Resume => operate::change(app, by, &id, suspended(false)).await,
        Act::Delete => operate::delete(app, by, &id).await,
        Act::Restore => operate::restore(app, by, &id).await,
    };
    let note = match act {
        Act::Suspend => "organisation-suspended",
        Act::Resume => "organisation-resumed",
        Act::Delete => "organisation-goes",
        Act::Restore => "organisation-restored",
    };
    match done {
        Ok(_) => Ok(go(&format!("{}?done={note}", page_of(&id)))),
        // It was done meanwhile, or is too late: its page says how it stands.
        Err(OperateError::ToBeDeleted | OperateError::NotToBeDeleted) => Ok(go(&page_of(&id))),
        Err(error) => {
            let here = format!("{}/{}", page_of(&id), act.as_str());
            Ok(proof::otherwise(&state, &visitor, error, &here))
        }
    }
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct Form {
    name: String,
}

/// What the form of the name shows again.
#[derive(Serialize, Deserialize)]
pub(super) struct Refused {
    name: String,
    error: Option<FieldError>,
}

pub(super) async fn ask_name(
    State(state): State<WebState>,
    RequestClient(client): RequestClient,
    OperatorPage(visitor): OperatorPage,
    ApiPath(id): ApiPath<String>,
    Again(refused): Again<Refused>,
) -> Result<Response, Problem> {
    let found = list::show(&state.app, By::Session(&client, &visitor.caller), &id).await?;
    let here = format!("{}/rename", page_of(&id));
    if let Some(first) = proof::missing(&state, &visitor, Weight::Grave, &here) {
        return Ok(first);
    }
    let organisation = row(found, state.app.now());
    let stored = || Refused { name: organisation.name.clone(), error: None };
    let Refused { name, error } = refused.unwrap_or_else(stored);
    let page_parts = visitor.page(&state, NavItem::Organisations);
    Ok(page(&RenameOrganisationPage { page: page_parts, organisation, name, error }))
}

pub(super) async fn rename(
    State(state): State<WebState>,
    RequestClient(client): RequestClient,
    ApiPath(id): ApiPath<String>,
    OperatorForm(visitor, form): OperatorForm<Form>,
) -> Result<Response, Problem> {
    let by = By::Session(&client, &visitor.caller);
    let patch = OrganisationPatch { name: Some(form.name.clone()), ..OrganisationPatch::default() };
    match operate::change(&state.app, by, &id, patch).await {
        Ok(_) => Ok(go(&format!("{}?done=saved", page_of(&id)))),
        Err(OperateError::Invalid(problems)) => {
            let error = problems.first().map(|problem| name_error(&problem.problem));
            Ok(again(&format!("{}/rename", page_of(&id)), &Refused { name: form.name, error }))
        }
        Err(error) => Ok(proof::otherwise(&state, &visitor, error, &format!("{}/rename", page_of(&id)))),
    }
}
