//! `/account/confirm`: "confirm it is you", before an act that needs a fresh proof.

use axum::{
    Json,
    extract::{RawQuery, State},
    response::Response,
};
use serde::{Deserialize, Serialize};
use twinlock_core::{
    assurance::Method,
    factor::typed::{self, TypedCode},
};
use twinlock_http::{
    KeyOptions, WebState,
    extract::RequestClient,
    http::{Problem, safe_next},
};
use twinlock_service::{
    Caller, repeats,
    step_up::{self, Show, StepUpError},
};

use super::answer::{Yes, code_waits, otherwise, renewed, wrong_code};
use crate::{
    again::{Again, again},
    form::AnySessionForm,
    keys,
    render::{go, page},
    view::{
        Banner, CodeError, KeyError, KeysHere, NavItem, PasswordError, Ways,
        account::{Proof, StepUpPage},
    },
    visitor::{AnySession, SignedIn},
};

/// Where to go when nobody said so.
const FALLBACK: &str = "/account/security";
/// Pages for which a recovery code is not proof enough (api.md, step-up). Of the console, all.
const FACTOR_ONLY: [&str; 2] = ["/account/password", "/account/profile"];
const CONSOLE: &str = "/console";

#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct Form {
    next: String,
    with: String,
    code: String,
    credential: String,
    password: String,
}

pub(super) async fn ask(
    State(state): State<WebState>,
    AnySession(visitor): AnySession,
    Again(refused): Again<Refused>,
    RawQuery(query): RawQuery,
) -> Response {
    let query = query.as_deref();
    let next = local(&parameter(query, "next"));
    let asked = || first(&visitor.caller, ways(&state, &visitor, &next), &parameter(query, "with"));
    let Refused { proof, lost } = refused.unwrap_or_else(|| Refused { proof: asked(), lost: false });
    let mut view = view(&state, &visitor, next, proof);
    if lost {
        view.page.banners.insert(0, Banner::ProofLost);
    }
    page(&view)
}

/// What the form shows again.
#[derive(Serialize, Deserialize)]
pub(super) struct Refused {
    proof: Proof,
    /// Whether a proof was accepted lately, by an answer that this browser never got.
    lost: bool,
}

/// What a key shall sign, for the page's script.
pub(super) async fn key_options(
    State(state): State<WebState>,
    RequestClient(client): RequestClient,
    AnySessionForm(visitor, Yes {}): AnySessionForm<Yes>,
) -> Result<Json<KeyOptions>, Problem> {
    let public_key = step_up::key_options(&state.app, &client, &visitor.caller).await?;
    Ok(Json(KeyOptions { public_key }))
}

pub(super) async fn confirm(
    State(state): State<WebState>,
    RequestClient(client): RequestClient,
    AnySessionForm(visitor, form): AnySessionForm<Form>,
) -> Result<Response, Problem> {
    let next = local(&form.next);
    let ways = ways(&state, &visitor, &next);
    let asked = first(&visitor.caller, ways, if form.with == "key" { "key" } else { "code" });
    let show = match shown(asked, ways, form) {
        Ok(show) => show,
        Err(unfit) => return Ok(again_at(&next, Refused { proof: unfit, lost: false })),
    };
    let error = match step_up::step_up(&state.app, &client, &visitor.caller, show).await {
        Ok(issued) => return Ok(renewed(&state, go(&next), &issued)),
        Err(error) => error,
    };
    // What was accepted once is not said to be wrong when it comes again.
    if was_tried(&error) && repeats::proof_given(&state.app, &visitor.caller).await? {
        return Ok(again_at(&next, Refused { proof: asked, lost: true }));
    }
    Ok(match mistake(&visitor.caller, asked, &error) {
        Some(proof) => again_at(&next, Refused { proof, lost: false }),
        None => otherwise(error, &next),
    })
}

fn was_tried(error: &StepUpError) -> bool {
    matches!(error, StepUpError::InvalidCode { clock_offset_seconds: None } | StepUpError::KeyRefused)
}

/// Back to the form, which asks for the same kind of proof when it is loaded again.
fn again_at(next: &str, refused: Refused) -> Response {
    let with = if matches!(refused.proof, Proof::Key { .. }) { "key" } else { "code" };
    let mut query = url::form_urlencoded::Serializer::new(String::new());
    let query = query.append_pair("next", next).append_pair("with", with).finish();
    again(&format!("/account/confirm?{query}"), &refused)
}

fn parameter(query: Option<&str>, wanted: &str) -> String {
    let mut pairs = url::form_urlencoded::parse(query.unwrap_or_default().as_bytes());
    pairs.find(|(name, _)| name == wanted).map(|(_, value)| value.into_owned()).unwrap_or_default()
}

