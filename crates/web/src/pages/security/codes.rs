//! Recovery codes: a new set, and the one page that shows a set.

use axum::{extract::State, response::Response};
use secrecy::{ExposeSecret, SecretString};
use twinlock_service::{Issued, factors, guard::Act};

use super::enrol::Place;
use crate::{
    WebState,
    extract::{MfaAvailable, RequestClient},
    http::Problem,
    pages::{
        account::answer::{Yes, for_renewed, otherwise, proof_missing, renewed},
        form::SessionForm,
        render::{go, page},
        visitor::SignedIn,
    },
    view::{NavItem, Page, When, enrol::CodesPage, security::RenewCodesPage},
};

const HERE: &str = "/account/security/codes";
const SAVED: &str = "/account/security/codes/saved";

pub(super) async fn ask(State(state): State<WebState>, _: MfaAvailable, visitor: SignedIn) -> Response {
    let factors = &visitor.caller.live.account.factors;
    if factors.total() == 0 {
        return go("/account/security");
    }
    if let Some(confirm) = proof_missing(&state, &visitor.caller, Act::OwnFactors, HERE) {
        return confirm;
    }
    page(&RenewCodesPage { page: visitor.page(&state, NavItem::Security), left: factors.codes })
}

pub(super) async fn renew(
    State(state): State<WebState>,
    _: MfaAvailable,
    RequestClient(client): RequestClient,
    SessionForm(visitor, Yes {}): SessionForm<Yes>,
) -> Result<Response, Problem> {
    match factors::regenerate_codes(&state.app, &client, &visitor.caller).await {
        Ok(codes) => show_once(&state, &visitor, None, (&codes, Purpose::Renewed)),
        Err(error) => Ok(otherwise(error, HERE)),
    }
}

/// *I have saved them.*
pub(super) async fn saved(_: MfaAvailable, SessionForm(..): SessionForm<Yes>) -> Response {
    go("/account/security?done=codes-renewed")
}

/// Why codes are shown.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Purpose {
    /// They came with the first factor; *I have saved them* goes on there.
    Enrolling(Place),
    /// They replace an earlier set.
    Renewed,
}

/// The codes, as the answer to the act that made them valid, with the fresh cookie where it issued one. No address
/// shows them again.
pub(super) fn show_once(
    state: &WebState,
    visitor: &SignedIn,
    issued: Option<&Issued>,
    codes: (&[SecretString], Purpose),
) -> Result<Response, Problem> {
    let (codes, purpose) = codes;
    let account = &visitor.caller.live.account;
    let now = state.app.now();
    let page_of_visitor = visitor.page(state, NavItem::Security);
    let view = CodesPage {
        page: match issued {
            Some(issued) => for_renewed(state, page_of_visitor, issued)?,
            None => Page { banners: Vec::new(), ..page_of_visitor },
        },
        action: match purpose {
            Purpose::Enrolling(place) => place.at("codes"),
            Purpose::Renewed => SAVED.to_owned(),
        },
        enrolling: purpose != Purpose::Renewed,
        codes: codes.iter().map(|code| code.expose_secret().to_owned()).collect(),
        account: format!("{} · {}", account.user.username, account.tenant.name),
        server: state.http.origin().to_owned(),
        made: When::new(now, now),
    };
    Ok(match issued {
        Some(issued) => renewed(state, page(&view), issued),
        None => page(&view),
    })
}
