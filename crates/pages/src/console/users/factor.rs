//! Deleting one second factor of a person.

use axum::{extract::State, response::Response};
use secrecy::ExposeSecret;
use twinlock_core::ids::{FactorId, UserId};
use twinlock_http::{
    WebState,
    extract::{MfaAvailable, RequestClient},
    http::{ApiPath, Code, Problem},
};
use twinlock_service::people;

use super::{deeds, person, show};
use crate::{
    account::answer::Yes,
    console::{
        guard::{Administrator, AdministratorForm},
        proof::{self, Weight},
    },
    render::page,
    view::{
        NavItem, PersonNote,
        console::person::{Handout, RemoveFactorPage},
    },
};

fn here(user: UserId, factor: FactorId) -> String {
    format!("{}/methods/{factor}/remove", person::address(user))
}

pub(super) async fn ask(
    State(state): State<WebState>,
    _: MfaAvailable,
    Administrator(visitor): Administrator,
    ApiPath((user, id)): ApiPath<(UserId, FactorId)>,
) -> Result<Response, Problem> {
    let subject = person::administered(&state, &visitor, user).await?;
    let factors = show::factors(&state, &visitor, user).await?.methods;
    let last = factors.len() == 1;
    let wanted = id.to_string();
    let factor = factors.into_iter().find(|factor| factor.id == wanted);
    let factor = factor.ok_or_else(|| Problem::new(Code::NotFound))?;
    if let Some(first) = proof::missing(&state, &visitor, Weight::Grave, &here(user, id)) {
        return Ok(first);
    }
    let page_parts = visitor.page(&state, NavItem::Users);
    Ok(page(&RemoveFactorPage { page: page_parts, person: subject.row, factor, last }))
}

pub(super) async fn remove(
    State(state): State<WebState>,
    _: MfaAvailable,
    RequestClient(client): RequestClient,
    ApiPath((user, id)): ApiPath<(UserId, FactorId)>,
    AdministratorForm(visitor, Yes {}): AdministratorForm<Yes>,
) -> Result<Response, Problem> {
    let whom = person::whom(&visitor, user);
    match people::remove_factor(&state.app, &client, &visitor.caller, &whom, id).await {
        Ok(None) => Ok(person::done(user, PersonNote::FactorRemoved)),
        Ok(Some(code)) => {
            let code = Handout::EnrollmentCode(code.expose_secret().to_owned());
            deeds::hand_out(&state, &visitor, user, code).await
        }
        Err(error) => Ok(proof::otherwise(&state, &visitor, error, &here(user, id))),
    }
}
