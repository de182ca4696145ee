//! Step one: which kind of device, and its name.

use axum::{extract::State, response::Response};
use serde::Deserialize;
use twinlock_service::{
    enrol::{
        MAX_FACTORS, NotAdmitted,
        app::{self, EnrolError},
    },
    guard::Act,
};

use super::{APP, BASE, CHOOSE, KEY, PROOF, proof};
use crate::{
    WebState,
    extract::{MfaAvailable, RequestClient},
    http::{Code, Problem},
    pages::{
        account::answer::{Refused, name_error, otherwise, proof_missing, refused},
        form::SessionForm,
        render::{go, page},
        visitor::SignedIn,
    },
    view::{FieldError, NavItem, enrol::ChoosePage, security::MethodKind},
};

const CANCEL: &str = "/account/security";

#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct Form {
    kind: String,
    name: String,
}

/// The enrolment begins with step one; codes that were shown once are nowhere to come back to.
pub(super) async fn begin(_: MfaAvailable, _: SignedIn) -> Response {
    go(CANCEL)
}

pub(super) async fn ask(State(state): State<WebState>, _: MfaAvailable, visitor: SignedIn) -> Response {
    if visitor.caller.live.account.factors.total() >= MAX_FACTORS {
        return go(CANCEL);
    }
    if let Some(confirm) = proof_missing(&state, &visitor.caller, Act::OwnFactors, CHOOSE) {
        return confirm;
    }
    if proof::missing(&state, &visitor.caller) {
        return go(PROOF);
    }
    page(&view(&state, &visitor, String::new(), None))
}

/// A key is named once it has answered: the name that was typed goes along.
fn go_to_key(name: &str) -> Response {
    let mut query = url::form_urlencoded::Serializer::new(String::new());
    match name.trim() {
        "" => go(KEY),
        name => go(&format!("{KEY}?{}", query.append_pair("name", name).finish())),
    }
}

pub(super) async fn choose(
    State(state): State<WebState>,
    _: MfaAvailable,
    RequestClient(client): RequestClient,
    SessionForm(visitor, form): SessionForm<Form>,
) -> Response {
    match form.kind.as_str() {
        "app" => {}
        "key" if visitor.keys.work() => return go_to_key(&form.name),
        _ => return otherwise(Problem::new(Code::MalformedRequest), CHOOSE),
    }
    match app::setup(&state.app, &client, &visitor.caller, Some(&form.name)).await {
        Ok(_) => go(APP),
        Err(EnrolError::BadName(why)) => {
            refused(Refused::Unfit, &view(&state, &visitor, form.name, Some(name_error(&why))))
        }
        Err(EnrolError::NotAdmitted(NotAdmitted::TooMany)) => go(CANCEL),
        Err(error) => otherwise(error, CHOOSE),
    }
}

fn view(state: &WebState, visitor: &SignedIn, name: String, name_error: Option<FieldError>) -> ChoosePage {
    ChoosePage {
        page: visitor.page(state, NavItem::Security),
        base: BASE.to_owned(),
        cancel: CANCEL.to_owned(),
        first: visitor.caller.live.account.factors.total() == 0,
        keys: visitor.keys.clone(),
        kind: MethodKind::App,
        name,
        name_error,
    }
}
