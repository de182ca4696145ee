//! What is done to a person after one question.

use axum::{extract::State, response::Response};
use secrecy::ExposeSecret;
use serde::{Deserialize, Serialize};
use twinlock_core::{ids::UserId, user::Status};
use twinlock_http::{
    WebState,
    extract::RequestClient,
    http::{ApiPath, Code, Problem, path::PathParam},
};
use twinlock_service::{
    Client,
    people::{self, PersonChange, PersonError},
};

use super::person::{self, Subject, whom};
use crate::{
    account::answer::name_error,
    again::{Again, again},
    console::{
        guard::{Helper, HelperForm},
        proof::{self, Weight},
    },
    render::{go, page},
    view::{
        FieldError, NavItem, PersonNote,
        console::person::{Deed, DeedPage, Handout, HandoutPage},
    },
    visitor::SignedIn,
};

#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct Form {
    reason: String,
}

/// What the question shows again.
#[derive(Serialize, Deserialize)]
pub(super) struct Refused {
    reason: String,
    error: Option<FieldError>,
}

impl PathParam for Deed {
    fn from_path(text: &str) -> Option<Self> {
        Self::parse(text)
    }
}

pub(super) async fn ask(
    State(state): State<WebState>,
    Helper(visitor): Helper,
    ApiPath((id, deed)): ApiPath<(UserId, Deed)>,
    Again(refused): Again<Refused>,
) -> Result<Response, Problem> {
    exists(&state, deed)?;
    let subject = person::find(&state, &visitor, id).await?;
    if !is_allowed(&subject, deed) {
        return Err(Problem::new(Code::Forbidden));
    }
    if !fits(&subject, deed) {
        return Ok(go(&person::address(id)));
    }
    if let Some(first) = proof::missing(&state, &visitor, weight(&subject, deed), &here(id, deed)) {
        return Ok(first);
    }
    let Refused { reason, error } = refused.unwrap_or(Refused { reason: String::new(), error: None });
    let (page_parts, person) = (visitor.page(&state, NavItem::Users), subject.row);
    Ok(page(&DeedPage { page: page_parts, person, deed, reason, reason_error: error }))
}

fn here(id: UserId, deed: Deed) -> String {
    format!("{}/{}", person::address(id), deed.as_str())
}

/// With second factors switched off on the server there is nothing to reset.
fn exists(state: &WebState, deed: Deed) -> Result<(), Problem> {
    if deed == Deed::ResetMfa && !state.app.config().mfa_enabled {
        return Err(Problem::new(Code::NotFound));
    }
    Ok(())
}

fn is_allowed(subject: &Subject, deed: Deed) -> bool {
    if deed == Deed::ResetMfa { subject.may.reset } else { subject.may.administer }
}

/// Whether there is anything to do. It may have been done meanwhile.
fn fits(subject: &Subject, deed: Deed) -> bool {
    let status = subject.row.status;
    match deed {
        Deed::Invite => status == Status::Invited,
        Deed::Suspend => status != Status::Suspended,
        Deed::Activate => status == Status::Suspended,
        Deed::ResetMfa | Deed::EndSessions | Deed::Delete => true,
    }
}

fn weight(subject: &Subject, deed: Deed) -> Weight {
    match deed {
        Deed::ResetMfa | Deed::Suspend | Deed::Activate => Weight::Grave,
        Deed::Delete if subject.row.mfa => Weight::Grave,
        Deed::Delete | Deed::EndSessions | Deed::Invite => Weight::Plain,
    }
}

pub(super) async fn act(
    State(state): State<WebState>,
    RequestClient(client): RequestClient,
    ApiPath((id, deed)): ApiPath<(UserId, Deed)>,
    HelperForm(visitor, form): HelperForm<Form>,
) -> Result<Response, Problem> {
    exists(&state, deed)?;
    let act = Act { state: &state, client: &client, visitor: &visitor, id };
    match act.perform(deed, &form.reason).await {
        Ok(answer) => answer,
        Err(PersonError::Invalid(problems)) if deed == Deed::ResetMfa => {
            let error = problems.first().map(|problem| name_error(&problem.problem));
            Ok(again(&here(id, deed), &Refused { reason: form.reason, error }))
        }
        Err(error) => Ok(proof::otherwise(&state, &visitor, error, &here(id, deed))),
    }
}

/// An act under way.
struct Act<'a> {
    state: &'a WebState,
    client: &'a Client,
    visitor: &'a SignedIn,
    id: UserId,
}

impl Act<'_> {
    /// Does it; what the person at the browser sees then is an answer of its own.
    async fn perform(&self, deed: Deed, reason: &str) -> Result<Result<Response, Problem>, PersonError> {
        let (app, caller, whom) = (&self.state.app, &self.visitor.caller, whom(self.visitor, self.id));
        let note = match deed {
            Deed::ResetMfa => {
                let reset = people::reset_mfa(app, self.client, caller, &whom, Some(reason)).await?;
                let code = reset.enrollment_code.map(|code| code.expose_secret().to_owned());
                return Ok(self.hand_out(code.map(Handout::EnrollmentCode), PersonNote::MfaReset).await);
            }
            Deed::Invite => {
                let link = people::invite(app, self.client, caller, &whom).await?.invitation;
                return Ok(self.hand_out(link.map(Handout::Invitation), PersonNote::Invited).await);
            }
            Deed::EndSessions => {
                people::end_sessions(app, self.client, caller, &whom).await?;
                PersonNote::SignedOut
            }
            Deed::Suspend => self.suspend(true).await?,
            Deed::Activate => self.suspend(false).await?,
            Deed::Delete => {
                people::delete(app, self.client, caller, &whom).await?;
                return Ok(Ok(go(&person::noted("/console/users", PersonNote::Deleted))));
            }
        };
        Ok(Ok(person::done(self.id, note)))
    }

    async fn suspend(&self, suspended: bool) -> Result<PersonNote, PersonError> {
        let change = PersonChange { suspended: Some(suspended), ..PersonChange::default() };
        let whom = whom(self.visitor, self.id);
        people::change(&self.state.app, self.client, &self.visitor.caller, &whom, &change).await?;
        Ok(if suspended { PersonNote::Suspended } else { PersonNote::Activated })
    }

    /// Shows once what no mail carries; else says what was done.
    async fn hand_out(&self, handout: Option<Handout>, note: PersonNote) -> Result<Response, Problem> {
        match handout {
            Some(handout) => hand_out(self.state, self.visitor, self.id, handout).await,
            None => Ok(person::done(self.id, note)),
        }
    }
}

/// The page that shows something once.
pub(super) async fn hand_out(
    state: &WebState,
    visitor: &SignedIn,
    id: UserId,
    handout: Handout,
) -> Result<Response, Problem> {
    let person = person::find(state, visitor, id).await?.row;
    Ok(page(&HandoutPage { page: visitor.page(state, NavItem::Users), person, handout }))
}
