//! `/login`: who are you?

use axum::{
    extract::{Path, State},
    http::{StatusCode, Uri},
    response::Response,
};
use serde::Deserialize;
use twinlock_core::name::validate_slug;
use twinlock_service::second_step;

use super::{Typed, Visit, organisation};
use crate::{
    WebState,
    http::{
        Code, Problem,
        cookies::{self, CookieKind},
    },
    pages::{
        form::PreLoginForm,
        render::{go, page, page_with, with_cookie},
        visitor::PreLogin,
    },
    view::{
        Banner, FieldError,
        login::{IdentifierPage, Organisation},
    },
};

#[derive(Deserialize)]
pub(super) struct IdentifierForm {
    #[serde(default)]
    tenant_id: String,
    #[serde(default)]
    username: String,
    #[serde(default)]
    next: String,
}

pub(super) async fn show(
    State(state): State<WebState>,
    visit: Visit,
    browser: PreLogin,
    uri: Uri,
) -> Result<Response, Problem> {
    ask(&state, &visit, &browser, Typed::new("", "", &next_of(&uri))).await
}

/// The same for one organisation, chosen by the address.
pub(super) async fn show_for(
    State(state): State<WebState>,
    visit: Visit,
    browser: PreLogin,
    Path(tenant): Path<String>,
    uri: Uri,
) -> Result<Response, Problem> {
    // By its form alone: whether there is such an organisation is nobody's business.
    let tenant = validate_slug(&tenant).map_err(|_| Problem::new(Code::NotFound))?;
    ask(&state, &visit, &browser, Typed::new(&tenant, "", &next_of(&uri))).await
}

async fn ask(state: &WebState, visit: &Visit, browser: &PreLogin, typed: Typed) -> Result<Response, Problem> {
    if visit.signed_in.is_some() {
        return Ok(go("/account"));
    }
    let organisation = organisation::of(state, &typed.tenant_id).await?;
    Ok(browser.keep(page(&view(visit, browser, organisation, typed))))
}

/// The page, with what was typed and without a mistake.
pub(super) fn view(
    visit: &Visit,
    browser: &PreLogin,
    organisation: Organisation,
    typed: Typed,
) -> IdentifierPage {
    IdentifierPage {
        page: browser.page(),
        organisation,
        identifier: typed.identifier,
        error: None,
        next: typed.next,
        keys: visit.keys.clone(),
        key_error: None,
    }
}

/// Whoever starts anew has left the sign-in before: its half-finished login is forgotten.
pub(super) async fn submit(
    State(state): State<WebState>,
    visit: Visit,
    PreLoginForm(browser, form): PreLoginForm<IdentifierForm>,
) -> Result<Response, Problem> {
    let organisation = organisation::sent(&state, &form.tenant_id).await?;
    let error = form.username.trim().is_empty().then_some(FieldError::Missing);
    let (Organisation::Known { id, .. }, None) = (&organisation, error) else {
        let typed = Typed::new("", &form.username, &form.next);
        let view = IdentifierPage { error, ..view(&visit, &browser, organisation, typed) };
        return Ok(browser.keep(page_with(StatusCode::UNPROCESSABLE_ENTITY, &view)));
    };
    if let Some(token) = &visit.pending {
        second_step::cancel(&state.app, token).await?;
    }
    let cookie = Typed::new(id, &form.username, &form.next).cookie(state.is_https())?;
    let response = with_cookie(go("/login/password"), cookie);
    Ok(with_cookie(response, cookies::clear(CookieKind::PendingLogin, state.is_https())))
}

/// The first page again for a half-finished login that is unknown, used, expired or another browser's.
pub(super) async fn expired(
    state: &WebState,
    visit: &Visit,
    browser: &PreLogin,
) -> Result<Response, Problem> {
    let organisation = organisation::of(state, &visit.typed.tenant_id).await?;
    let mut view = view(visit, browser, organisation, visit.typed.clone());
    view.page.banners.push(Banner::SignInExpired);
    let response = browser.keep(page_with(StatusCode::UNAUTHORIZED, &view));
    Ok(with_cookie(response, cookies::clear(CookieKind::PendingLogin, state.is_https())))
}

/// Where the visitor was going; [`Typed::new`] judges it.
fn next_of(uri: &Uri) -> String {
    let query = uri.query().unwrap_or_default();
    let mut pairs = url::form_urlencoded::parse(query.as_bytes());
    pairs.find(|(name, _)| name == "next").map(|(_, next)| next.into_owned()).unwrap_or_default()
}
