//! `/console/settings`: the form, the preview of what it would do, and saving it.

mod changes;
mod form;
mod kept;
mod preview;

use axum::{
    Router,
    extract::{RawQuery, State},
    response::Response,
    routing::get,
};
use twinlock_http::{WebState, extract::RequestClient, http::Problem};
use twinlock_service::{
    Client,
    settings::{self, SettingsError},
};

use super::{
    guard::{Administrator, AdministratorForm},
    proof,
};
use crate::{
    again::{Again, again},
    render::{go, page},
    view::{
        NavItem,
        console::settings::{Mistake, SettingsForm, SettingsPage},
    },
    visitor::SignedIn,
};

const HERE: &str = "/console/settings";

pub(super) fn routes() -> Router<WebState> {
    Router::new()
        .route("/console/settings", get(show).post(save))
        .route("/console/settings/preview", get(preview::show).post(preview::ask))
        .route("/console/settings/preview.csv", get(preview::download))
        .route("/console/settings/preview/{effect}", get(preview::affected))
}

async fn show(
    State(state): State<WebState>,
    Administrator(visitor): Administrator,
    Again(mistakes): Again<Vec<Mistake>>,
    RawQuery(query): RawQuery,
) -> Result<Response, Problem> {
    let mistakes = mistakes.unwrap_or_default();
    if let Some(form) = kept::read(&state, &visitor, query.as_deref()) {
        let kept = mistakes.is_empty();
        return Ok(page(&SettingsPage { kept, ..shown(&state, &visitor, form, mistakes) }));
    }
    current(&state, &visitor, mistakes).await.map(|view| page(&view))
}

/// The settings as they stand, with what went wrong.
async fn current(
    state: &WebState,
    visitor: &SignedIn,
    mistakes: Vec<Mistake>,
) -> Result<SettingsPage, Problem> {
    let found = settings::get(&state.app, &visitor.caller, &slug(visitor)).await?;
    Ok(shown(state, visitor, form::written(state, &found), mistakes))
}

fn slug(visitor: &SignedIn) -> String {
    visitor.caller.live.account.tenant.slug.clone()
}

async fn save(
    State(state): State<WebState>,
    RequestClient(client): RequestClient,
    AdministratorForm(visitor, form): AdministratorForm<SettingsForm>,
) -> Result<Response, Problem> {
    keep(&state, &client, visitor, form).await
}

async fn keep(
    state: &WebState,
    client: &Client,
    visitor: SignedIn,
    form: SettingsForm,
) -> Result<Response, Problem> {
    let done = match form::read(state, &form) {
        Ok(wish) => settings::update(&state.app, client, &visitor.caller, &slug(&visitor), wish).await,
        Err(mistakes) => return Ok(again_with(state, &visitor, &form, mistakes)),
    };
    Ok(match done {
        Ok(_) => go("/console/settings?done=saved"),
        Err(error) => refused(state, &visitor, &form, error),
    })
}

/// The form once more, with what is wrong and what was typed.
fn refused(state: &WebState, visitor: &SignedIn, form: &SettingsForm, error: SettingsError) -> Response {
    match error {
        SettingsError::Invalid(wrong) => {
            let mistakes = wrong.into_iter().map(|bad| Mistake::Field(bad.field.into()));
            again_with(state, visitor, form, mistakes.collect())
        }
        // What holds now is shown in place of what was typed for something else.
        SettingsError::Conflict => again(HERE, &vec![Mistake::Changed]),
        SettingsError::NotEnabled => again_with(state, visitor, form, vec![Mistake::NoFactor]),
        other => proof::otherwise(state, visitor, other, &kept::address_with(state, visitor, form)),
    }
}

fn again_with(state: &WebState, visitor: &SignedIn, form: &SettingsForm, mistakes: Vec<Mistake>) -> Response {
    again(&kept::address_with(state, visitor, form), &mistakes)
}

fn shown(state: &WebState, visitor: &SignedIn, form: SettingsForm, mistakes: Vec<Mistake>) -> SettingsPage {
    SettingsPage {
        page: visitor.page(state, NavItem::Settings),
        form,
        kept: false,
        mistakes,
        mfa_available: state.app.config().mfa_enabled,
    }
}
