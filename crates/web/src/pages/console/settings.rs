//! `/console/settings`: the form, the preview of what it would do, and saving it.

mod changes;
mod form;
mod kept;
mod preview;

use axum::{
    Router,
    extract::{RawQuery, State},
    http::StatusCode,
    response::{IntoResponse, Response},
    routing::{get, post},
};
use twinlock_service::{
    Client,
    settings::{self, SettingsError},
};

use super::{
    guard::{Administrator, AdministratorForm},
    proof,
};
use crate::{
    WebState,
    extract::RequestClient,
    http::Problem,
    pages::{
        render::{go, page, page_with},
        visitor::SignedIn,
    },
    view::{
        NavItem,
        console::settings::{Mistake, SettingsForm, SettingsPage},
    },
};

const HERE: &str = "/console/settings";

pub(super) fn routes() -> Router<WebState> {
    Router::new()
        .route("/console/settings", get(show).post(save))
        .route("/console/settings/preview", post(preview::show))
        .route("/console/settings/preview.csv", get(preview::download))
        .route("/console/settings/preview/{effect}", get(preview::affected))
}

async fn show(
    State(state): State<WebState>,
    Administrator(visitor): Administrator,
    RawQuery(query): RawQuery,
) -> Result<Response, Problem> {
    if let Some(form) = kept::read(&state, &visitor, query.as_deref()) {
        return Ok(page(&SettingsPage { kept: true, ..shown(&state, &visitor, form, Vec::new()) }));
    }
    current(&state, &visitor, Vec::new()).await.map(|view| page(&view))
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
    let wish = match form::read(state, &form) {
        Ok(wish) => wish,
        Err(mistakes) => return Ok(again(state, &visitor, form, mistakes)),
    };
    match settings::update(&state.app, client, &visitor.caller, &slug(&visitor), wish).await {
        Ok(_) => Ok(go("/console/settings?done=saved")),
        Err(error) => refused(state, &visitor, form, error).await,
    }
}

async fn refused(
    state: &WebState,
    visitor: &SignedIn,
    form: SettingsForm,
    error: SettingsError,
) -> Result<Response, Problem> {
    match error {
        SettingsError::Invalid(wrong) => {
            let mistakes = wrong.into_iter().map(|bad| Mistake::Field(bad.field.into()));
            Ok(again(state, visitor, form, mistakes.collect()))
        }
        SettingsError::Conflict => {
            let view = current(state, visitor, vec![Mistake::Changed]).await?;
            Ok(page_with(StatusCode::CONFLICT, &view))
        }
        SettingsError::NotEnabled => {
            let view = shown(state, visitor, form, vec![Mistake::NoFactor]);
            Ok(page_with(StatusCode::CONFLICT, &view))
        }
        other => Ok(proof::otherwise(state, visitor, other, &kept::address_with(state, visitor, &form))),
    }
}

fn again(state: &WebState, visitor: &SignedIn, form: SettingsForm, mistakes: Vec<Mistake>) -> Response {
    page_with(StatusCode::UNPROCESSABLE_ENTITY, &shown(state, visitor, form, mistakes)).into_response()
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
