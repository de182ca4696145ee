//! Step one: which kind of device, and its name.

use axum::{extract::State, response::Response};
use serde::{Deserialize, Serialize};
use twinlock_core::factor::kinds::Kind;
use twinlock_http::{
    WebState,
    extract::{MfaAvailable, RequestClient},
    http::{Code, Problem},
};
use twinlock_service::enrol::{
    MAX_FACTORS, NotAdmitted,
    app::{self, EnrolError},
};

use super::{Place, confirm_first, proof};
use crate::{
    account::answer::{name_error, otherwise},
    again::{Again, again},
    form::EnrolForm,
    render::{go, page},
    view::{FieldError, KeysHere, NavItem, enrol::ChoosePage, security::MethodKind},
    visitor::{Enroller, SignedIn},
};

#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct Form {
    kind: String,
    name: String,
}

/// What the page shows again.
#[derive(Serialize, Deserialize)]
pub(super) struct Refused {
    name: String,
    error: FieldError,
}

/// The enrollment begins with step one; codes that were shown once are nowhere to come back to.
pub(super) async fn begin(
    State(state): State<WebState>,
    _: MfaAvailable,
    Enroller(visitor): Enroller,
) -> Response {
    go(&Place::of(&state, &visitor).back())
}

pub(super) async fn ask(
    State(state): State<WebState>,
    _: MfaAvailable,
    Enroller(visitor): Enroller,
    Again(refused): Again<Refused>,
) -> Response {
    let place = Place::of(&state, &visitor);
    if visitor.caller.live.account.factors.total() >= MAX_FACTORS && place.cancel().is_some() {
        return go(&place.back());
    }
    if let Some(confirm) = confirm_first(&state, &visitor, &place.at("choose")) {
        return confirm;
    }
    if proof::missing(&state, &visitor.caller) {
        return go(&place.at("proof"));
    }
    let (name, error) = refused.map(|refused| (refused.name, refused.error)).unzip();
    page(&view(&state, &visitor, name.unwrap_or_default(), error))
}

/// The name that was typed; none for one that is made up.
fn typed_name(name: &str) -> Option<&str> {
    Some(name).filter(|name| !name.trim().is_empty())
}

/// A key is named once it has answered: the name that was typed goes along.
fn go_to_key(place: Place, name: &str) -> Response {
    let mut query = url::form_urlencoded::Serializer::new(String::new());
    let key = place.at("key");
    match name.trim() {
        "" => go(&key),
        name => go(&format!("{key}?{}", query.append_pair("name", name).finish())),
    }
}

pub(super) async fn choose(
    State(state): State<WebState>,
    _: MfaAvailable,
    RequestClient(client): RequestClient,
    EnrolForm(visitor, form): EnrolForm<Form>,
) -> Response {
    let place = Place::of(&state, &visitor);
    match form.kind.as_str() {
        "app" => {}
        "key" if visitor.keys.work() => return go_to_key(place, &form.name),
        _ => return otherwise(Problem::new(Code::MalformedRequest), &place.at("choose")),
    }
    match app::setup(&state.app, &client, &visitor.caller, typed_name(&form.name)).await {
        Ok(_) => go(&place.at("app")),
        Err(EnrolError::BadName(why)) => {
            again(&place.at("choose"), &Refused { name: form.name, error: name_error(&why) })
        }
        Err(EnrolError::NotAdmitted(NotAdmitted::TooMany)) => go(&place.back()),
        Err(error) => otherwise(error, &place.at("choose")),
    }
}

fn view(state: &WebState, visitor: &SignedIn, name: String, name_error: Option<FieldError>) -> ChoosePage {
    let place = Place::of(state, visitor);
    let settings = &visitor.caller.live.account.tenant.settings;
    let app = settings.mfa_allowed_methods.has(Kind::Totp);
    let keys = settings.mfa_allowed_methods.has(Kind::Webauthn);
    ChoosePage {
        page: visitor.page(state, NavItem::Security),
        base: place.base(),
        cancel: place.cancel(),
        app,
        first: visitor.caller.live.account.factors.total() == 0,
        keys: if keys { visitor.keys.clone() } else { KeysHere::Off },
        kind: if app { MethodKind::App } else { MethodKind::Key },
        name,
        name_error,
    }
}
