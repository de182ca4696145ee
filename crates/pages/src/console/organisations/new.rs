//! A new organisation, whose owner is invited.

use axum::{extract::State, response::Response};
use serde::{Deserialize, Serialize};
use twinlock_core::factor::typed::is_blank;
use twinlock_http::{WebState, extract::RequestClient, http::Problem};
use twinlock_service::{
    operators::{
        By, OperateError,
        create::{self, NewOrganisation, NewOwner},
    },
    setup::FieldProblem,
};

use super::page_of;
use crate::{
    account::answer::name_error,
    again::{Again, again},
    console::{
        guard::{OperatorForm, OperatorPage},
        proof::{self, Weight},
    },
    render::{go, page},
    view::{
        FieldError, NavItem,
        console::organisations::{NewOrganisationPage, OrganisationErrors, OrganisationFields},
    },
};

const HERE: &str = "/console/organisations/new";

#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct Form {
    id: String,
    name: String,
    username: String,
    email: String,
    display_name: String,
}

/// What the form shows again.
#[derive(Default, Serialize, Deserialize)]
pub(super) struct Refused {
    form: OrganisationFields,
    errors: OrganisationErrors,
}

pub(super) async fn ask(
    State(state): State<WebState>,
    OperatorPage(visitor): OperatorPage,
    Again(refused): Again<Refused>,
) -> Response {
    let Refused { form, errors } = refused.unwrap_or_default();
    let page_parts = visitor.page(&state, NavItem::Organisations);
    proof::missing(&state, &visitor, Weight::Grave, HERE)
        .unwrap_or_else(|| page(&NewOrganisationPage { page: page_parts, form, errors }))
}

pub(super) async fn create(
    State(state): State<WebState>,
    RequestClient(client): RequestClient,
    OperatorForm(visitor, form): OperatorForm<Form>,
) -> Result<Response, Problem> {
    let Form { id, name, username, email, display_name } = form;
    let fields = OrganisationFields { id, name, username, email, display_name };
    let typed = fields.clone();
    let given = Some(typed.display_name).filter(|text| !is_blank(text));
    let owner = NewOwner { username: typed.username, email: typed.email, display_name: given };
    let wanted = NewOrganisation { id: typed.id, name: typed.name, owner };
    let by = By::Session(&client, &visitor.caller);
    let errors = match create::create(&state.app, by, wanted).await {
        Ok(made) => return Ok(go(&format!("{}?done=organisation-made", page_of(&made.organisation.id)))),
        Err(OperateError::Invalid(problems)) => mistakes(&problems),
        Err(OperateError::Taken) => {
            OrganisationErrors { id: Some(FieldError::Taken), ..OrganisationErrors::default() }
        }
        Err(error) => return Ok(proof::otherwise(&state, &visitor, error, HERE)),
    };
    Ok(again(HERE, &Refused { form: fields, errors }))
}

fn mistakes(problems: &[FieldProblem]) -> OrganisationErrors {
    let of = |field: &str| {
        problems.iter().find(|problem| problem.field == field).map(|problem| name_error(&problem.problem))
    };
    OrganisationErrors {
        id: of("tenant_id"),
        name: of("tenant_name"),
        username: of("username"),
        email: of("email"),
        display_name: of("display_name"),
    }
}
