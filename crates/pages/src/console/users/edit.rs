//! `/console/users/{id}/edit`: names, address, role.

use axum::{extract::State, response::Response};
use serde::Deserialize;
use twinlock_core::{factor::typed::is_blank, ids::UserId, user::Role};
use twinlock_http::{
    WebState,
    extract::RequestClient,
    http::{ApiPath, Code, Problem},
};
use twinlock_service::people::{self, PersonChange, PersonError};

use super::{
    new::{RefusedPerson, field_errors, taken},
    person::{self, Subject},
};
use crate::{
    again::{Again, again},
    console::{
        guard::{Administrator, AdministratorForm},
        proof::{self, Weight},
    },
    render::page,
    view::{
        FieldError, NavItem, PersonNote,
        console::person_forms::{EditPersonPage, PersonErrors, PersonFields},
    },
};

#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct Form {
    username: String,
    email: String,
    display_name: String,
    role: String,
}

fn here(id: UserId) -> String {
    format!("{}/edit", person::address(id))
}

pub(super) async fn ask(
    State(state): State<WebState>,
    Administrator(visitor): Administrator,
    ApiPath(id): ApiPath<UserId>,
    Again(refused): Again<RefusedPerson>,
) -> Result<Response, Problem> {
    let subject = person::administered(&state, &visitor, id).await?;
    if let Some(first) = proof::missing(&state, &visitor, Weight::Plain, &here(id)) {
        return Ok(first);
    }
    let RefusedPerson { form, errors } = refused.unwrap_or_else(|| RefusedPerson {
        form: PersonFields {
            username: subject.row.username.clone(),
            email: subject.row.email.clone().unwrap_or_default(),
            display_name: subject.row.display_name.clone(),
            role: subject.row.role,
        },
        errors: PersonErrors::default(),
    });
    let page_parts = visitor.page(&state, NavItem::Users);
    let roles = person::roles(&visitor);
    Ok(page(&EditPersonPage { page: page_parts, person: subject.row, form, errors, roles }))
}

pub(super) async fn change(
    State(state): State<WebState>,
    RequestClient(client): RequestClient,
    ApiPath(id): ApiPath<UserId>,
    AdministratorForm(visitor, form): AdministratorForm<Form>,
) -> Result<Response, Problem> {
    let subject = person::administered(&state, &visitor, id).await?;
    let fields = form.read()?;
    let errors = match wanted(&subject, &fields) {
        Err(errors) => errors,
        Ok(wanted) => {
            let whom = person::whom(&visitor, id);
            match people::change(&state.app, &client, &visitor.caller, &whom, &wanted).await {
                Ok(_) => return Ok(person::done(id, PersonNote::Changed)),
                Err(PersonError::Invalid(problems)) => field_errors(&problems),
                Err(PersonError::Taken(found)) => taken(&found),
                Err(error) => return Ok(proof::otherwise(&state, &visitor, error, &here(id))),
            }
        }
    };
    Ok(again(&here(id), &RefusedPerson { form: fields, errors }))
}

impl Form {
    /// A role that is none was not typed in our form.
    fn read(self) -> Result<PersonFields, Problem> {
        let Self { username, email, display_name, role } = self;
        let role = Role::parse(&role).ok_or_else(|| Problem::new(Code::MalformedRequest))?;
        Ok(PersonFields { username, email, display_name, role })
    }
}

/// What the service compares with what is. An address cannot be taken away.
fn wanted(subject: &Subject, fields: &PersonFields) -> Result<PersonChange, PersonErrors> {
    let email = (!is_blank(&fields.email)).then(|| fields.email.clone());
    if email.is_none() && subject.row.email.is_some() {
        return Err(PersonErrors { email: Some(FieldError::Missing), ..PersonErrors::default() });
    }
    Ok(PersonChange {
        username: Some(fields.username.clone()),
        email,
        display_name: Some(fields.display_name.clone()),
        role: Some(fields.role),
        suspended: None,
    })
}
