//! Step two: scan, and type a code. The right one leads to step three, the recovery codes.

use axum::{extract::State, response::Response};
use secrecy::ExposeSecret;
use serde::{Deserialize, Serialize};
use twinlock_core::{factor::typed::is_blank, ids::FactorId, name::validate_device_name};
use twinlock_http::{
    WebState,
    extract::{MfaAvailable, RequestClient},
    http::{Code, Problem},
    qr,
};
use twinlock_service::{
    Client,
    enrol::{
        Enrolled, NotAdmitted,
        app::{self, Confirmation, EnrolError, Setup},
    },
    factors, sessions,
};

use super::{Place, confirm_first};
use crate::{
    account::answer::{code_waits, name_error, otherwise, remembered, renewed, wrong_code},
    again::{Again, again},
    form::EnrolForm,
    render::{go, page},
    view::{
        CodeError, FieldError, NavItem,
        enrol::{AppSetupPage, Secret},
    },
    visitor::{Enroller, SignedIn},
};

#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct Form {
    name: String,
    code: String,
    second_code: String,
}

/// What is wrong with the form.
#[derive(Clone, Copy, Default, Serialize, Deserialize)]
struct Mistakes {
    name: Option<FieldError>,
    code: Option<CodeError>,
}

/// What the page shows again.
#[derive(Serialize, Deserialize)]
pub(super) struct Refused {
    name: String,
    mistakes: Mistakes,
}

pub(super) async fn show(
    State(state): State<WebState>,
    _: MfaAvailable,
    Enroller(visitor): Enroller,
    Again(refused): Again<Refused>,
) -> Result<Response, Problem> {
    let place = Place::of(&state, &visitor);
    if let Some(confirm) = confirm_first(&state, &visitor, &place.at("app")) {
        return Ok(confirm);
    }
    let Some(setup) = app::open_setup(&state.app, &visitor.caller).await? else {
        return Ok(go(&place.at("choose")));
    };
    let (setup, mistakes) = match refused {
        Some(Refused { name, mistakes }) => (Setup { name, ..setup }, mistakes),
        None => (setup, Mistakes::default()),
    };
    Ok(page(&view(&state, &visitor, setup, mistakes)?))
}

pub(super) async fn confirm(
    State(state): State<WebState>,
    _: MfaAvailable,
    RequestClient(client): RequestClient,
    EnrolForm(visitor, form): EnrolForm<Form>,
) -> Result<Response, Problem> {
    let place = Place::of(&state, &visitor);
    let again =
        |mistakes: Mistakes| Ok(again(&place.at("app"), &Refused { name: form.name.clone(), mistakes }));
    // An empty field leaves the name as it is.
    let name = Some(form.name.as_str()).filter(|name| !name.trim().is_empty());
    if let Some(Err(why)) = name.map(validate_device_name) {
        return again(Mistakes { name: Some(name_error(&why)), code: None });
    }
    let wrong = |error: CodeError| again(Mistakes { name: None, code: Some(error) });
    if is_blank(&form.code) {
        return wrong(CodeError::Missing);
    }
    let second_code = Some(form.second_code.as_str());
    let confirmation = Confirmation { code: &form.code, second_code, codes_saved: false };
    match app::verify(&state.app, &client, &visitor.caller, confirmation).await {
        Ok(enrolled) => {
            keep_name(&state, &client, &enrolled, name.unwrap_or(&enrolled.method.name)).await?;
            remembered(&state, renewed(&state, go(&place.after(&enrolled)), &enrolled.issued), &enrolled)
        }
        Err(EnrolError::InvalidCode { clock_offset_seconds }) => wrong(wrong_code(clock_offset_seconds)),
        Err(EnrolError::SecondCodeNeeded) => wrong(CodeError::Missing),
        Err(EnrolError::Wait(seconds)) => wrong(code_waits(&visitor.caller, seconds)),
        Err(EnrolError::NotStarted) => Ok(go(&place.at("choose"))),
        Err(EnrolError::NotAdmitted(NotAdmitted::TooMany)) => Ok(go(&place.back())),
        Err(error) => Ok(otherwise(error, &place.at("app"))),
    }
}

/// The name may still have been changed beside the code.
async fn keep_name(
    state: &WebState,
    client: &Client,
    enrolled: &Enrolled,
    name: &str,
) -> Result<(), Problem> {
    if name.trim() == enrolled.method.name {
        return Ok(());
    }
    // The session goes on under the fresh cookie.
    let fresh = sessions::by_cookie(&state.app, enrolled.issued.token.expose_secret()).await?;
    if let Some(caller) = fresh {
        let renamed = factors::rename(&state.app, client, &caller, FactorId(enrolled.method.id), name).await;
        if let Err(error) = renamed {
            tracing::warn!(%error, "the name of a new factor was not kept");
        }
    }
    Ok(())
}

fn view(
    state: &WebState,
    visitor: &SignedIn,
    setup: Setup,
    mistakes: Mistakes,
) -> Result<AppSetupPage, Problem> {
    let account = &visitor.caller.live.account;
    let otpauth_url = setup.otpauth_url.expose_secret().to_owned();
    let label = account.user.email.as_ref().unwrap_or(&account.user.username);
    Ok(AppSetupPage {
        page: visitor.page(state, NavItem::Security),
        base: Place::of(state, visitor).base(),
        first: account.factors.total() == 0,
        secret: Secret {
            qr_svg: qr::svg(&otpauth_url).ok_or_else(|| Problem::new(Code::Internal))?,
            groups: Secret::group(setup.secret.expose_secret()),
            otpauth_url,
            issuer: account.tenant.name.clone(),
            account: label.clone(),
        },
        name: setup.name,
        name_error: mistakes.name,
        two_codes: setup.codes_required == 2,
        error: mistakes.code,
    })
}
