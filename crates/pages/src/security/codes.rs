//! Recovery codes: a new set, and the pages that show a set until it is saved.

use axum::{extract::State, response::Response};
use secrecy::ExposeSecret;
use twinlock_http::{
    WebState,
    extract::{MfaAvailable, RequestClient},
    http::Problem,
};
use twinlock_service::{
    factors,
    guard::Act,
    shown_codes::{self, Again},
};

use super::enrol::Place;
use crate::{
    account::answer::{Yes, otherwise, proof_missing},
    form::SessionForm,
    render::{go, page},
    view::{Banner, NavItem, When, enrol::CodesPage, security::RenewCodesPage},
    visitor::SignedIn,
};

const HERE: &str = "/account/security/codes";
/// Shows the codes of a set that is not saved, to the session that made it.
const NEW: &str = "/account/security/codes/new";
const SAVED: &str = "/account/security/codes/saved";

pub(super) async fn ask(
    State(state): State<WebState>,
    _: MfaAvailable,
    visitor: SignedIn,
) -> Result<Response, Problem> {
    let factors = &visitor.caller.live.account.factors;
    if factors.total() == 0 {
        return Ok(go("/account/security"));
    }
    let readable = shown_codes::again(&state.app, &visitor.caller).await?.is_some();
    if let Some(confirm) = proof_missing(&state, &visitor.caller, Act::OwnFactors, HERE) {
        return Ok(confirm);
    }
    let mut layout = visitor.page(&state, NavItem::Security);
    // This is where they lead to.
    layout.banners.retain(|banner| !matches!(banner, Banner::FewCodes { .. } | Banner::CodesNotSaved));
    Ok(page(&RenewCodesPage {
        page: layout,
        left: factors.codes,
        unsaved: factors.codes > 0 && !factors.codes_saved,
        readable,
    }))
}

pub(super) async fn renew(
    State(state): State<WebState>,
    _: MfaAvailable,
    RequestClient(client): RequestClient,
    SessionForm(visitor, Yes {}): SessionForm<Yes>,
) -> Response {
    match factors::regenerate_codes(&state.app, &client, &visitor.caller).await {
        Ok(_) => go(NEW),
        Err(error) => otherwise(error, HERE),
    }
}

/// The new set; or, where it is saved or can no longer be read, the way to another.
pub(super) async fn show(
    State(state): State<WebState>,
    _: MfaAvailable,
    visitor: SignedIn,
) -> Result<Response, Problem> {
    Ok(match shown_codes::again(&state.app, &visitor.caller).await? {
        Some(again) => page(&view(&state, &visitor, &again, Purpose::Renewed)),
        None if visitor.caller.live.account.factors.codes_saved => go("/account/security"),
        None => go(HERE),
    })
}

/// *I have saved them.*
pub(super) async fn saved(
    State(state): State<WebState>,
    _: MfaAvailable,
    RequestClient(client): RequestClient,
    SessionForm(visitor, Yes {}): SessionForm<Yes>,
) -> Response {
    match shown_codes::saved(&state.app, &client, &visitor.caller).await {
        Ok(()) => go("/account/security?done=codes-renewed"),
        Err(error) => otherwise(error, HERE),
    }
}

/// Why codes are shown.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Purpose {
    /// They came with the first factor; *I have saved them* goes on there.
    Enrolling(Place),
    /// They replace an earlier set.
    Renewed,
}

/// The page that shows codes. It says nothing else of them: they are about to be saved.
pub(super) fn view(state: &WebState, visitor: &SignedIn, again: &Again, purpose: Purpose) -> CodesPage {
    let account = &visitor.caller.live.account;
    let mut page = visitor.page(state, NavItem::Security);
    page.banners.retain(|banner| *banner != Banner::CodesNotSaved);
    CodesPage {
        page,
        action: match purpose {
            Purpose::Enrolling(place) => place.at("codes"),
            Purpose::Renewed => SAVED.to_owned(),
        },
        enrolling: purpose != Purpose::Renewed,
        codes: again.codes.iter().map(|code| code.expose_secret().to_owned()).collect(),
        account: format!("{} · {}", account.user.username, account.tenant.name),
        server: state.http.origin().to_owned(),
        made: When::new(again.made_at, state.app.now()),
    }
}
