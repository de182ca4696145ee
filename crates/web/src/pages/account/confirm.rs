//! `/account/confirm`: "confirm it is you", before an act that needs a fresh proof.

use axum::{
    extract::{RawQuery, State},
    response::Response,
};
use serde::Deserialize;
use twinlock_core::factor::typed::{self, TypedCode};
use twinlock_service::{
    Caller,
    step_up::{Show, StepUpError, step_up},
};

use super::answer::{Refused, code_waits, otherwise, refused, renewed, wrong_code};
use crate::{
    WebState,
    extract::RequestClient,
    http::safe_next,
    pages::{
        form::SessionForm,
        render::{go, page},
        visitor::SignedIn,
    },
    view::{
        CodeError, NavItem, PasswordError,
        account::{Proof, StepUpPage},
    },
};

/// Where to go when nobody said so.
const FALLBACK: &str = "/account/security";
/// Pages for which a recovery code is not proof enough (api.md, step-up).
const FACTOR_ONLY: [&str; 2] = ["/account/password", "/account/profile"];

#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct Form {
    next: String,
    code: String,
    password: String,
}

pub(super) async fn ask(
    State(state): State<WebState>,
    visitor: SignedIn,
    RawQuery(query): RawQuery,
) -> Response {
    let next = next_of(query.as_deref());
    let proof = proof(&visitor.caller, &next);
    page(&StepUpPage { page: visitor.page(&state, NavItem::Security), next, proof })
}

pub(super) async fn confirm(
    State(state): State<WebState>,
    RequestClient(client): RequestClient,
    SessionForm(visitor, form): SessionForm<Form>,
) -> Response {
    let next = local(&form.next);
    let asked = proof(&visitor.caller, &next);
    if let Some(unfit) = unfit(asked, &form) {
        let page = visitor.page(&state, NavItem::Security);
        return refused(Refused::Unfit, &StepUpPage { page, next, proof: unfit });
    }
    let show = match asked {
        Proof::Code { .. } => Show::Code(form.code),
        Proof::Password { .. } => Show::Password(form.password.into()),
    };
    match step_up(&state.app, &client, &visitor.caller, show).await {
        Ok(issued) => renewed(&state, go(&next), &issued),
        Err(error) => match mistake(&visitor.caller, asked, &error) {
            Some((why, proof)) => {
                let page = visitor.page(&state, NavItem::Security);
                refused(why, &StepUpPage { page, next, proof })
            }
            None => otherwise(error, &next),
        },
    }
}

fn next_of(query: Option<&str>) -> String {
    let mut pairs = url::form_urlencoded::parse(query.unwrap_or_default().as_bytes());
    let next = pairs.find(|(name, _)| name == "next").map(|(_, value)| value);
    local(next.as_deref().unwrap_or_default())
}

fn local(next: &str) -> String {
    safe_next(next).unwrap_or_else(|| FALLBACK.to_owned())
}

/// What is asked for: a code of whoever has a factor, the password of whoever has none.
fn proof(caller: &Caller, next: &str) -> Proof {
    let factors = &caller.live.account.factors;
    if factors.total() == 0 {
        return Proof::Password { error: None };
    }
    let path = next.split(['?', '#']).next().unwrap_or_default();
    Proof::Code { recovery: factors.codes > 0 && !FACTOR_ONLY.contains(&path), error: None }
}

/// What is not worth trying: an empty field, and a recovery code that would be used up for nothing.
fn unfit(asked: Proof, form: &Form) -> Option<Proof> {
    match asked {
        Proof::Code { recovery, .. } => {
            let in_vain = !recovery && matches!(typed::parse(&form.code), Some(TypedCode::Recovery(_)));
            (in_vain || typed::is_blank(&form.code))
                .then_some(Proof::Code { recovery, error: Some(CodeError::Missing) })
        }
        Proof::Password { .. } => {
            form.password.is_empty().then_some(Proof::Password { error: Some(PasswordError::Missing) })
        }
    }
}

/// What the form says when the proof was not accepted; none for what is no mistake of the person.
fn mistake(caller: &Caller, asked: Proof, error: &StepUpError) -> Option<(Refused, Proof)> {
    match asked {
        Proof::Code { recovery, .. } => {
            let error = match error {
                StepUpError::InvalidCode { clock_offset_seconds } => wrong_code(*clock_offset_seconds),
                StepUpError::TooMany(seconds) => code_waits(caller, *seconds),
                _ => return None,
            };
            Some((error.into(), Proof::Code { recovery, error: Some(error) }))
        }
        Proof::Password { .. } => {
            let error = match error {
                StepUpError::InvalidCredentials => PasswordError::Wrong,
                StepUpError::TooMany(wait_secs) => PasswordError::TooMany { wait_secs: *wait_secs },
                _ => return None,
            };
            Some((error.into(), Proof::Password { error: Some(error) }))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn code(text: &str) -> Form {
        Form { code: text.to_owned(), ..Form::default() }
    }

    #[test]
    fn a_recovery_code_is_not_used_up_for_what_it_does_not_open() {
        let app_only = Proof::Code { recovery: false, error: None };
        assert!(unfit(app_only, &code("1234 5678")).is_some());
        assert!(unfit(app_only, &code("123 456")).is_none());
        let any = Proof::Code { recovery: true, error: None };
        assert!(unfit(any, &code("1234 5678")).is_none());
    }

    /// attacks.md row 50: open redirect, the page after a proof is one of ours.
    #[test]
    fn the_page_after_a_proof_is_one_of_ours() {
        assert_eq!(next_of(Some("next=%2Faccount%2Fpassword")), "/account/password");
        for elsewhere in ["next=https%3A%2F%2Fevil.example", "next=%2F%2Fevil.example", "next=", "x=1"] {
            assert_eq!(next_of(Some(elsewhere)), FALLBACK, "{elsewhere}");
        }
        assert_eq!(next_of(None), FALLBACK);
    }
}
