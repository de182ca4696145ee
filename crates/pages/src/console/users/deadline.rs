//! A deadline of one person's own.

use axum::{extract::State, response::Response};
use serde::{Deserialize, Serialize};
use twinlock_core::{clock::Timestamp, factor::typed::is_blank, ids::UserId};
use twinlock_http::{
    WebState,
    extract::{MfaAvailable, RequestClient},
    http::{ApiPath, Problem},
};
use twinlock_service::deadline::{self, DeadlineError};

use super::{person, show};
use crate::{
    again::{Again, again},
    console::{
        guard::{Administrator, AdministratorForm},
        proof::{self, Weight},
    },
    render::{go, page},
    view::{
        FieldError, NavItem, PersonNote,
        console::{person::Due, person_forms::DeadlinePage},
    },
    visitor::SignedIn,
};

#[derive(Default, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct Form {
    day: String,
    reason: String,
}

#[derive(Default, Serialize, Deserialize)]
struct Mistakes {
    day: Option<FieldError>,
    reason: Option<FieldError>,
}

/// What the page shows again.
#[derive(Default, Serialize, Deserialize)]
pub(super) struct Refused {
    form: Form,
    mistakes: Mistakes,
}

fn here(id: UserId) -> String {
    format!("{}/deadline", person::address(id))
}

pub(super) async fn ask(
    State(state): State<WebState>,
    _: MfaAvailable,
    Administrator(visitor): Administrator,
    ApiPath(id): ApiPath<UserId>,
    Again(refused): Again<Refused>,
) -> Result<Response, Problem> {
    let view = view(&state, &visitor, id, refused.unwrap_or_default()).await?;
    let Some(view) = view else { return Ok(go(&person::address(id))) };
    Ok(proof::missing(&state, &visitor, Weight::Plain, &here(id)).unwrap_or_else(|| page(&view)))
}

/// None where nothing is due.
async fn view(
    state: &WebState,
    visitor: &SignedIn,
    id: UserId,
    refused: Refused,
) -> Result<Option<DeadlinePage>, Problem> {
    let person = person::administered(state, visitor, id).await?.row;
    let present = match show::factors(state, visitor, id).await?.due {
        Due::Nothing => return Ok(None),
        Due::Now => None,
        Due::By(at) => Some(at),
    };
    let Refused { form, mistakes } = refused;
    Ok(Some(DeadlinePage {
        page: visitor.page(state, NavItem::Users),
        person,
        present,
        day: form.day,
        day_error: mistakes.day,
        reason: form.reason,
        reason_error: mistakes.reason,
    }))
}

pub(super) async fn set(
    State(state): State<WebState>,
    _: MfaAvailable,
    RequestClient(client): RequestClient,
    ApiPath(id): ApiPath<UserId>,
    AdministratorForm(visitor, form): AdministratorForm<Form>,
) -> Result<Response, Problem> {
    let mistakes = match end_of(&form.day) {
        None => Mistakes { day: Some(unfit(&form.day)), reason: None },
        Some(at) => {
            let whom = person::whom(&visitor, id);
            let wanted = (at, form.reason.as_str());
            match deadline::set(&state.app, &client, &visitor.caller, &whom, wanted).await {
                Ok(_) => return Ok(person::done(id, PersonNote::DeadlineSet)),
                Err(DeadlineError::TooFar) => Mistakes { day: Some(FieldError::Invalid), reason: None },
                Err(DeadlineError::BadReason) => Mistakes { day: None, reason: Some(unfit(&form.reason)) },
                Err(error) => return Ok(proof::otherwise(&state, &visitor, error, &here(id))),
            }
        }
    };
    Ok(again(&here(id), &Refused { form, mistakes }))
}

fn unfit(text: &str) -> FieldError {
    if is_blank(text) { FieldError::Missing } else { FieldError::Invalid }
}

/// The last second of a day in UTC.
fn end_of(day: &str) -> Option<Timestamp> {
    Timestamp::parse(&format!("{day}T23:59:59Z"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_deadline_is_the_end_of_its_day() {
        assert_eq!(end_of("2026-03-02"), Timestamp::parse("2026-03-02T23:59:59Z"));
        for text in ["", "2026-02-30", "tomorrow", "2026-03-02T00:00:00Z"] {
            assert_eq!(end_of(text), None, "{text}");
        }
    }
}
