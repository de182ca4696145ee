//! Step two, for a security key or passkey. Its answer leads to step three, the recovery codes.

use axum::{
    Json,
    extract::{RawQuery, State},
    response::Response,
};
use serde::{Deserialize, Serialize};
use twinlock_core::{factor::webauthn::KeyKind, name::validate_device_name};
use twinlock_http::{
    KeyOptions, WebState,
    extract::{MfaAvailable, RequestClient},
    http::Problem,
};
use twinlock_service::{
    enrol::{MAX_FACTORS, NotAdmitted},
    security_keys::register::{self, RegisterError, Registered, Registration},
    webauthn::Check,
};

use super::{Place, confirm_first, proof};
use crate::{
    account::answer::{name_error, otherwise, remembered, renewed},
    again::{Again, again},
    form::EnrolForm,
    keys,
    render::{go, page},
    view::{FieldError, KeySetupError, NavItem, enrol::KeySetupPage},
    visitor::{Enroller, SignedIn},
};

#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct Form {
    name: String,
    passkey: String,
    credential: String,
}

impl Form {
    /// The name that was typed; none for the key's make.
    fn name(&self) -> Option<&str> {
        Some(self.name.trim()).filter(|name| !name.is_empty())
    }

    fn kind(&self) -> KeyKind {
        if self.passkey == "yes" { KeyKind::Passkey } else { KeyKind::SecurityKey }
    }
}

/// What is wrong with the form.
#[derive(Clone, Copy, Serialize, Deserialize)]
enum Mistake {
    Name(FieldError),
    Key(KeySetupError),
}

/// What the page shows again.
#[derive(Serialize, Deserialize)]
pub(super) struct Refused {
    name: String,
    passkey: String,
    mistake: Mistake,
}

pub(super) async fn show(
    State(state): State<WebState>,
    _: MfaAvailable,
    Enroller(visitor): Enroller,
    Again(refused): Again<Refused>,
    RawQuery(query): RawQuery,
) -> Response {
    if let Some(elsewhere) = not_now(&state, &visitor) {
        return elsewhere;
    }
    if let Some(Refused { name, passkey, mistake }) = refused {
        let form = Form { name, passkey, ..Form::default() };
        return page(&view(&state, &visitor, form, Some(mistake)));
    }
    let query = query.unwrap_or_default();
    let mut pairs = url::form_urlencoded::parse(query.as_bytes());
    let name = pairs.find(|(name, _)| name == "name").map(|(_, value)| value.into_owned());
    let form = Form { name: name.unwrap_or_default(), ..Form::default() };
    page(&view(&state, &visitor, form, None))
}

/// What the key shall answer, for the page's script.
pub(super) async fn options(
    State(state): State<WebState>,
    _: MfaAvailable,
    RequestClient(client): RequestClient,
    EnrolForm(visitor, form): EnrolForm<Form>,
) -> Result<Json<KeyOptions>, Problem> {
    let options = register::options(&state.app, &client, &visitor.caller, form.kind(), form.name());
    Ok(Json(KeyOptions { public_key: options.await? }))
}

pub(super) async fn register(
    State(state): State<WebState>,
    _: MfaAvailable,
    RequestClient(client): RequestClient,
    EnrolForm(visitor, form): EnrolForm<Form>,
) -> Result<Response, Problem> {
    if let Some(elsewhere) = not_now(&state, &visitor) {
        return Ok(elsewhere);
    }
    if let Some(Err(why)) = form.name().map(validate_device_name) {
        let mistake = Mistake::Name(name_error(&why));
        return Ok(again_at(&state, &visitor, form, mistake));
    }
    let Ok(credential) = keys::answer(&form.credential) else {
        let mistake = Mistake::Key(unread(&form.credential));
        return Ok(again_at(&state, &visitor, form, mistake));
    };
    let answer = Registration { name: form.name(), credential: &credential, codes_saved: false };
    match register::register(&state.app, &client, &visitor.caller, answer).await {
        Ok(Registered { enrolled, .. }) => {
            let next = Place::of(&state, &visitor).after(&enrolled);
            remembered(&state, renewed(&state, go(&next), &enrolled.issued), &enrolled)
        }
        Err(error) => Ok(refused(&state, &visitor, form, error)),
    }
}

/// Where to go where no key can be registered here and now.
fn not_now(state: &WebState, visitor: &SignedIn) -> Option<Response> {
    let place = Place::of(state, visitor);
    if visitor.caller.live.account.factors.total() >= MAX_FACTORS {
        return Some(go(&place.back()));
    }
    if !visitor.keys.work() {
        return Some(go(&place.at("choose")));
    }
    let confirm = confirm_first(state, visitor, &place.at("key"));
    confirm.or_else(|| proof::missing(state, &visitor.caller).then(|| go(&place.at("proof"))))
}

fn unread(credential: &str) -> KeySetupError {
    if credential.trim().is_empty() { KeySetupError::Missing } else { KeySetupError::Failed }
}

fn refused(state: &WebState, visitor: &SignedIn, form: Form, error: RegisterError) -> Response {
    let place = Place::of(state, visitor);
    let mistake = match error {
        RegisterError::NotAdmitted(NotAdmitted::TooMany) => return go(&place.back()),
        RegisterError::Unavailable => return go(&place.at("choose")),
        RegisterError::BadName(why) => Mistake::Name(name_error(&why)),
        RegisterError::Shape(_) => Mistake::Key(KeySetupError::Failed),
        RegisterError::NoChallenge => Mistake::Key(KeySetupError::Expired),
        RegisterError::Taken => Mistake::Key(KeySetupError::Taken),
        RegisterError::Refused(check) => Mistake::Key(failed(check)),
        other => return otherwise(other, &place.at("key")),
    };
    again_at(state, visitor, form, mistake)
}

/// What a person can do something about; every other check means that something is broken or lies.
fn failed(check: Check) -> KeySetupError {
    match check {
        Check::UserVerification => KeySetupError::NotVerified,
        Check::Unattested | Check::AttestationUntrusted | Check::AttestationStatement => {
            KeySetupError::Unproven
        }
        Check::MakeNotAllowed => KeySetupError::MakeNotAllowed,
        _ => KeySetupError::Failed,
    }
}

fn again_at(state: &WebState, visitor: &SignedIn, form: Form, mistake: Mistake) -> Response {
    let Form { name, passkey, .. } = form;
    again(&Place::of(state, visitor).at("key"), &Refused { name, passkey, mistake })
}

fn view(state: &WebState, visitor: &SignedIn, form: Form, mistake: Option<Mistake>) -> KeySetupPage {
    let (name_error, error) = match mistake {
        None => (None, None),
        Some(Mistake::Name(error)) => (Some(error), None),
        Some(Mistake::Key(error)) => (None, Some(error)),
    };
    KeySetupPage {
        page: visitor.page(state, NavItem::Security),
        base: Place::of(state, visitor).base(),
        first: visitor.caller.live.account.factors.total() == 0,
        passkey: form.kind() == KeyKind::Passkey,
        name: form.name,
        name_error,
        error,
    }
}
