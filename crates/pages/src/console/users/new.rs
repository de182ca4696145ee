//! `/console/users/new`: somebody new, with a password or with an invitation.

use axum::{extract::State, response::Response};
use secrecy::SecretString;
use serde::{Deserialize, Serialize};
use twinlock_core::{
    factor::typed::is_blank,
    ids::UserId,
    user::{Role, Status},
};
use twinlock_http::{
    WebState,
    extract::RequestClient,
    http::{Code, Problem},
};
use twinlock_service::{
    people::{self, Created, NewPerson, PersonError},
    setup::FieldProblem,
};

use super::{deeds, person};
use crate::{
    account::answer::{name_error, new_password},
    again::{Again, again},
    console::{
        guard::{Administrator, AdministratorForm},
        proof::{self, Weight},
    },
    render::page,
    view::{
        FieldError, NavItem, PersonNote,
        console::{
            person::Handout,
            person_forms::{NewPersonPage, PersonErrors, PersonFields},
        },
    },
    visitor::SignedIn,
};

const HERE: &str = "/console/users/new";

#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct Form {
    username: String,
    email: String,
    display_name: String,
    role: String,
    password: String,
}

/// What a form about a person shows again.
#[derive(Serialize, Deserialize)]
pub(super) struct RefusedPerson {
    pub(super) form: PersonFields,
    pub(super) errors: PersonErrors,
}

pub(super) async fn ask(
    State(state): State<WebState>,
    Administrator(visitor): Administrator,
    Again(refused): Again<RefusedPerson>,
) -> Response {
    if let Some(first) = proof::missing(&state, &visitor, Weight::Plain, HERE) {
        return first;
    }
    let RefusedPerson { form, errors } = refused.unwrap_or_else(|| RefusedPerson {
        form: PersonFields {
            username: String::new(),
            email: String::new(),
            display_name: String::new(),
            role: Role::Member,
        },
        errors: PersonErrors::default(),
    });
    page(&view(&state, &visitor, form, errors))
}

fn view(state: &WebState, visitor: &SignedIn, form: PersonFields, errors: PersonErrors) -> NewPersonPage {
    let min = visitor.caller.live.account.tenant.settings.password_min_length;
    NewPersonPage {
        page: visitor.page(state, NavItem::Users),
        form,
        errors,
        roles: person::roles(visitor),
        min_length: u32::try_from(min).unwrap_or(u32::MAX),
    }
}

pub(super) async fn create(
    State(state): State<WebState>,
    RequestClient(client): RequestClient,
    AdministratorForm(visitor, form): AdministratorForm<Form>,
) -> Result<Response, Problem> {
    let (fields, wanted) = form.read()?;
    let slug = &visitor.caller.live.account.tenant.slug;
    let error = match people::create(&state.app, &client, &visitor.caller, slug, wanted).await {
        Ok(created) => return made(&state, &visitor, created).await,
        Err(error) => error,
    };
    match mistakes(&error) {
        Some(errors) => Ok(again(HERE, &RefusedPerson { form: fields, errors })),
        None => Ok(proof::otherwise(&state, &visitor, error, HERE)),
    }
}

impl Form {
    /// What may be shown again, and what is wanted. A role that is none was not typed in our form.
    fn read(self) -> Result<(PersonFields, NewPerson), Problem> {
        let Self { username, email, display_name, role, password } = self;
        let role = Role::parse(&role).ok_or_else(|| Problem::new(Code::MalformedRequest))?;
        let given = |text: &String| (!is_blank(text)).then(|| text.clone());
        let wanted = NewPerson {
            username: username.clone(),
            email: given(&email),
            display_name: given(&display_name),
            password: given(&password).map(SecretString::from),
            role,
        };
        Ok((PersonFields { username, email, display_name, role }, wanted))
    }
}

/// The person's page; but first the link of an invitation that no mail carries.
async fn made(state: &WebState, visitor: &SignedIn, created: Created) -> Result<Response, Problem> {
    let user = created.person.user;
    let id = UserId(user.id);
    match created.invitation {
        Some(link) => deeds::hand_out(state, visitor, id, Handout::Invitation(link)).await,
        None if created.person.approval.is_some() => Ok(person::done(id, PersonNote::Awaits)),
        None if user.status == Status::Invited => Ok(person::done(id, PersonNote::Invited)),
        None => Ok(person::done(id, PersonNote::Added)),
    }
}

/// What the fields say; none for what is no mistake of the form.
fn mistakes(error: &PersonError) -> Option<PersonErrors> {
    match error {
        PersonError::Invalid(problems) => Some(field_errors(problems)),
        PersonError::Weak(why) => {
            Some(PersonErrors { password: Some(new_password(why)), ..PersonErrors::default() })
        }
        PersonError::Taken(fields) => Some(taken(fields)),
        _ => None,
    }
}

/// At the fields that are known; else at the user name, whose words fit both.
pub(super) fn taken(fields: &[&str]) -> PersonErrors {
    let of = |field| fields.contains(&field).then_some(FieldError::Taken);
    let email = of("email");
    let username = if email.is_some() { of("username") } else { Some(FieldError::Taken) };
    PersonErrors { username, email, ..PersonErrors::default() }
}

/// What is wrong with names and addresses.
pub(super) fn field_errors(problems: &[FieldProblem]) -> PersonErrors {
    let of = |field: &str| {
        problems.iter().find(|problem| problem.field == field).map(|problem| name_error(&problem.problem))
    };
    PersonErrors {
        username: of("username"),
        email: of("email"),
        display_name: of("display_name"),
        password: None,
    }
}
