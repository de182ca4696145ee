//! `/login`: who are you?

use axum::{
    extract::{Path, State},
    http::Uri,
    response::Response,
};
use serde::{Deserialize, Serialize};
use twinlock_core::name::validate_slug;
use twinlock_service::{repeats, second_step, setup};

use super::{Typed, Visit, organisation};
use crate::{
    again::{Again, again},
    form::PreLoginForm,
    render::{go, page, with_cookie},
    view::{
        Banner, FieldError, KeyError,
        link::UnsetPage,
        login::{IdentifierPage, Organisation},
    },
    visitor::PreLogin,
};
use twinlock_http::{
    WebState,
    http::{
        Code, Problem,
        cookies::{self, CookieKind},
    },
};

const HERE: &str = "/login";

#[derive(Deserialize)]
pub(super) struct IdentifierForm {
    #[serde(default)]
    tenant_id: String,
    #[serde(default)]
    username: String,
    #[serde(default)]
    next: String,
}

/// What the page shows again.
#[derive(Default, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct Refused {
    /// What was typed.
    tenant_id: String,
    username: String,
    next: String,
    /// What was wrong.
    error: Option<FieldError>,
    key_error: Option<KeyError>,
    /// Whether the form was sent: now the organisation is missing if it is not there.
    sent: bool,
    /// Why a sign-in begins anew.
    over: Option<Over>,
}

/// How a sign-in ended without a session in this browser.
#[derive(Clone, Copy, Serialize, Deserialize)]
pub(crate) enum Over {
    /// It took too long, or was never this browser's.
    Expired,
    /// It was finished, by an answer that never arrived.
    AnswerLost,
    /// Too many tries at its second lock failed.
    TooManyTries,
}

/// Back to the first page, which says why.
pub(crate) fn anew(typed: Typed, over: Over) -> Response {
    again(HERE, &Refused { over: Some(over), ..Refused::of(typed) })
}

impl Refused {
    /// Back to the first page, for what was wrong with a passkey.
    pub(super) fn passkey(typed: Typed, tenant_id: String, error: KeyError) -> Response {
        let kept = Self { tenant_id, key_error: Some(error), sent: true, ..Self::of(typed) };
        again(HERE, &kept)
    }

    fn of(typed: Typed) -> Self {
        let Typed { tenant_id, identifier: username, next } = typed;
        Self { tenant_id, username, next, ..Self::default() }
    }
}

pub(super) async fn show(
    State(state): State<WebState>,
    visit: Visit,
    browser: PreLogin,
    Again(refused): Again<Refused>,
    uri: Uri,
) -> Result<Response, Problem> {
    match refused {
        Some(refused) if visit.signed_in.is_none() => show_again(&state, &visit, &browser, refused).await,
        _ => ask(&state, &visit, &browser, Typed::new("", "", &next_of(&uri))).await,
    }
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
    if setup::is_waiting(&state.app).await? {
        return Ok(page(&UnsetPage { page: browser.page() }));
    }
    let organisation = organisation::of(state, &typed.tenant_id).await?;
    let mut view = view(visit, browser, organisation, typed);
    // The answer that brought the next cookie was lost.
    if let Some(cookie) = &visit.dead_cookie
        && repeats::cookie_replaced(&state.app, cookie).await?
    {
        view.page.banners = vec![Banner::AnswerLost];
    }
    Ok(browser.keep(page(&view)))
}

async fn show_again(
    state: &WebState,
    visit: &Visit,
    browser: &PreLogin,
    refused: Refused,
) -> Result<Response, Problem> {
    let organisation = if refused.sent {
        organisation::sent(state, &refused.tenant_id).await?
    } else {
        organisation::of(state, &refused.tenant_id).await?
    };
    let typed = Typed::new("", &refused.username, &refused.next);
    let known = matches!(organisation, Organisation::Known { .. });
    let key_error = refused.key_error.filter(|_| known);
    let mut view = view(visit, browser, organisation, typed);
    view.page.banners.extend(refused.over.map(|over| match over {
        Over::Expired => Banner::SignInExpired,
        Over::AnswerLost => Banner::AnswerLost,
        Over::TooManyTries => Banner::TooManyTries,
    }));
    Ok(browser.keep(page(&IdentifierPage { error: refused.error, key_error, ..view })))
}

/// The page, with what was typed and without a mistake.
fn view(visit: &Visit, browser: &PreLogin, organisation: Organisation, typed: Typed) -> IdentifierPage {
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
        let kept = Refused { tenant_id: form.tenant_id, error, sent: true, ..Refused::of(typed) };
        return Ok(browser.keep(again(HERE, &kept)));
    };
    if let Some(token) = &visit.pending {
        second_step::cancel(&state.app, &visit.client, token).await?;
    }
    let cookie = Typed::new(id, &form.username, &form.next).cookie(state.is_https())?;
    let response = with_cookie(go("/login/password"), cookie);
    Ok(with_cookie(response, cookies::clear(CookieKind::PendingLogin, state.is_https())))
}

/// Back to the first page, for a half-finished login that is unknown, expired or another browser's; or that was
/// finished here, by an answer that never arrived.
pub(super) async fn expired(
    state: &WebState,
    visit: &Visit,
    browser: &PreLogin,
) -> Result<Response, Problem> {
    if visit.signed_in.is_some() {
        return Ok(with_cookie(go("/account"), cookies::clear(CookieKind::PendingLogin, state.is_https())));
    }
    let finished = match &visit.pending {
        Some(token) => repeats::login_finished(&state.app, &visit.client, token).await?,
        None => false,
    };
    let over = if finished { Over::AnswerLost } else { Over::Expired };
    let response = browser.keep(anew(visit.typed.clone(), over));
    Ok(with_cookie(response, cookies::clear(CookieKind::PendingLogin, state.is_https())))
}

/// Back to the first page, for a half-finished login that was there a moment ago and ended with the last try.
pub(super) fn tried_too_often(state: &WebState, visit: &Visit, browser: &PreLogin) -> Response {
    let response = browser.keep(anew(visit.typed.clone(), Over::TooManyTries));
    with_cookie(response, cookies::clear(CookieKind::PendingLogin, state.is_https()))
}

/// Where the visitor was going; [`Typed::new`] judges it.
fn next_of(uri: &Uri) -> String {
    let query = uri.query().unwrap_or_default();
    let mut pairs = url::form_urlencoded::parse(query.as_bytes());
    pairs.find(|(name, _)| name == "next").map(|(_, next)| next.into_owned()).unwrap_or_default()
}
