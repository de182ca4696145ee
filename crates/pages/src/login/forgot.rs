//! `/login/forgot`: a link by mail. The answer is the same whether or not there is such an account.

use axum::{
    extract::{Path, State},
    response::Response,
};
use serde::{Deserialize, Serialize};
use twinlock_core::name::{validate_email, validate_slug};
use twinlock_http::{
    WebState,
    http::{Code, Problem},
    problem::too_many,
};
use twinlock_service::recover;

use super::{Typed, Visit, organisation};
use crate::{
    account::answer::name_error,
    again::{Again, again},
    form::PreLoginForm,
    render::{go, page, with_cookie},
    view::{
        FieldError,
        login::{ForgotPage, ForgotSentPage, Organisation},
    },
    visitor::PreLogin,
};

#[derive(Deserialize)]
pub(super) struct ForgotForm {
    #[serde(default)]
    tenant_id: String,
    #[serde(default)]
    email: String,
}

/// What the page shows again.
#[derive(Serialize, Deserialize)]
pub(super) struct Refused {
    tenant_id: String,
    email: String,
    error: Option<FieldError>,
}

pub(super) async fn show(
    State(state): State<WebState>,
    browser: PreLogin,
    Again(refused): Again<Refused>,
) -> Result<Response, Problem> {
    let Some(Refused { tenant_id, email, error }) = refused else { return ask(&state, &browser, "").await };
    let organisation = organisation::sent(&state, &tenant_id).await?;
    Ok(browser.keep(page(&ForgotPage { page: browser.page(), organisation, email, error })))
}

/// The same for one organisation, chosen by the address.
pub(super) async fn show_for(
    State(state): State<WebState>,
    browser: PreLogin,
    Path(tenant): Path<String>,
) -> Result<Response, Problem> {
    let tenant = validate_slug(&tenant).map_err(|_| Problem::new(Code::NotFound))?;
    ask(&state, &browser, &tenant).await
}

async fn ask(state: &WebState, browser: &PreLogin, tenant: &str) -> Result<Response, Problem> {
    let organisation = organisation::of(state, tenant).await?;
    let view = ForgotPage { page: browser.page(), organisation, email: String::new(), error: None };
    Ok(browser.keep(page(&view)))
}

pub(super) async fn submit(
    State(state): State<WebState>,
    visit: Visit,
    PreLoginForm(browser, form): PreLoginForm<ForgotForm>,
) -> Result<Response, Problem> {
    let organisation = organisation::sent(&state, &form.tenant_id).await?;
    let (tenant, email) = match (&organisation, validate_email(&form.email)) {
        (Organisation::Known { id, .. }, Ok(email)) => (id, email),
        (_, email) => {
            let error = email.err().map(|why| name_error(&why));
            let kept = Refused { tenant_id: form.tenant_id, email: form.email, error };
            return Ok(browser.keep(again("/login/forgot", &kept)));
        }
    };
    if let Some(wait) = recover::may_ask(&state.app, &visit.client) {
        return Err(too_many(wait));
    }
    recover::request(&state.app, &visit.client, tenant, &email);
    let typed = Typed::new(tenant, &email, "");
    Ok(with_cookie(go("/login/forgot/sent"), typed.cookie(state.is_https())?))
}

/// "Check your mail".
pub(super) async fn sent(visit: Visit, browser: PreLogin) -> Response {
    if visit.typed.identifier.is_empty() {
        return go("/login/forgot");
    }
    browser.keep(page(&ForgotSentPage { page: browser.page(), email: visit.typed.identifier }))
}