fn local(next: &str) -> String {
    safe_next(next).unwrap_or_else(|| FALLBACK.to_owned())
}

/// What will do for what comes next.
fn ways(state: &WebState, visitor: &SignedIn, next: &str) -> Ways {
    let ways = keys::ways(state, &visitor.caller, &visitor.keys);
    let path = next.split(['?', '#']).next().unwrap_or_default();
    Ways { codes: ways.codes && !FACTOR_ONLY.contains(&path) && !path.starts_with(CONSOLE), ..ways }
}

/// What is asked for: the password of whoever has no factor; else the key, unless the person wants to be
/// asked for a code first, or asks to be now (`with`).
fn first(caller: &Caller, ways: Ways, with: &str) -> Proof {
    let account = &caller.live.account;
    if !account.factors.any() {
        return Proof::Password { error: None };
    }
    let code = match with {
        "code" => ways.app || ways.codes,
        "key" => false,
        _ => ways.app && account.user.preferred == Some(Method::Totp),
    };
    if ways.key && !code { Proof::Key { error: None } } else { Proof::Code { error: None } }
}

/// The proof in the form; or what is not worth trying: an empty field, and a recovery code that would be used
/// up for nothing.
fn shown(asked: Proof, ways: Ways, form: Form) -> Result<Show, Proof> {
    match asked {
        Proof::Key { .. } => match keys::answer(&form.credential) {
            Ok(credential) => Ok(Show::Key(credential)),
            Err(error) => Err(Proof::Key { error: Some(error) }),
        },
        Proof::Code { .. } => {
            let in_vain = !ways.codes && matches!(typed::parse(&form.code), Some(TypedCode::Recovery(_)));
            if in_vain || typed::is_blank(&form.code) {
                return Err(Proof::Code { error: Some(CodeError::Missing) });
            }
            Ok(Show::Code(form.code))
        }
        Proof::Password { .. } if form.password.is_empty() => {
            Err(Proof::Password { error: Some(PasswordError::Missing) })
        }
        Proof::Password { .. } => Ok(Show::Password(form.password.into())),
    }
}

/// What the form says when the proof was not accepted; none for what is no mistake of the person.
fn mistake(caller: &Caller, asked: Proof, error: &StepUpError) -> Option<Proof> {
    match asked {
        Proof::Key { .. } => match error {
            StepUpError::KeyRefused | StepUpError::KeyShape(_) => {
                Some(Proof::Key { error: Some(KeyError::Refused) })
            }
            _ => None,
        },
        Proof::Code { .. } => {
            let error = match error {
                StepUpError::InvalidCode { clock_offset_seconds } => wrong_code(*clock_offset_seconds),
                StepUpError::TooMany(seconds) => code_waits(caller, *seconds),
                _ => return None,
            };
            Some(Proof::Code { error: Some(error) })
        }
        Proof::Password { .. } => {
            let error = match error {
                StepUpError::InvalidCredentials => PasswordError::Wrong,
                StepUpError::TooMany(wait_secs) => PasswordError::TooMany { wait_secs: *wait_secs },
                _ => return None,
            };
            Some(Proof::Password { error: Some(error) })
        }
    }
}

fn view(state: &WebState, visitor: &SignedIn, next: String, proof: Proof) -> StepUpPage {
    let has_keys = keys::ways(state, &visitor.caller, &KeysHere::Yes).key;
    let key_elsewhere = match &visitor.keys {
        KeysHere::Elsewhere { public_url } if has_keys => Some(public_url.clone()),
        _ => None,
    };
    StepUpPage {
        page: visitor.page(state, NavItem::Security),
        ways: ways(state, visitor, &next),
        next,
        proof,
        key_elsewhere,
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
        let asked = Proof::Code { error: None };
        let app_only = Ways { app: true, ..Ways::default() };
        assert!(shown(asked, app_only, code("1234 5678")).is_err());
        assert!(shown(asked, app_only, code("123 456")).is_ok());
        assert!(shown(asked, Ways { codes: true, ..app_only }, code("1234 5678")).is_ok());
    }

    /// attacks.md row 50: open redirect, the page after a proof is one of ours.
    #[test]
    fn the_page_after_a_proof_is_one_of_ours() {
        let next_of = |query| local(&parameter(query, "next"));
        assert_eq!(next_of(Some("next=%2Faccount%2Fpassword")), "/account/password");
        for elsewhere in ["next=https%3A%2F%2Fevil.example", "next=%2F%2Fevil.example", "next=", "x=1"] {
            assert_eq!(next_of(Some(elsewhere)), FALLBACK, "{elsewhere}");
        }
        assert_eq!(next_of(None), FALLBACK);
    }
}
